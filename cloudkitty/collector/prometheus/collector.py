# SPDX-License-Identifier: Apache-2.0
"""The collector of quantities in a Prometheus server."""

import collections.abc
import datetime

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.collector.prometheus import query
from cloudkitty.collector.prometheus import series
from cloudkitty.common import periods
from cloudkitty.common.prometheus import client as prometheus_client

GROUP = "collector_prometheus"
#: Prometheus refuses a range query with more steps than this.
MOST_STEPS = 11_000


class PrometheusCollector(base.ScopeCollector):
    """Queries Prometheus: one range query for many periods of a metric."""

    extra_args = query.EXTRA_ARGS

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
    ) -> None:
        super().__init__(conf, definitions)
        for metric in definitions:
            query.check(metric)
        self._scope_key: str = conf.collect.scope_key
        # Twice the intended size of a chunk, which is an estimate.
        self._most_points: int = 2 * conf.orchestrator.chunk_points
        self._client = prometheus_client.Client(conf[GROUP], GROUP)

    def collect_scope(
        self,
        metric: metrics.Metric,
        scope_id: str,
        window: periods.Window,
    ) -> collections.abc.Iterator[
        tuple[periods.Window, list[dataframe.DataPoint]]
    ]:
        """Yield each period of ``window`` with its points, oldest first.

        :raises cloudkitty.collector.base.CollectError: if Prometheus is
            unavailable or its answer is unusable. It is divisible if more
            than one period was requested and the answer was too large, or
            the query could not be evaluated.
        """
        text = query.build(
            metric, self._scope_key, scope_id, self.period_seconds
        )
        for part in _split(window, self.period_seconds):
            yield from self._collect_part(metric, text, part)

    def _collect_part(
        self, metric: metrics.Metric, text: str, window: periods.Window
    ) -> collections.abc.Iterator[
        tuple[periods.Window, list[dataframe.DataPoint]]
    ]:
        builder = points.Builder(metric, window, self.period_seconds)
        several = len(builder.periods) > 1
        reading = series.Reading(
            metric, builder.periods, self._most_points if several else None
        )
        server = f"prometheus at {self._client.server}"
        try:
            self._read(text, window, reading)
        except prometheus_client.PrometheusError as err:
            raise base.CollectError(
                f"metric {metric.key}: {err}",
                divisible=several and err.divisible,
            ) from err
        except series.TooManyPoints as err:
            raise base.CollectError(
                f"metric {metric.key}: {server} answered more than {err} "
                f"points for {len(builder.periods)} periods",
                divisible=True,
            ) from err
        except (TypeError, ValueError, KeyError, ArithmeticError) as err:
            raise base.CollectError(
                f"metric {metric.key}: {server} answered malformed values"
            ) from err
        for labels, values in reading.rows():
            builder.add_series(labels, values)
        yield from builder.result()[: reading.usable]
        if reading.unusable is not None:
            period = builder.periods[reading.usable]
            raise base.CollectError(
                f"metric {metric.key}: unusable value {reading.unusable} in "
                f"the period from {period.begin} from {server}",
                period=period,
            )

    def _read(
        self, text: str, window: periods.Window, reading: series.Reading
    ) -> None:
        # The value at t is that of the period that ends at t.
        seconds = self.period_seconds
        first = window.begin.timestamp() + seconds
        with self._client.query_range(
            text, first, window.end.timestamp(), seconds
        ) as found:
            for one in found:
                reading.add(one["metric"], one["values"])


def _split(
    window: periods.Window, seconds: int
) -> collections.abc.Iterator[periods.Window]:
    """Yield the parts of a window for which one range query is allowed."""
    step = datetime.timedelta(seconds=seconds * MOST_STEPS)
    begin = window.begin
    while begin < window.end:
        end = min(begin + step, window.end)
        yield periods.Window(begin, end)
        begin = end
