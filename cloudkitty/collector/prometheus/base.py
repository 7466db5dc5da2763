# SPDX-License-Identifier: Apache-2.0
"""The part that the collectors with PromQL share."""

import abc
import collections.abc
import contextlib
import dataclasses
import logging
import typing

from oslo_config import cfg

from cloudkitty.collector import base
from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.collector.prometheus import query
from cloudkitty.collector.prometheus import series
from cloudkitty.collector.prometheus import sets
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common.prometheus import answers
from cloudkitty.common.prometheus import client as prometheus_client
from cloudkitty.common.prometheus import promql

LOG = logging.getLogger(__name__)

Found = contextlib.AbstractContextManager[
    collections.abc.Iterable[answers.Series]
]


@dataclasses.dataclass(frozen=True, slots=True)
class _Request:
    """What ``collect`` was called with.

    :param limit: of the points of all answers.
    :param several: more than one scope or period.
    """

    metric: metrics.Metric
    scope_ids: collections.abc.Sequence[str]
    window: periods.Window
    limit: series.Limit
    several: bool


class PromQLCollector(base.Collector):
    """Queries a server by PromQL: many scopes and periods at once.

    :param client: of the server.
    """

    extra_args = query.EXTRA_ARGS
    #: Limit of ``scope_size`` for the scopes of one query together.
    most_size: typing.ClassVar[int]

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
    def scope_size(self, scope: str) -> int:
        """Return the length of a scope in a request, in bytes.

        :param scope: PromQL that matches it.
        """

    @abc.abstractmethod
    def split(
        self, window: periods.Window
    ) -> collections.abc.Iterable[periods.Window]:
        """Return the parts of a window that one query each is sent for."""

    @abc.abstractmethod
    def query(
        self, text: str, first: float, last: float, *, joint: bool
    ) -> Found:
        """Return the series of a query, with a value for each period.

        :param first: Unix time of the end of the first period.
        :param last: Unix time of the end of the last period.
        :param joint: the query is for several scopes, and may be long.
        :raises prometheus_client.PrometheusError: here or while they are
            read.
        """

    def collect(
        self,
        metric: metrics.Metric,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> collections.abc.Iterator[base.Collected]:
        """Yield the points of each scope in each period of ``window``.

        :raises cloudkitty.collector.base.CollectError: if the server is
            unavailable or its answer is unusable. It is divisible if more
            than one scope or period was requested and the answer was too
            large, or the query could not be evaluated.
        """
        several = (
            len(scope_ids) > 1 or window.period_count(self.period_seconds) > 1
        )
        limit = series.Limit(self._most_points if several else None)
        request = _Request(metric, scope_ids, window, limit, several)
        for left in self._pieces(metric, scope_ids):
            for part in self.split(window):
                if not left:
                    break
                # A copy: scopes that fail leave the list.
                for item in self._collect_part(request, tuple(left), part):
                    yield item
                    if item.error is not None:
                        left.remove(item.scope_id)

    def _pieces(
        self,
        metric: metrics.Metric,
        scope_ids: collections.abc.Sequence[str],
    ) -> collections.abc.Iterator[list[str]]:
        if not query.joinable(metric):
            return ([scope_id] for scope_id in scope_ids)
        return sets.pieces(scope_ids, self._size, self.most_size)

    def _size(self, scope_id: str) -> int:
        quoted = promql.quote(f"|{promql.literal(scope_id)}")
        return self.scope_size(quoted[1:-1])

    def _text(
        self,
        metric: metrics.Metric,
        scope_ids: collections.abc.Sequence[str],
    ) -> str:
        if len(scope_ids) == 1:
            return query.build(
                metric, self._scope_key, scope_ids[0], self.period_seconds
            )
        return query.build_for_any(
            metric,
            self._scope_key,
            map(promql.literal, scope_ids),
            self.period_seconds,
        )

    def _collect_part(
        self,
        request: _Request,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> collections.abc.Iterator[base.Collected]:
        """Yield the points of some scopes in the window of one query."""
        metric = request.metric
        builder = points.Builder(metric, window, self.period_seconds)
        reading = series.Reading(
            metric, self._scope_key, scope_ids, builder.periods, request.limit
        )
        self._read(request, self._text(metric, scope_ids), window, reading)
        if reading.dropped:
            LOG.debug(
                *log_fields.event(
                    "series of other scopes dropped",
                    metric=metric.key,
                    series=reading.dropped,
                )
            )
        for scope_id, scope in reading.scopes():
            for labels, quantities in scope.rows:
                builder.add_row(labels, quantities)
            for period, found in builder.result()[: scope.usable]:
                yield base.Collected(scope_id, period, found)
            if scope.unusable is not None:
                yield self._unusable(metric, scope_id, scope, builder.periods)

    def _read(
        self,
        request: _Request,
        text: str,
        window: periods.Window,
        reading: series.Reading,
    ) -> None:
        """Read the answer to one query.

        :raises cloudkitty.collector.base.CollectError: if it is unusable.
        """
        key, server = request.metric.key, self._client.server
        # The value at t is that of the period that ends at t.
        first = window.begin.timestamp() + self.period_seconds
        last = window.end.timestamp()
        try:
            with self.query(text, first, last, joint=reading.joint) as found:
                for one in found:
                    reading.add(one["metric"], one["values"])
        except prometheus_client.PrometheusError as err:
            raise base.CollectError(
                f"metric {key}: {err}",
                divisible=request.several and err.divisible,
            ) from err
        except series.TooManyPoints as err:
            count = request.window.period_count(self.period_seconds)
            scopes = len(request.scope_ids)
            raise base.CollectError(
                f"metric {key}: {server} answered more than {err} points for "
                f"{count} periods{f' of {scopes} scopes' * (scopes > 1)}",
                divisible=True,
            ) from err
        except (TypeError, ValueError, KeyError, ArithmeticError) as err:
            raise base.CollectError(
                f"metric {key}: {server} answered malformed values"
            ) from err

    def _unusable(
        self,
        metric: metrics.Metric,
        scope_id: str,
        scope: series.Scope,
        all_periods: collections.abc.Sequence[periods.Window],
    ) -> base.Collected:
        period = all_periods[scope.usable]
        error = base.CollectError(
            f"metric {metric.key}: unusable value {scope.unusable} in the "
            f"period from {period.begin} from {self._client.server}",
            period=period,
        )
        return base.Collected(scope_id, period, [], error)
