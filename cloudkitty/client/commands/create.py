# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess create`` and ``preview``."""

import argparse

from osc_lib import exceptions

from cloudkitty.client import approvals
from cloudkitty.client import batches
from cloudkitty.client import columns
from cloudkitty.client import http
from cloudkitty.client import scopes
from cloudkitty.client import tasks
from cloudkitty.client import watch as ck_watch
from cloudkitty.client import windows
from cloudkitty.client.commands import base
from cloudkitty.client.commands import options
from cloudkitty.client.commands import report

_ALL = ["ALL"]


class _New(base.Lister):
    """Creates one task for each scope."""

    mode = "reprocess"

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        options.add_scopes(parser, required=True)
        options.add_window(parser)
        parser.add_argument(
            "--reason",
            metavar="<text>",
            required=True,
            help="Reason, shown in lists and reports",
        )
        parser.add_argument(
            "--metric",
            dest="metrics",
            metavar="<metric>",
            action="append",
            help="Only this metric (repeatable; default: all)",
        )
        parser.add_argument(
            "--allow-empty",
            action="store_true",
            help="Delete stored points of metrics that are not collected "
            "again; by default they are kept",
        )
        parser.add_argument(
            "--idempotency-key",
            metavar="<key>",
            help="A request that is repeated with the same key creates no "
            "further tasks",
        )
        parser.add_argument(
            "--not-before",
            metavar="<time>",
            help="Time before which the tasks are not executed, such as "
            "2026-12-05T22:00",
        )
        parser.add_argument(
            "--max-running",
            metavar="<number>",
            type=options.positive,
            help="Maximum number of the tasks that run at once",
        )
        options.add_waiting(parser)
        return parser

    def create(self, args: argparse.Namespace) -> ck_watch.Watch:
        """Create the tasks, return their watch."""
        api = self.api
        seconds = args.period or tasks.period_seconds(api)
        scope_ids = None if args.all_scopes else self._scope_ids(args, api)
        not_before = args.not_before and windows.instant(
            args.not_before, windows.zone(args.timezone)
        )
        window = options.window(args, api, scope_ids, seconds)
        batch_id = tasks.create(
            api,
            tasks.NewTasks(
                scope_ids=scope_ids or _ALL,
                window=window,
                period_seconds=seconds,
                reason=args.reason,
                metrics=args.metrics,
                mode=self.mode,
                allow_empty=args.allow_empty,
                key=args.idempotency_key,
                force=options.forced(args),
                not_before=not_before,
                max_running=args.max_running,
            ),
        )
        options.say(f"Batch:  {batch_id}")
        _check_period(api, batch_id, seconds)
        return ck_watch.Watch(api, [], [batch_id])

    def _scope_ids(self, args: argparse.Namespace, api: http.Api) -> list[str]:
        projects = scopes.projects_of(self.app.client_manager)
        resolved = scopes.resolve(api, projects, args.scopes)
        for name, scope_id in resolved.items():
            if name != scope_id:
                options.say(f"Scope:  {name} is {scope_id}")
        return list(dict.fromkeys(resolved.values()))


class Create(_New):
    """Rate a window of scopes again: create one task for each scope"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--wait",
            action="store_true",
            help="Wait until the tasks are finished; exit status 3 if one "
            "failed, 4 if one was cancelled, 6 if they await approval",
        )
        options.add_force(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        watch = self.create(parsed_args)
        if not parsed_args.wait:
            shown = watch.tasks()
            _explain_approval(shown)
            return columns.rows(columns.TASK, shown)
        self.exit_status = options.wait(parsed_args, watch)
        shown = watch.tasks()
        options.explain(shown)
        return columns.rows(columns.TASK, shown)


class Preview(_New):
    """Show the changes of a reprocess without writing them"""

    mode = "preview"

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--no-wait",
            action="store_true",
            help="Print the tasks instead of waiting for their result",
        )
        report.add_outputs(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        watch = self.create(parsed_args)
        if parsed_args.no_wait:
            return columns.rows(columns.TASK, watch.tasks())
        self.exit_status = options.wait(parsed_args, watch)
        return report.produce(self, parsed_args, watch)

    def produce_output(self, parsed_args, column_names, data):  # type: ignore
        status = super().produce_output(parsed_args, column_names, data)
        report.draw(self, parsed_args)
        return status


def _explain_approval(shown: list[http.Item]) -> None:
    """Print how to continue with tasks that await approval."""
    for task in shown:
        if task["state"] == approvals.AWAITING:
            options.say(approvals.hint(task["batch_id"]))
            return


def _check_period(api: http.Api, batch_id: str, seconds: int) -> None:
    """Cancel tasks whose window is not the printed one.

    The last period of the window was calculated with ``seconds``. If the
    service has other periods, the window ends elsewhere.

    :raises CommandError: if the tasks were cancelled.
    """
    for task in tasks.listed(api, [("batch_id", batch_id)], limit=1):
        actual = task["period_seconds"]
        if actual in (None, seconds):
            return
        batches.change(api, batch_id, "cancelled", "another period")
        raise exceptions.CommandError(
            f"the service has periods of {actual} seconds, not {seconds}: "
            f"the tasks are cancelled; repeat the command, with "
            f"--period {actual}"
        )
