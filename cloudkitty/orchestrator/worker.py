# SPDX-License-Identifier: Apache-2.0
"""Main function of a worker process."""

import contextlib
import datetime
import gc
import threading

from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.orchestrator import at_work as ck_at_work
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator import loop
from cloudkitty.orchestrator import resources
from cloudkitty.orchestrator import retention
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker

LOG = log.getLogger(__name__)

#: Database connections of a worker: one of its main thread and one of the
#: storing thread, which reads at the same time.
_CONNECTIONS = 2

_WORKS: dict[
    str, type[live.LiveRating] | type[reprocess_worker.Reprocessing]
] = {
    "rating": live.LiveRating,
    "reprocessing": reprocess_worker.Reprocessing,
}


class _WithRetention:
    """The work of a worker, and the purge of old data after it."""

    def __init__(
        self,
        work: loop.Work,
        kept: retention.Retention,
        at_work: ck_at_work.AtWork,
    ) -> None:
        self._work = work
        self._retention = kept
        self._at_work = at_work

    @property
    def interval_seconds(self) -> float:
        return self._work.interval_seconds

    def work(self) -> None:
        with self._at_work.working():
            self._work.work()
            failures.run_isolated(self._retention.run, "purge failed")

    def pending_at(self) -> datetime.datetime | None:
        return self._work.pending_at()

    def work_pending(self) -> None:
        with self._at_work.working():
            self._work.work_pending()


#: Allocations between two garbage collections. A chunk of a cohort allocates
#: hundreds of thousands of containers, none of them in a cycle: with 20,000,
#: collections took an eighth of the time of a cycle, and with more than this
#: the peak of the memory rises.
_GC_THRESHOLD = 100_000


def _calm_garbage_collection() -> None:
    """Exclude the objects that exist now from further garbage collections.

    Imported libraries create hundreds of thousands of objects; a collection
    of all of them takes as long as rating a week of a scope.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 10, 10)


def run(
    place: resources.Place, conf: cfg.ConfigOpts, stop: threading.Event
) -> None:
    """Run until asked to stop."""
    name = f"{place.kind} {place.number}"
    clock = ck_clock.SystemClock()
    made = resources.build(conf, clock, place)
    with contextlib.suppress(db_exception.DBError):
        made.database.connect(_CONNECTIONS)
    _calm_garbage_collection()
    LOG.info(*log_fields.event("worker started", worker=name))
    kept = retention.Retention(conf, made.database, made.storage, clock, stop)
    try:
        loop.Loop(
            _WithRetention(
                _WORKS[place.kind](made, stop), kept, place.at_work
            ),
            clock,
            stop,
            name,
            resources.make_retries(conf),
            made.heartbeat,
        ).run()
    finally:
        made.heartbeat.stop()
        made.close()
