# SPDX-License-Identifier: Apache-2.0
"""Export metrics by HTTP for Prometheus: ``[metrics]``."""

import collections.abc
import itertools
import threading
import typing

import prometheus_client
from oslo_config import cfg
from oslo_log import log
from prometheus_client import metrics_core
from prometheus_client import registry as prometheus_registry

from cloudkitty import version
from cloudkitty.common import log_fields
from cloudkitty.orchestrator import gauges as ck_gauges
from cloudkitty.orchestrator import series

LOG = log.getLogger(__name__)

#: Seconds before another attempt to listen on a port that is in use.
_RETRY_SECONDS = 10
BUILD_INFO = "cloudkitty_build_info"
BUILD_INFO_HELP = "1, with the version of CloudKitty as a label."

Families = collections.abc.Iterator[metrics_core.Metric]


class Collector(prometheus_registry.Collector):
    """The metrics of all workers of this processor, and of the database.

    :param table: memory in which the workers count.
    :param gauges: reads the metrics of the database.
    """

    def __init__(self, table: series.Table, gauges: ck_gauges.Gauges) -> None:
        self._table = table
        self._gauges = gauges

    def collect(self) -> Families:
        """Yield the metrics with their current values."""
        build = metrics_core.GaugeMetricFamily(
            BUILD_INFO, BUILD_INFO_HELP, labels=["version"]
        )
        build.add_metric([version.version_string()], 1)
        yield build
        sums = self._table.sums()
        yield from _counters(sums)
        yield _phases(sums)
        yield from _read(self._gauges.read())


def _counters(sums: collections.abc.Sequence[float]) -> Families:
    for counter in series.COUNTERS:
        family = metrics_core.CounterMetricFamily(
            counter.name, counter.help, labels=list(counter.labels)
        )
        for key in counter.keys:
            slot = series.SLOTS[counter.name, *key]
            family.add_metric(list(key), sums[slot])
        yield family


def _phases(sums: collections.abc.Sequence[float]) -> metrics_core.Metric:
    family = metrics_core.HistogramMetricFamily(
        series.PHASE_SECONDS, series.PHASE_SECONDS_HELP, labels=["phase"]
    )
    for phase, first in series.PHASE_SLOTS.items():
        end = first + len(series.BUCKETS)
        counts = itertools.accumulate(sums[first:end])
        family.add_metric(
            [phase],
            [
                ("+Inf" if limit == float("inf") else str(limit), count)
                for limit, count in zip(series.BUCKETS, counts, strict=True)
            ],
            sums[end],
        )
    return family


def _read(values: ck_gauges.Values | None) -> Families:
    single = {} if values is None else values.single
    up = {ck_gauges.DATABASE_UP: float(values is not None)}
    for name, value in (up | single).items():
        yield metrics_core.GaugeMetricFamily(
            name, ck_gauges.HELP[name], value=value
        )
    if values is not None:
        tasks = metrics_core.GaugeMetricFamily(
            ck_gauges.TASKS, ck_gauges.HELP[ck_gauges.TASKS], labels=["state"]
        )
        for state, count in values.tasks.items():
            tasks.add_metric([state], count)
        yield tasks


def make_registry(collector: Collector) -> prometheus_client.CollectorRegistry:
    """Return the registry of a collector.

    Unlike the library's own registry, it has no metrics of the exporting
    process.
    """
    registry = prometheus_client.CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry


def serve(
    conf: cfg.ConfigOpts,
    registry: prometheus_client.CollectorRegistry,
    stop: threading.Event,
) -> None:
    """Serve until ``stop`` is set."""
    server = _listen(conf, registry, stop)
    if server is None:
        return
    LOG.info(
        *log_fields.event(
            "metrics exported",
            host=conf.metrics.host,
            port=conf.metrics.port,
        )
    )
    stop.wait()
    server.shutdown()
    server.server_close()


def _listen(
    conf: cfg.ConfigOpts,
    registry: prometheus_client.CollectorRegistry,
    stop: threading.Event,
) -> typing.Any:
    """Return the server; ``None`` if asked to stop before it listens.

    A processor that is replaced may still have the port.
    """
    logged = False
    while not stop.is_set():
        try:
            server, _ = prometheus_client.start_http_server(
                conf.metrics.port, conf.metrics.host, registry
            )
        except OSError as error:
            if not logged:
                LOG.error(
                    *log_fields.event(
                        "metrics not exported, tried again",
                        seconds=_RETRY_SECONDS,
                        host=conf.metrics.host,
                        port=conf.metrics.port,
                        error=error.strerror,
                    )
                )
            logged = True
            stop.wait(_RETRY_SECONDS)
        else:
            return server
    return None
