# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess batch`` and ``openstack rating worker``."""

import argparse
import typing

from osc_lib import exceptions

from cloudkitty.client import approvals
from cloudkitty.client import batches
from cloudkitty.client import columns
from cloudkitty.client import http
from cloudkitty.client import scopes
from cloudkitty.client.commands import base
from cloudkitty.client.commands import options

_One = tuple[tuple[str, ...], tuple[typing.Any, ...]]


class List(base.Lister):
    """List batches: the requests that created tasks"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        options.add_scopes(parser, required=False)
        parser.add_argument(
            "--state",
            metavar="<state>",
            action="append",
            default=[],
            help=f"Only batches with a task in this state: {options.STATES} "
            "(repeatable)",
        )
        parser.add_argument(
            "--mode",
            metavar="<mode>",
            action="append",
            default=[],
            help="Only batches of this mode: reprocess or preview",
        )
        options.add_filters(parser, "batches")
        parser.add_argument(
            "--limit",
            metavar="<number>",
            type=options.positive,
            help="Maximum number of batches (default: all)",
        )
        parser.add_argument(
            "--offset",
            metavar="<number>",
            type=options.not_negative,
            default=0,
            help="Number of batches to skip",
        )
        parser.add_argument(
            "--long", action="store_true", help="Show all columns"
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        found = batches.listed(
            self.api,
            self._filters(parsed_args),
            parsed_args.limit,
            parsed_args.offset,
        )
        shown = columns.BATCH_LONG if parsed_args.long else columns.BATCH
        return columns.rows(shown, found)

    def _filters(self, args: argparse.Namespace) -> http.Query:
        filters = [("state", value) for value in args.state]
        if args.scopes:
            projects = scopes.projects_of(self.app.client_manager)
            resolved = scopes.resolve(self.api, projects, args.scopes)
            filters += [("scope_id", value) for value in resolved.values()]
        filters += [("mode", value) for value in args.mode]
        return filters + options.filters(args)


class _One_(base.ShowOne):
    """A command for one batch."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument("batch", metavar="<batch>", help="Id of the batch")
        return parser


class Show(_One_):
    """Show a batch with its failing scopes and totals"""

    def take_action(self, parsed_args: argparse.Namespace) -> _One:
        shown = batches.show(self.api, parsed_args.batch)
        if shown["states"].get(approvals.AWAITING):
            options.say(approvals.hint(parsed_args.batch))
        return columns.one(shown)


class _Change(_One_):
    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--reason",
            metavar="<text>",
            help="Reason of the change, stored in the events of the tasks",
        )
        return parser


class Cancel(_Change):
    """Cancel all unfinished tasks of a batch"""

    def take_action(self, parsed_args: argparse.Namespace) -> _One:
        return columns.one(
            batches.change(
                self.api, parsed_args.batch, "cancelled", parsed_args.reason
            )
        )


class Retry(_Change):
    """Retry all failed tasks of a batch"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        options.add_force(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _One:
        before = batches.show(self.api, parsed_args.batch)
        states = before["states"]
        if not states.get("failed"):
            raise exceptions.CommandError("no task of the batch has failed")
        if states.get("paused"):
            # The API's change of a batch would resume them too.
            raise exceptions.CommandError(
                f"{states['paused']} tasks of the batch are paused: use "
                f"openstack rating reprocess retry --batch "
                f"{parsed_args.batch}"
            )
        return columns.one(
            batches.change(
                self.api,
                parsed_args.batch,
                "scheduled",
                parsed_args.reason,
                parsed_args.force,
            )
        )


class Workers(base.Lister):
    """List the workers of processors; exit status 1 if none executes tasks"""

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        workers = batches.workers(self.api)["workers"]
        if not any(_executes_tasks(worker) for worker in workers):
            options.say("No worker for tasks is alive: no task is executed")
            self.exit_status = 1
        return columns.rows(columns.WORKER, workers)


def _executes_tasks(worker: http.Item) -> bool:
    return bool(worker["alive"]) and worker.get("kind") != "rating"
