# SPDX-License-Identifier: Apache-2.0
"""All there is to tell of one task."""

import collections.abc
import dataclasses

from cloudkitty.db import facade
from cloudkitty.db import reprocesses
from cloudkitty.db import rows
from cloudkitty.db import task_events
from cloudkitty.db import task_notes
from cloudkitty.db import task_totals
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors
from cloudkitty.tasks import progress

#: Events that are told: the newest ones.
MAX_EVENTS = 100


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One task and what is kept of it.

    :param totals: by metric; empty before it began.
    :param events: the newest ones, oldest first.
    :param seconds_left: None if nothing can be said.
    :param place_in_queue: from 1; None unless it waits for a processor.
    """

    task: rows.Task
    totals: collections.abc.Sequence[rows.TaskTotal]
    events: collections.abc.Sequence[rows.TaskEvent]
    seconds_left: int | None
    place_in_queue: int | None


def read(
    database: facade.Database, period_seconds: int, task_id: int
) -> Detail:
    """Return all of one instant.

    :param period_seconds: ``[collect] period``.
    :raises cloudkitty.tasks.errors.NoSuchTask: for an unknown id.
    """
    with database.reader() as session:
        task = reprocesses.get(session, task_id)
        if task is None:
            raise errors.NoSuchTask()
        place = None
        if task.state in states.WAITING:
            place = reprocesses.place_in_queue(session, task)
        return Detail(
            task=task,
            totals=task_totals.find(session, task_id),
            events=task_events.find(session, task_id, newest=MAX_EVENTS),
            seconds_left=progress.seconds_left(task, period_seconds),
            place_in_queue=place,
        )


def read_notes(
    database: facade.Database, task_id: int, *, offset: int, limit: int
) -> tuple[list[rows.TaskNote], int]:
    """Return a page of the periods that were not plain, and how many in all.

    :raises cloudkitty.tasks.errors.NoSuchTask: for an unknown id.
    """
    with database.reader() as session:
        if reprocesses.get(session, task_id) is None:
            raise errors.NoSuchTask()
        found = task_notes.find(session, task_id, offset=offset, limit=limit)
        return found, task_notes.count(session, task_id)
