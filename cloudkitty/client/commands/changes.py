# SPDX-License-Identifier: Apache-2.0
"""``openstack rating reprocess pause``, ``resume``, ``retry``, ``cancel``."""

import argparse
import logging
import typing

from osc_lib import exceptions

from cloudkitty.client import batches
from cloudkitty.client import columns
from cloudkitty.client import http
from cloudkitty.client import scopes
from cloudkitty.client import tasks
from cloudkitty.client.commands import base
from cloudkitty.client.commands import options

LOG = logging.getLogger(__name__)


class _Change(base.Lister):
    """Changes the state of tasks.

    ``only`` are the states of the tasks that filters select, ``refused`` is
    the state that another command changes in the same way.
    """

    target: str
    only: tuple[str, ...] = ()
    refused: tuple[str, str] | None = None

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        options.add_tasks(parser)
        options.add_scopes(parser, required=False)
        parser.add_argument(
            "--batch-reason",
            metavar="<text>",
            help="All tasks that were created with this reason",
        )
        if not self.only:
            parser.add_argument(
                "--state",
                dest="states",
                metavar="<state>",
                action="append",
                default=[],
                help=f"All tasks in this state: {options.STATES} (repeatable)",
            )
        parser.add_argument(
            "--reason",
            metavar="<text>",
            help="Reason of the change, stored in the events of the task",
        )
        if self.target == "scheduled":
            options.add_force(parser)
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Only count the tasks that the filters select",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> columns.Rows:
        filters = self._filters(parsed_args)
        if parsed_args.tasks and not filters and not parsed_args.dry_run:
            return columns.rows(columns.CHANGED, self._change(parsed_args))
        if parsed_args.tasks:
            raise exceptions.CommandError(
                "filters and --dry-run select tasks without their numbers"
            )
        if not filters:
            raise exceptions.CommandError("a task or a filter is required")
        if self.only:
            filters["state"] = list(self.only)
        counted = batches.change_matching(
            self.api,
            filters,
            self.target,
            parsed_args.reason,
            parsed_args.dry_run,
            options.forced(parsed_args),
        )
        if not counted["matched"]:
            options.say("No task matches the filters")
        for task in counted.get("refused") or ():
            options.say(f"Task {task['id']} is not changed: {task['why']}")
        if not counted["matched"] or counted.get("refused_total"):
            self.exit_status = 1
        return columns.rows(columns.COUNTED, [counted])

    def _filters(self, args: argparse.Namespace) -> dict[str, typing.Any]:
        filters: dict[str, typing.Any] = {}
        if args.scopes:
            projects = scopes.projects_of(self.app.client_manager)
            resolved = scopes.resolve(self.api, projects, args.scopes)
            filters["scope_id"] = list(resolved.values())
        if args.batches:
            filters["batch_id"] = args.batches
        if args.batch_reason is not None:
            filters["reason"] = args.batch_reason
        if not self.only and args.states:
            filters["state"] = args.states
        return filters

    def _change(self, args: argparse.Namespace) -> list[http.Item]:
        """Change the tasks with numbers; a refused one stops no other."""
        changed = []
        for task_id in dict.fromkeys(args.tasks):
            try:
                changed.append(self._change_one(task_id, args))
            except exceptions.CommandError as error:
                if isinstance(error, http.Unreachable):
                    raise
                LOG.error("task %s: %s", task_id, error)
                self.exit_status = 1
        return changed

    def _change_one(self, task_id: str, args: argparse.Namespace) -> http.Item:
        if self.refused is not None:
            state, command = self.refused
            if tasks.show(self.api, task_id)["state"] == state:
                raise exceptions.CommandError(f"it is {state}: use {command}")
        return tasks.change(
            self.api, task_id, self.target, args.reason, options.forced(args)
        )


class Pause(_Change):
    """Pause tasks"""

    target = "paused"


class Resume(_Change):
    """Resume paused tasks"""

    target = "scheduled"
    only = ("paused",)
    refused = ("failed", "retry")


class Retry(_Change):
    """Retry failed tasks from the period at which they failed"""

    target = "scheduled"
    only = ("failed",)
    refused = ("paused", "resume")


class Cancel(_Change):
    """Cancel tasks; periods that are rated again stay so"""

    target = "cancelled"
