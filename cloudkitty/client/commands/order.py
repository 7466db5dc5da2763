# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess order``."""

import argparse

from osc_lib import exceptions

from cloudkitty.client import batches
from cloudkitty.client import columns
from cloudkitty.client import tasks
from cloudkitty.client.commands import base
from cloudkitty.client.commands import options


class Order(base.Lister):
    """Create the tasks of which a preview has shown the result

    Scopes, window, metrics and --allow-empty are those of the preview.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "preview", metavar="<batch>", help="Batch of a complete preview"
        )
        parser.add_argument(
            "--reason",
            metavar="<text>",
            required=True,
            help="Reason, stored with the tasks",
        )
        parser.add_argument(
            "--digest",
            metavar="<digest>",
            help="Order only if the preview has this digest (default: that "
            "of the preview)",
        )
        parser.add_argument(
            "--idempotency-key",
            metavar="<key>",
            help="A repeated command with the same key creates no more tasks",
        )
        options.add_force(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        api, args = self.api, parsed_args
        digest = args.digest or batches.show(api, args.preview).get("digest")
        if not digest:
            raise exceptions.CommandError(
                f"batch {args.preview} has no digest: it is no preview, or "
                "its tasks have not succeeded; wait for them: openstack "
                f"rating reprocess wait --batch {args.preview}"
            )
        batch_id = tasks.order(
            api,
            args.preview,
            digest,
            reason=args.reason,
            force=args.force,
            key=args.idempotency_key,
        )
        found = tasks.listed(api, [("batch_id", batch_id)])
        return columns.rows(columns.TASK, found)
