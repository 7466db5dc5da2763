# SPDX-License-Identifier: Apache-2.0
"""The processor's processes.

The first process imports few modules: it forks the others and waits. A
worker imports its own modules.
"""

import sys
import threading
import typing

import cotyledon
from cotyledon import oslo_config_glue
from oslo_config import cfg

from cloudkitty.common import messaging
from cloudkitty.common import reports
from cloudkitty.orchestrator import at_work
from cloudkitty.orchestrator import reloading
from cloudkitty.orchestrator import series

if typing.TYPE_CHECKING:
    # Not in the oldest release that is supported.
    from cotyledon import types

#: Of the first process; the workers' names begin with it.
PROGRAM = "cloudkitty-processor"


class _Service(cotyledon.Service):
    """One worker process."""

    #: The ``kind`` of ``worker.run``; also the name of the process.
    name: typing.ClassVar[str]

    def __init__(
        self,
        worker_id: "types.WorkerId",
        conf: cfg.ConfigOpts,
        table: series.Table | None,
        first_row: int,
    ) -> None:
        """Create the worker.

        :param table: memory to count in; ``None`` counts nothing.
        :param first_row: row of the worker with the id 0.
        """
        super().__init__(worker_id)
        self._conf = conf
        self._table = table
        self._row = first_row + worker_id
        self._stop = threading.Event()
        self._stopped = threading.Event()
        self._at_work = at_work.AtWork()
        # Here, because only the main thread can set a handler.
        _report(self, conf, self._at_work.describe)

    def run(self) -> None:
        keep_eventlet_out()
        from cloudkitty.orchestrator import measures
        from cloudkitty.orchestrator import resources
        from cloudkitty.orchestrator import worker

        if self._table is not None:
            measures.start(self._table.row(self._row))
        try:
            worker.run(
                resources.Place(self.name, self.worker_id, self._at_work),
                self._conf,
                self._stop,
            )
        finally:
            self._stopped.set()

    def terminate(self) -> None:
        # cotyledon ends the process when this returns, or kills it after
        # graceful_shutdown_timeout.
        self._stop.set()
        self._stopped.wait()


class RatingService(_Service):
    """Rates new periods."""

    name = "rating"


class ReprocessingService(_Service):
    """Executes reprocessing tasks."""

    name = "reprocessing"


class RpcService(cotyledon.Service):
    """Answers on the message bus; small, as it does not rate periods."""

    name = "rpc"

    def __init__(
        self, worker_id: "types.WorkerId", conf: cfg.ConfigOpts
    ) -> None:
        super().__init__(worker_id)
        self._conf = conf
        self._server: typing.Any = None
        self._stop = threading.Event()
        self._stopped = threading.Event()
        _report(self, conf)

    def run(self) -> None:
        # Imported here: it loads the message bus, which no other worker
        # needs.
        from cloudkitty.common import clock
        from cloudkitty.orchestrator.rpc import server as rpc_server

        self._server = rpc_server.Server(
            rpc_server.build(self._conf, clock.SystemClock())
        )
        try:
            self._server.start()
            self._stop.wait()
            self._server.stop()
        finally:
            self._stopped.set()

    def terminate(self) -> None:
        self._stop.set()
        # While the bus is down, start() waits and there is nothing to stop.
        if self._server is not None and self._server.listening:
            self._stopped.wait()


class MetricsService(cotyledon.Service):
    """Exports the metrics of all workers, and those of the database."""

    name = "metrics"

    def __init__(
        self,
        worker_id: "types.WorkerId",
        conf: cfg.ConfigOpts,
        table: series.Table,
    ) -> None:
        super().__init__(worker_id)
        self._conf = conf
        self._table = table
        self._stop = threading.Event()
        self._stopped = threading.Event()

    def run(self) -> None:
        keep_eventlet_out()
        from cloudkitty.common import clock
        from cloudkitty.orchestrator import exporter
        from cloudkitty.orchestrator import gauges as ck_gauges

        gauges = ck_gauges.Gauges(self._conf, clock.SystemClock())
        try:
            exporter.serve(
                self._conf,
                exporter.make_registry(
                    exporter.Collector(self._table, gauges)
                ),
                self._stop,
            )
        finally:
            gauges.close()
            self._stopped.set()

    def terminate(self) -> None:
        self._stop.set()
        self._stopped.wait()


def _report(
    service: cotyledon.Service,
    conf: cfg.ConfigOpts,
    describe: reports.Describe | None = None,
) -> None:
    """Write reports of this worker at SIGUSR1 and SIGUSR2."""
    reports.install(
        conf, f"{PROGRAM} {service.name} {service.worker_id}", describe
    )


def keep_eventlet_out() -> None:
    """Prevent the import of eventlet in this process.

    Libraries import an installed eventlet only to detect its use, which
    takes 20 MiB in every worker.
    """
    sys.modules.setdefault("eventlet", None)  # type: ignore[arg-type]


def make_manager(conf: cfg.ConfigOpts) -> cotyledon.ServiceManager:
    """Return the manager of all worker processes; ``run()`` starts them.

    It restarts workers that die and forwards signals. At SIGHUP it reads the
    mutable options again and restarts all workers. A process can have only
    one manager.
    """
    manager = cotyledon.ServiceManager()
    oslo_config_glue.setup(
        manager, reloading.ProcessorOptions(conf), reload_method="mutate"
    )
    reports.install(conf, PROGRAM)
    rating = conf.orchestrator.max_workers
    reprocessing = conf.orchestrator.max_workers_reprocessing
    table = None
    if conf.metrics.enabled:
        table = series.Table(rating + reprocessing)
        manager.add(MetricsService, 1, args=(conf, table))
    if rating:
        manager.add(RatingService, rating, args=(conf, table, 0))
    if reprocessing:
        manager.add(
            ReprocessingService, reprocessing, args=(conf, table, rating)
        )
    # Over fake:// no other process can be reached.
    if conf.orchestrator.rpc_workers and not messaging.embedded(conf):
        manager.add(RpcService, conf.orchestrator.rpc_workers, args=(conf,))
    return manager
