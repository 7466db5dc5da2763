# SPDX-License-Identifier: Apache-2.0
"""Which workers are alive, and why a task waits."""

import collections.abc
import dataclasses
import datetime

from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.db import facade
from cloudkitty.db import workers as db_workers
from cloudkitty.db.sql import server_time
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import holds

#: A worker that was seen within this time is alive: twelve heartbeats. It is
#: long because a worker writes none while one request to a collector lasts.
ALIVE = datetime.timedelta(seconds=120)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The workers, read at one time.

    :param workers: by host, kind and number; those of the last day.
    :param now: time of the database's server.
    """

    workers: collections.abc.Sequence[db_workers.Worker]
    now: datetime.datetime

    def alive(self, worker: db_workers.Worker) -> bool:
        """Return whether a worker has not ended and was seen lately."""
        return (
            worker.stopped_at is None
            and self.now - worker.last_seen_at <= ALIVE
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why a task waits.

    :param next_look_at: when a processor looks for it; None if unknown.
    :param why: the reason, as a sentence.
    """

    next_look_at: datetime.datetime | None
    why: str


def read(database: facade.Database, clock: ck_clock.Clock) -> Seen:
    """Return all workers.

    :param clock: source of the current time for SQLite, which has none.
    """
    with database.reader() as session:
        return read_in(session, clock)


def read_in(
    session: orm.Session, clock: ck_clock.Clock, kind: str | None = None
) -> Seen:
    """Do ``read`` in a transaction.

    :param kind: only workers of this kind.
    """
    workers = db_workers.find(session, kind)
    return Seen(workers=workers, now=server_time.read(session) or clock.now())


def why_waiting(
    task: task_records.Task,
    place_in_queue: int,
    seen: Seen,
    held_by: str | None,
) -> Waiting:
    """Return why a task waits.

    :param place_in_queue: from 1.
    :param seen: the workers that execute tasks.
    :param held_by: name of the rule that holds the task, as in ``holds``.
    """
    alive = [worker for worker in seen.workers if seen.alive(worker)]
    if not alive:
        return Waiting(next_look_at=None, why=_no_processor(seen))
    if held_by is not None:
        until = task.not_before if held_by == holds.NOT_BEFORE else None
        return Waiting(
            next_look_at=until, why=f"{held_by} does not let it run now"
        )
    due_at = task.next_attempt_at
    if due_at is not None and due_at > seen.now:
        failed = f"{task.attempts} failed attempts"
        if task.attempts == 1:
            failed = "a failed attempt"
        cause = f"after {failed}" if task.attempts else "as its scope was busy"
        return Waiting(
            next_look_at=due_at, why=f"it is attempted again {cause}"
        )
    before = place_in_queue - 1
    looks = [
        worker.work.next_look_at
        for worker in alive
        if worker.work.next_look_at is not None
    ]
    if not looks:
        return Waiting(
            next_look_at=None,
            why="every processor works on other tasks; tasks before it in "
            f"the queue: {before}",
        )
    return Waiting(
        next_look_at=max(min(looks), seen.now),
        why="a processor looks for tasks at next_look_at; tasks before it in "
        f"the queue: {before}",
    )


def _no_processor(seen: Seen) -> str:
    """Return that no worker is alive, and for how long."""
    last = max((worker.last_seen_at for worker in seen.workers), default=None)
    if last is None:
        return "no processor that executes tasks has been seen within a day"
    seconds = int((seen.now - last).total_seconds())
    return (
        "no processor that executes tasks has been seen for "
        f"{max(seconds, 0)} seconds"
    )
