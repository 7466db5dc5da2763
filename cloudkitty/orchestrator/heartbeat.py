# SPDX-License-Identifier: Apache-2.0
"""Heartbeats of a worker: the API shows which workers are alive, and why a
task waits.

The thread that does the work writes them, so a worker that hangs is not seen.
They protect nothing: leases and tokens do.
"""

import collections.abc
import datetime

from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import exc
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.db import facade
from cloudkitty.db import workers as db_workers
from cloudkitty.db.sql import server_time
from cloudkitty.orchestrator import at_work as ck_at_work

LOG = log.getLogger(__name__)

#: Minimum seconds between two heartbeats: each is one statement.
SECONDS = 10.0
#: Seconds between two deletions of the rows of dead workers.
_FORGET_SECONDS = 3600.0
#: Age of the rows that are deleted.
_OLD = datetime.timedelta(days=1)
#: Age of the rows of the same worker's predecessors, which a crash loop adds.
_REPLACED = datetime.timedelta(minutes=5)


class Silent:
    """No heartbeats: for work outside of a worker process."""

    def rest_until(self, next_look_at: datetime.datetime) -> None:
        """Note that the worker waits for its next look for work."""

    def beat(self) -> None:
        """Write a heartbeat if the last one is old enough."""

    def stop(self) -> None:
        """Write that the worker ends."""

    @property
    def due_seconds(self) -> float:
        """Seconds until the next heartbeat, more than 0."""
        return float("inf")


class Heartbeat(Silent):
    """The heartbeats of one worker, at most one in ``SECONDS``.

    An error of the database is logged only: the work meets it too.

    :param clock: source of the current time; of SQLite's heartbeats too.
    :param identity: shown by the API, as ``at_work``.
    """

    def __init__(
        self,
        database: facade.Database,
        clock: ck_clock.Clock,
        identity: db_workers.Identity,
        at_work: ck_at_work.AtWork,
    ) -> None:
        self._database = database
        self._clock = clock
        self._identity = identity
        self._at_work = at_work
        self._next_look_at: datetime.datetime | None = None
        self._next_at = clock.monotonic()
        self._forget_at = clock.monotonic()

    def rest_until(self, next_look_at: datetime.datetime) -> None:
        self._next_look_at = next_look_at
        self.beat()

    def beat(self) -> None:
        if self._clock.monotonic() >= self._next_at:
            self._write(self._store)
            # Also after a failure: the next one must not follow at once.
            self._next_at = self._clock.monotonic() + SECONDS

    def stop(self) -> None:
        self._write(
            lambda session: db_workers.beat(
                session,
                self._identity,
                db_workers.Work(),
                self._clock.now(),
                stopped=True,
            )
        )

    @property
    def due_seconds(self) -> float:
        return max(self._next_at - self._clock.monotonic(), 0.2)

    def _work(self) -> db_workers.Work:
        if self._at_work.since is None:
            return db_workers.Work(next_look_at=self._next_look_at)
        tasks = self._at_work.tasks
        return db_workers.Work(
            tasks=len(tasks),
            task_id=tasks[0].id if tasks else None,
            scope_id=tasks[0].scope_id if tasks else None,
        )

    def _store(self, session: orm.Session) -> None:
        now, work = self._clock.now(), self._work()
        if not db_workers.beat(session, self._identity, work, now):
            db_workers.add(session, self._identity, work, now)
        if self._clock.monotonic() >= self._forget_at:
            at = server_time.read(session) or now
            db_workers.forget(
                session, self._identity, replaced=at - _REPLACED, old=at - _OLD
            )
            self._forget_at = self._clock.monotonic() + _FORGET_SECONDS

    def _write(
        self, work: collections.abc.Callable[[orm.Session], object]
    ) -> None:
        """Write once: a retry would keep the work waiting."""
        try:
            with self._database.writer() as session:
                work(session)
        # oslo.db does not convert every database error.
        except (db_exception.DBError, exc.SQLAlchemyError) as error:
            LOG.debug(
                *log_fields.event(
                    "heartbeat not written",
                    worker=self._identity.name,
                    error=type(error).__name__,
                )
            )
