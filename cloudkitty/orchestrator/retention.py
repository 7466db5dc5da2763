# SPDX-License-Identifier: Apache-2.0
"""The processor's purge of old tasks and points, if options ask for it.

Of all workers one does it, at most once an hour and for a minute; the rest
is left to the next hour. The functions are those of ``cloudkitty-dbsync
purge``.
"""

import collections.abc
import datetime
import random
import threading

from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import money
from cloudkitty.db import facade
from cloudkitty.db import purge_runs
from cloudkitty.db.tasks import purge as task_purge
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.purging import points as ck_points
from cloudkitty.storage.v2 import sqlalchemy as v2
from cloudkitty.tasks import idempotency

LOG = log.getLogger(__name__)

#: Between two runs of all workers, and between two looks of one worker.
INTERVAL = datetime.timedelta(hours=1)
LOOK_SECONDS = 600.0
#: Longest duration of a run, apart from its last transaction.
RUN_SECONDS = 60.0
#: Points that are younger are never deleted by a processor.
LEAST_HOURS = 31 * 24


class Retention:
    """Purges the data that the options name.

    :param storage: the configured storage.
    :param stop: set when this process has to stop.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: facade.Database,
        storage: storage_base.Storage,
        clock: ck_clock.Clock,
        stop: threading.Event,
    ) -> None:
        self._conf = conf
        self._database = database
        self._storage = storage
        self._clock = clock
        self._stop = stop
        self._look_at = clock.monotonic()
        self._end_at = 0.0
        self._days: int = conf.orchestrator.task_retention_days
        self._hours = _hours(conf, storage)

    @property
    def enabled(self) -> bool:
        """Whether an option asks for anything."""
        return bool(self._days or self._hours)

    def run(self) -> None:
        """Purge if a run is due and no other worker does it.

        :raises cloudkitty.storage.base.StorageError: if the storage fails.
        :raises oslo_db.exception.DBError: if the database is unavailable.
        """
        if not self.enabled or self._clock.monotonic() < self._look_at:
            return
        began_at = self._clock.monotonic()
        self._look_at = began_at + LOOK_SECONDS
        self._end_at = began_at + RUN_SECONDS
        if self._days:
            days = max(self._days, idempotency.KEPT.days)
            self._run("tasks", datetime.timedelta(days=days), self._tasks)
        if self._hours:
            age = datetime.timedelta(hours=self._hours)
            self._run("points", age, self._points)

    def _run(
        self,
        name: str,
        age: datetime.timedelta,
        work: collections.abc.Callable[[datetime.datetime], bool],
    ) -> None:
        now = self._clock.now()
        # Whole days, so that a scope has one deletion a day.
        before = (now - age).replace(hour=0, minute=0, second=0, microsecond=0)
        if purge_runs.claim(self._database, name, now, INTERVAL, before) and (
            work(before)
        ):
            purge_runs.finish(self._database, name, before)

    def _over(self) -> bool:
        return self._stop.is_set() or self._clock.monotonic() >= self._end_at

    def _tasks(self, before: datetime.datetime) -> bool:
        """Delete old tasks; return whether none is left."""
        deleted = task_purge.Deleted()
        complete = True
        for piece in task_purge.delete(self._database, before):
            deleted = deleted.plus(piece)
            if self._over():
                complete = False
                break
        LOG.info(
            *log_fields.event(
                "tasks purged", before=before, **deleted._asdict()
            )
        )
        return complete

    def _points(self, before: datetime.datetime) -> bool:
        """Delete old points; return whether no scope is left to look at."""
        assert isinstance(self._storage, v2.SQLAlchemyStorage)  # noqa: S101 - see ``_hours``
        work = ck_points.PointsPurge(
            self._conf, self._database, self._storage, before, None
        )
        names = work.scope_ids()
        # A run that ends early begins with other scopes than the next one.
        random.shuffle(names)
        found = []
        for name in names:
            if self._over():
                break
            found.append(work.purge(name, self._over))
        LOG.info(
            *log_fields.event(
                "points purged",
                before=before,
                scopes=sum(1 for one in found if one.deleted),
                points=sum(one.deleted for one in found),
                price=money.text(money.total(one.price for one in found)),
            ),
        )
        kept = sum(one.of_tasks for one in found)
        if kept:
            LOG.warning(
                *log_fields.event(
                    "old points kept because of unfinished tasks",
                    points=kept,
                ),
            )
        return not self._over()


def _hours(conf: cfg.ConfigOpts, storage: storage_base.Storage) -> int:
    """Return the age of points to delete in hours; 0 deletes none."""
    if not conf.storage.purge_points:
        return 0
    if not isinstance(storage, v2.SQLAlchemyStorage):
        LOG.warning(
            "[storage] purge_points has no effect on this storage: use the "
            "retention of its server"
        )
        return 0
    hours: int = conf.storage.retention_period
    if hours < LEAST_HOURS:
        LOG.warning(
            *log_fields.event(
                "[storage] retention_period is too short: younger points are "
                "not purged",
                hours=hours,
                least_hours=LEAST_HOURS,
            )
        )
    return max(hours, LEAST_HOURS)
