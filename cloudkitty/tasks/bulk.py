# SPDX-License-Identifier: Apache-2.0
"""Pause, resume, retry or cancel all tasks that match a filter."""

import collections.abc
import dataclasses
import functools

from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.db import facade
from cloudkitty.db.tasks import batches as task_batches
from cloudkitty.db.tasks import bulk as task_bulk
from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import closed
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance
from cloudkitty.tasks import notices
from cloudkitty.tasks import progress
from cloudkitty.tasks import windows

LOG = log.getLogger(__name__)

#: Tasks of one transaction: the rows of a piece are locked until its end.
PIECE = 500

Tasks = list[task_records.Task]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A task that was not scheduled because its window must not be rated."""

    id: int
    scope_id: str
    why: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a change.

    :param matched: number of tasks that the filter matched at the beginning.
    :param changed: number of changed tasks. Of a dry run: number of matching
        tasks in a state from which the change is possible.
    :param refused: tasks that were not scheduled.
    """

    matched: int
    changed: int
    refused: tuple[Refused, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of the state of all tasks that match a filter.

    :param target: a key of ``states.ACTIONS``.
    :param by: id of the requesting user, for the events of the tasks.
    :param why: reason, for the events of the tasks.
    :param force: whether closed periods may be rated again.
    """

    filters: task_filters.Filters
    target: states.State
    by: str | None = None
    why: str | None = None
    force: bool = False

    @property
    def sources(self) -> frozenset[str]:
        """The states of tasks to change."""
        possible = frozenset(str(each) for each in states.ACTIONS[self.target])
        return possible & frozenset(self.filters.get("states") or possible)


def count(database: facade.Database, change: Change) -> Outcome:
    """Return the numbers of a dry run, which changes nothing."""
    selection = _select(database, change)
    return Outcome(matched=selection.matched, changed=len(selection.ids))


def change_states(
    database: facade.Database,
    clock: ck_clock.Clock,
    period_seconds: int,
    change: Change,
    *,
    rules: governance.Rules = governance.OFF,
    notifications: ck_notifications.Notifications = ck_notifications.SILENT,
) -> Outcome:
    """Change the state of the tasks that match a filter, where possible.

    Tasks that are created in the meantime are not changed. ``PIECE`` tasks
    are changed in one transaction; a task that has left the filtered states
    by then is not changed. A processor that executes a changed task writes
    nothing afterwards.

    A failed task is not retried if its window is taken or no longer rated,
    and no task is scheduled whose remaining periods are closed; the others
    are.

    :param period_seconds: ``[collect] period``.
    :param rules: rules of the operator.
    :param notifications: receives a notification on each cancelled task.
    """
    selection = _select(database, change)
    changed = 0
    refused: list[Refused] = []
    for begin in range(0, len(selection.ids), PIECE):
        ids = selection.ids[begin : begin + PIECE]
        done, left = database.write(
            functools.partial(
                _change, clock, period_seconds, change, rules, task_ids=ids
            )
        )
        changed += len(done)
        refused += left
        if change.target is states.State.CANCELLED:
            notices.tell_each(notifications, notices.CANCELLED, database, done)
    LOG.info(
        *log_fields.event(
            "tasks changed by filter",
            state=change.target.value,
            matched=selection.matched,
            changed=changed,
            refused=len(refused),
        )
    )
    return Outcome(
        matched=selection.matched, changed=changed, refused=tuple(refused)
    )


def _select(database: facade.Database, change: Change) -> task_bulk.Selection:
    with database.reader() as session:
        return task_bulk.select(
            session, change.filters, states.ACTIONS[change.target]
        )


def _change(
    clock: ck_clock.Clock,
    period_seconds: int,
    change: Change,
    rules: governance.Rules,
    session: orm.Session,
    *,
    task_ids: collections.abc.Collection[int],
) -> tuple[list[int], list[Refused]]:
    """Change one piece; return the ids of changed tasks, and the others."""
    if change.target in states.REOPENED:
        # Lock the rows of scopes before the rows of tasks, as ``accept``.
        windows.lock(session, task_bulk.scope_ids(session, task_ids))
    tasks = [
        progress.counted(session, task, period_seconds)
        for task in task_bulk.lock(session, task_ids)
        if task.state in change.sources
    ]
    changed: list[int] = []
    refused: list[Refused] = []
    for group in _groups(tasks, change.target):
        why = change.why
        if change.target in states.REOPENED:
            group, left, why = _separate(
                session, group, period_seconds, change, rules
            )
            refused += left
        # Now: the check of the next group has to see it.
        task_batches.transition(
            session,
            group,
            change.target,
            clock.now(),
            by=change.by,
            why=why,
        )
        changed += [task.id for task in group]
    return changed, refused


def _groups(tasks: Tasks, target: states.State) -> list[Tasks]:
    """Return the tasks in groups that ``windows.check_again`` can check.

    Those of a group have the same window and different scopes.
    """
    if target not in states.REOPENED:
        return [tasks]
    groups: dict[object, Tasks] = {}
    seen: dict[object, int] = {}
    for task in tasks:
        window = (task.start_at, task.end_at, task.period_seconds, task.mode)
        number = seen.get((window, task.scope_id), 0)
        seen[window, task.scope_id] = number + 1
        groups.setdefault((window, number), []).append(task)
    return list(groups.values())


def _separate(
    session: orm.Session,
    tasks: Tasks,
    period_seconds: int,
    change: Change,
    rules: governance.Rules,
) -> tuple[Tasks, list[Refused], str | None]:
    """Return the tasks that may be scheduled, those that may not, and why.

    The last item is the reason for the events.
    """
    refused: list[Refused] = []
    while True:
        try:
            windows.check_again(session, tasks, period_seconds)
            why = closed.check_tasks(
                session,
                tasks,
                change.target,
                period_seconds,
                rules,
                force=change.force,
                why=change.why,
            )
        except (
            errors.OverlapsActiveTask,
            errors.NoLongerRated,
            errors.WindowClosed,
        ) as error:
            # An unfinished task still has its window: it may only be closed.
            anyhow = isinstance(error, errors.WindowClosed)
            blocked = [
                task
                for task in tasks
                if task.scope_id in error.scope_ids
                and (anyhow or task.state in states.TERMINAL)
            ]
            if not blocked:
                raise
            refused += [
                Refused(id=task.id, scope_id=task.scope_id, why=str(error))
                for task in blocked
            ]
            tasks = [task for task in tasks if task not in blocked]
        else:
            return tasks, refused, why
