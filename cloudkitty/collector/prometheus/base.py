# SPDX-License-Identifier: Apache-2.0
"""The part that the collectors with PromQL share."""

import abc
import collections.abc
import contextlib

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.collector.prometheus import query
from cloudkitty.collector.prometheus import series
from cloudkitty.common import periods
from cloudkitty.common.prometheus import answers
from cloudkitty.common.prometheus import client as prometheus_client

Found = contextlib.AbstractContextManager[
    collections.abc.Iterable[answers.Series]
]


class PromQLCollector(base.ScopeCollector):
    """Queries a server by PromQL: many periods of a metric at once.

    :param client: of the server.
    """

    extra_args = query.EXTRA_ARGS

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
        client: prometheus_client.Queries,
    ) -> None:
        super().__init__(conf, definitions)
        for metric in definitions:
            query.check(metric)
        self._scope_key: str = conf.collect.scope_key
        # Twice the intended size of a chunk, which is an estimate.
        self._most_points: int = 2 * conf.orchestrator.chunk_points
        self._client = client

    @abc.abstractmethod
    def split(
        self, window: periods.Window
    ) -> collections.abc.Iterable[periods.Window]:
        """Return the parts of a window that one query each is sent for."""

    @abc.abstractmethod
    def query(self, text: str, first: float, last: float) -> Found:
        """Return the series of a query, with a value for each period.

        :param first: Unix time of the end of the first period.
        :param last: Unix time of the end of the last period.
        :raises prometheus_client.PrometheusError: here or while they are
            read.
        """

    def collect_scope(
        self,
        metric: metrics.Metric,
        scope_id: str,
        window: periods.Window,
    ) -> collections.abc.Iterator[
        tuple[periods.Window, list[dataframe.DataPoint]]
    ]:
        """Yield each period of ``window`` with its points, oldest first.

        :raises cloudkitty.collector.base.CollectError: if the server is
            unavailable or its answer is unusable. It is divisible if more
            than one period was requested and the answer was too large, or
            the query could not be evaluated.
        """
        text = query.build(
            metric, self._scope_key, scope_id, self.period_seconds
        )
        for part in self.split(window):
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
        server = self._client.server
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
        first = window.begin.timestamp() + self.period_seconds
        with self.query(text, first, window.end.timestamp()) as found:
            for one in found:
                reading.add(one["metric"], one["values"])
