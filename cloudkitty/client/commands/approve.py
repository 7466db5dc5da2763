# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess batch approve``."""

import argparse
import sys
import typing

from osc_lib import exceptions

from cloudkitty.client import approvals
from cloudkitty.client import batches
from cloudkitty.client import columns
from cloudkitty.client import http
from cloudkitty.client.commands import base
from cloudkitty.client.commands import options


class Approve(base.ShowOne):
    """Approve the tasks of another user's request, after a look at its preview

    The prices of the preview and its digest are printed first. Then the
    command asks for a confirmation, unless --digest or --yes is used.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument("batch", metavar="<batch>", help="Id of the batch")
        parser.add_argument(
            "--preview",
            metavar="<batch>",
            help="Batch of the preview (default: the newest complete preview "
            "of the same request)",
        )
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--digest",
            metavar="<digest>",
            help="Approve without a question if the preview has this digest",
        )
        group.add_argument(
            "--yes", action="store_true", help="Approve without a question"
        )
        parser.add_argument(
            "--reason",
            metavar="<text>",
            help="Reason of the approval, stored in the events of the tasks",
        )
        options.add_force(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        api, args = self.api, parsed_args
        batch = batches.show(api, args.batch)
        if not batch["states"].get(approvals.AWAITING):
            raise exceptions.CommandError(_not_awaiting(batch))
        if args.preview is None:
            preview = approvals.find_preview(api, batch)
        else:
            preview = batches.show(api, args.preview)
        options.say(_described(batch, preview))
        digest = _digest(preview)
        if args.digest is not None and args.digest != digest:
            raise exceptions.CommandError(
                f"the digest of the preview is {digest}: look at its totals "
                f"again before you approve them"
            )
        if args.digest is None and not args.yes:
            _confirm()
        approved = approvals.approve(
            api,
            args.batch,
            preview["batch_id"],
            digest,
            reason=args.reason,
            force=args.force,
        )
        return columns.one(approved)


def _not_awaiting(batch: http.Item) -> str:
    states = columns.Counts(batch["states"]).human_readable()
    approval = batch.get("approval")
    if approval and approval["approved_by"]:
        return (
            f"no task awaits approval: {columns.Approval(approval)} ({states})"
        )
    return f"no task of the batch awaits approval: {states}"


def _digest(preview: http.Item) -> str:
    """Return the digest of a preview.

    :raises CommandError: if the API shows none.
    """
    digest = preview.get("digest")
    if digest:
        return str(digest)
    if preview["mode"] != "preview":
        raise exceptions.CommandError(
            f"batch {preview['batch_id']} is not a preview"
        )
    states = columns.Counts(preview["states"]).human_readable()
    raise exceptions.CommandError(
        f"preview {preview['batch_id']} has no digest: all its tasks must "
        f"have succeeded ({states})"
    )


def _described(batch: http.Item, preview: http.Item) -> str:
    """Return the request and the preview, for the approver."""
    lines = [
        f"Request: {batch['reason']} (by {batch['created_by']})",
        f"Window:  {batch['begin']} to {batch['end']}",
        f"Tasks:   {columns.Counts(batch['states']).human_readable()}, "
        f"{batch['periods_total']} periods",
        f"Preview: {preview['batch_id']}, created at {preview['created_at']}",
    ]
    lines += [
        f"  {each['metric']}: before {each['before']}, after "
        f"{each['after']}, difference {each['difference']}"
        for each in preview["metrics"]
    ]
    total = preview["totals"]
    lines += [
        f"  Total: before {total['before']}, after {total['after']}",
        f"Digest:  {preview.get('digest')}",
        f"Prices by scope: openstack rating reprocess report --batch "
        f"{preview['batch_id']}",
    ]
    return "\n".join(lines)


def _confirm() -> None:
    """Ask for a confirmation on the terminal.

    :raises CommandError: if the answer is no, or cannot be given.
    """
    if not sys.stdin.isatty():
        raise exceptions.CommandError(
            "nothing is approved: without a terminal for the question use "
            "--digest with the printed digest, or --yes"
        )
    # Standard output contains only the result.
    sys.stderr.write("Approve these tasks? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise exceptions.CommandError("nothing is approved")
