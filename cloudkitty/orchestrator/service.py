# SPDX-License-Identifier: Apache-2.0
"""The processor's processes."""

import collections.abc
import datetime
import threading
import typing

import cotyledon
from cotyledon import oslo_config_glue
from cotyledon import types
from oslo_config import cfg
from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import messaging
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator import reprocess
from cloudkitty.orchestrator import resources as ck_resources

LOG = log.getLogger(__name__)

#: The shortest wait between two looks, so that nothing ever spins.
SHORTEST_WAIT_SECONDS = 0.2


class Work(typing.Protocol):
    """What a worker does at each tick."""

    @property
    def interval_seconds(self) -> float:
        """Seconds from one tick to the next."""

    def work(self) -> None:
        """Do all there is to do."""

    def pending_at(self) -> datetime.datetime | None:
        """Return when there is something left to do before the next tick."""

    def work_pending(self) -> None:
        """Do what was left."""


class Loop:
    """Works, then waits, until it is asked to stop.

    :param work: what to do.
    :param clock: tells the time.
    :param stop: ends it.
    :param name: for the log.
    """

    def __init__(
        self,
        work: Work,
        clock: ck_clock.Clock,
        stop: threading.Event,
        name: str,
    ) -> None:
        self._work = work
        self._clock = clock
        self._stop = stop
        self._name = name

    def run(self) -> None:
        """Return once asked to stop, at an edge of the work."""
        try:
            while not self._stop.is_set():
                self._tick()
        except failures.Interrupted:
            LOG.info("%(name)s worker interrupted", {"name": self._name})

    def _tick(self) -> None:
        """Do one tick's work, and what is left of it, until the next."""
        next_tick_at = self._clock.monotonic() + self._work.interval_seconds
        self._isolated(self._work.work)
        while not self._stop.is_set():
            left = next_tick_at - self._clock.monotonic()
            pending = self._seconds_to_pending()
            self._stop.wait(max(SHORTEST_WAIT_SECONDS, min(left, pending)))
            if left <= pending:
                return
            if not self._stop.is_set():
                self._isolated(self._work.work_pending)

    def _seconds_to_pending(self) -> float:
        pending_at = self._isolated(self._work.pending_at)
        if pending_at is None:
            return float("inf")
        return (pending_at - self._clock.now()).total_seconds()

    def _isolated(
        self, step: collections.abc.Callable[[], failures.T]
    ) -> failures.T | None:
        # A database that is down for a while: the next tick tries again.
        return failures.run_isolated(step, "look for work", self._name)[0]


class _Service(cotyledon.Service):
    """One worker process: builds what it needs, then loops."""

    def __init__(
        self, worker_id: types.WorkerId, conf: cfg.ConfigOpts
    ) -> None:
        super().__init__(worker_id)
        self._conf = conf
        self._stop = threading.Event()
        self._stopped = threading.Event()

    def make_work(
        self, resources: ck_resources.Resources, stop: threading.Event
    ) -> Work:
        """Return what this worker does."""
        raise NotImplementedError

    def run(self) -> None:
        clock = ck_clock.SystemClock()
        # After the fork: connections and threads do not survive one.
        resources = ck_resources.build(self._conf, clock)
        name = f"{self.name} {self.worker_id}"
        LOG.info("%(name)s worker started", {"name": name})
        try:
            work = self.make_work(resources, self._stop)
            Loop(work, clock, self._stop, name).run()
        finally:
            resources.close()
            self._stopped.set()

    def terminate(self) -> None:
        # cotyledon ends the process when this returns; if that takes longer
        # than graceful_shutdown_timeout it ends it the hard way.
        self._stop.set()
        self._stopped.wait()


class RatingService(_Service):
    """Rates new periods."""

    name = "rating"

    def make_work(
        self, resources: ck_resources.Resources, stop: threading.Event
    ) -> Work:
        return live.LiveRating(resources, stop)


class ReprocessingService(_Service):
    """Works reprocessing tasks off."""

    name = "reprocessing"

    def make_work(
        self, resources: ck_resources.Resources, stop: threading.Event
    ) -> Work:
        return reprocess.Reprocessing(resources, stop)


class RpcService(cotyledon.Service):
    """Answers on the message bus; small, as it rates nothing by itself."""

    name = "rpc"

    def __init__(
        self, worker_id: types.WorkerId, conf: cfg.ConfigOpts
    ) -> None:
        super().__init__(worker_id)
        self._conf = conf
        self._server: typing.Any = None
        self._stop = threading.Event()
        self._stopped = threading.Event()

    def run(self) -> None:
        # Here, because it loads the message bus, which no other worker
        # needs.
        from cloudkitty.orchestrator import rpc_server

        self._server = rpc_server.Server(
            rpc_server.build(self._conf, ck_clock.SystemClock())
        )
        try:
            self._server.start()
            self._stop.wait()
            self._server.stop()
        finally:
            self._stopped.set()

    def terminate(self) -> None:
        self._stop.set()
        # A bus that is down is waited for; there is nothing to end then.
        if self._server is not None and self._server.listening:
            self._stopped.wait()


def make_manager(conf: cfg.ConfigOpts) -> cotyledon.ServiceManager:
    """Return the manager of all worker processes; ``run()`` starts them.

    It starts a worker again that dies, and passes signals on. There can be
    one in a process.
    """
    manager = cotyledon.ServiceManager()
    oslo_config_glue.setup(manager, conf)
    if conf.orchestrator.max_workers:
        manager.add(RatingService, conf.orchestrator.max_workers, args=(conf,))
    if conf.orchestrator.max_workers_reprocessing:
        manager.add(
            ReprocessingService,
            conf.orchestrator.max_workers_reprocessing,
            args=(conf,),
        )
    # No other process could be heard over fake://.
    if conf.orchestrator.rpc_workers and not messaging.embedded(conf):
        manager.add(RpcService, conf.orchestrator.rpc_workers, args=(conf,))
    return manager
