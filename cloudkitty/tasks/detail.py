# SPDX-License-Identifier: Apache-2.0
"""Details of one task."""

import collections.abc
import dataclasses

from cloudkitty.common import clock as ck_clock
from cloudkitty.db import facade
from cloudkitty.db import workers as db_workers
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance
from cloudkitty.tasks import holds
from cloudkitty.tasks import progress
from cloudkitty.tasks import workers

#: Maximum number of returned events: the newest ones.
MAX_EVENTS = 100
#: Maximum number of notes on periods that are returned with a task.
MAX_NOTES = 100


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One task with its totals, events and estimates.

    :param totals: totals by metric; empty before the task starts.
    :param events: the newest events, oldest first.
    :param seconds_left: estimated seconds, or ``None`` if unknown.
    :param place_in_queue: position from 1; ``None`` unless the task waits
        for a processor.
    :param held_by: name of the rule of the operator that holds a waiting
        task; ``None`` if none does.
    :param waiting: why it waits; ``None`` unless it waits for a processor.
    """

    task: task_records.Task
    totals: collections.abc.Sequence[task_records.TaskTotal]
    events: collections.abc.Sequence[task_records.TaskEvent]
    seconds_left: int | None
    place_in_queue: int | None
    held_by: str | None
    waiting: workers.Waiting | None


def read(
    database: facade.Database,
    clock: ck_clock.Clock,
    period_seconds: int,
    task_id: int,
    rules: governance.Rules = governance.OFF,
    *,
    days: bool = False,
) -> Detail:
    """Return a consistent snapshot of a task.

    :param clock: as for ``workers.read``.
    :param period_seconds: ``[collect] period``.
    :param rules: rules of the operator.
    :param days: whether the totals contain those of days.
    :raises cloudkitty.tasks.errors.NoSuchTask: if the task does not exist.
    """
    with database.reader() as session:
        task = task_queries.get(session, task_id)
        if task is None:
            raise errors.NoSuchTask()
        place = waiting = held_by = None
        if task.state in states.WAITING:
            place = task_queries.place_in_queue(session, task)
            seen = workers.read_in(session, clock, db_workers.REPROCESSING)
            held_by = holds.find(session, task, clock.now(), rules)
            waiting = workers.why_waiting(task, place, seen, held_by)
        return Detail(
            task=task,
            totals=task_totals.find(session, task_id, days=days),
            events=task_events.find(session, task_id, newest=MAX_EVENTS),
            seconds_left=progress.seconds_left(task, period_seconds),
            place_in_queue=place,
            held_by=held_by,
            waiting=waiting,
        )


def read_notes(
    database: facade.Database, task_id: int, *, offset: int, limit: int
) -> tuple[list[task_records.TaskNote], int]:
    """Return a page of the notes on periods, and their total number.

    :raises cloudkitty.tasks.errors.NoSuchTask: if the task does not exist.
    """
    with database.reader() as session:
        if task_queries.get(session, task_id) is None:
            raise errors.NoSuchTask()
        found = task_notes.find(session, task_id, offset=offset, limit=limit)
        return found, task_notes.count(session, task_id)
