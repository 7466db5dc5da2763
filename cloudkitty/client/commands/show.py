# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess list``, ``show``, ``periods``, ``wait``."""

import argparse
import typing

from cloudkitty.client import columns
from cloudkitty.client import scopes
from cloudkitty.client import tasks
from cloudkitty.client.commands import base
from cloudkitty.client.commands import options


class List(base.Lister):
    """List tasks, newest first"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        options.add_scopes(parser, required=False)
        for name, text in (
            (
                "state",
                f"Only tasks in this state: {options.STATES} (repeatable)",
            ),
            ("mode", "Only tasks of this mode: reprocess or preview"),
            ("batch", "Only tasks of this request (repeatable)"),
        ):
            parser.add_argument(
                f"--{name}",
                metavar=f"<{name}>",
                action="append",
                default=[],
                help=text,
            )
        options.add_filters(parser, "tasks")
        parser.add_argument(
            "--order",
            choices=("asc", "desc"),
            help="asc: oldest first; desc: newest first (default)",
        )
        parser.add_argument(
            "--limit",
            metavar="<number>",
            type=options.positive,
            help="Maximum number of tasks (default: all)",
        )
        parser.add_argument(
            "--offset",
            metavar="<number>",
            type=options.not_negative,
            help="Number of tasks to skip",
        )
        parser.add_argument(
            "--marker",
            metavar="<task>",
            type=options.task_id,
            help="Continue after this task",
        )
        parser.add_argument(
            "--long", action="store_true", help="Show all columns"
        )
        parser.add_argument(
            "--details",
            action="store_true",
            help="Also show author, next attempt, seconds left and prices",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        api = self.api
        filters = self._filters(parsed_args)
        shown = columns.TASK_LONG if parsed_args.long else columns.TASK
        if parsed_args.details:
            filters.append(("include", "details"))
            shown = [*shown, *columns.TASK_DETAILS]
        found = tasks.listed(api, filters, parsed_args.limit)
        return columns.rows(shown, found)

    def _filters(self, args: argparse.Namespace) -> list[tuple[str, str]]:
        projects = scopes.projects_of(self.app.client_manager)
        resolved = (
            scopes.resolve(self.api, projects, args.scopes)
            if args.scopes
            else {}
        )
        filters = [
            *(("scope_ids", value) for value in resolved.values()),
            *(("state", value) for value in args.state),
            *(("mode", value) for value in args.mode),
            *(("batch_id", value) for value in args.batch),
            *options.filters(args),
        ]
        for name in ("order", "offset", "marker"):
            value = getattr(args, name)
            if value is not None:
                filters.append((name, str(value)))
        return filters


class Show(base.ShowOne):
    """Show a task with its totals and events"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        _add_task(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        return columns.one(tasks.show(self.api, parsed_args.task))


class Periods(base.Lister):
    """List the periods in which points were kept or the task failed"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        _add_task(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        notes = tasks.notes(self.api, parsed_args.task)
        return columns.rows(columns.NOTE, notes)


class Wait(base.Lister):
    """Wait until tasks are finished

    The exit status is 0 if all succeeded, 3 if one failed, 4 if one was
    cancelled, 5 after the timeout, 6 if they await approval.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        options.add_tasks(parser)
        options.add_waiting(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        watch = options.watch(parsed_args, self.api)
        self.exit_status = options.wait(parsed_args, watch)
        shown = watch.tasks()
        options.explain(shown)
        return columns.rows(columns.TASK, shown)


def _add_task(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "task",
        metavar="<task>",
        type=options.task_id,
        help="Number of the task",
    )
