# SPDX-License-Identifier: Apache-2.0
"""The collector of quantities in Gnocchi."""

import collections
import collections.abc
import logging

from oslo_config import cfg

from cloudkitty.collector import base
from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.collector.gnocchi import batches
from cloudkitty.collector.gnocchi import quantities
from cloudkitty.collector.gnocchi import query as gnocchi_query
from cloudkitty.collector.gnocchi import revisions
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common.gnocchi import client as gnocchi_client

LOG = logging.getLogger(__name__)

GROUP = "collector_gnocchi"
#: Scopes of one request.
MOST_SCOPES = 500
#: Scopes that may fail one by one; more are a fault of the whole request.
MOST_FAILED = 10

Values = collections.abc.Mapping[str, list[revisions.Value]]


class GnocchiCollector(base.Collector):
    """Queries Gnocchi's aggregates: many scopes and periods in one request."""

    extra_args = gnocchi_query.EXTRA_ARGS

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
    ) -> None:
        super().__init__(conf, definitions)
        self._queries = {
            metric.key: gnocchi_query.make(
                metric, conf.collect.scope_key, self.period_seconds
            )
            for metric in definitions
        }
        # Twice the intended size of a chunk, which is an estimate.
        self._most: int = 2 * conf.orchestrator.chunk_points
        self._client = gnocchi_client.Client(
            conf, GROUP, conf.orchestrator.collector_request_timeout
        )

    def collect(
        self,
        metric: metrics.Metric,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> collections.abc.Iterator[base.Collected]:
        """Yield the points of each scope in each period of ``window``.

        :raises cloudkitty.collector.base.CollectError: if Gnocchi is
            unavailable or its answer is unusable. It is divisible if fewer
            periods are a smaller request.
        """
        query = self._queries[metric.key]
        parts = [window]
        if not query.joins_periods(window):
            parts = list(window.periods(self.period_seconds))
        most = MOST_SCOPES if query.joinable else 1
        for place in range(0, len(scope_ids), most):
            left = list(scope_ids[place : place + most])
            for part in parts:
                # A copy: scopes that fail leave the list.
                for item in self._collect(query, list(left), part, []):
                    yield item
                    if item.error is not None:
                        left.remove(item.scope_id)

    def _collect(
        self,
        query: gnocchi_query.Query,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
        failed: list[str],
    ) -> collections.abc.Iterator[base.Collected]:
        """Yield the points of some scopes in a window of one request.

        If Gnocchi refuses the request for several scopes, as it does where
        one resource has another archive policy, each half is requested.

        :param failed: the scopes for which it was refused; appended to.
        """
        if not scope_ids:
            return
        try:
            found = batches.Batch(
                self._client, query, scope_ids, window, self._most
            )
        except batches.TooMuch as err:
            if len(scope_ids) == 1:
                raise self._error(query, err, err.divisible) from None
        except gnocchi_client.GnocchiError as err:
            if err.status not in batches.REFUSED or len(scope_ids) == 1:
                raise self._error(query, err) from None
        except revisions.Malformed as err:
            raise self._error(
                query, f"{self._client.server} answered {err}"
            ) from None
        else:
            yield from self._points(query, found)
            return
        middle = len(scope_ids) // 2
        for half in (scope_ids[:middle], scope_ids[middle:]):
            yield from self._half(query, half, window, failed)

    def _half(
        self,
        query: gnocchi_query.Query,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
        failed: list[str],
    ) -> collections.abc.Iterator[base.Collected]:
        try:
            yield from self._collect(query, scope_ids, window, failed)
        except base.CollectError as err:
            # That of a single scope was raised before its first period.
            if len(scope_ids) > 1 or err.divisible:
                raise
            failed += scope_ids
            if len(failed) > MOST_FAILED:
                raise
            err.period = window.periods(self.period_seconds)[0]
            yield base.Collected(scope_ids[0], err.period, [], err)

    def _points(
        self, query: gnocchi_query.Query, batch: batches.Batch
    ) -> collections.abc.Iterator[base.Collected]:
        dropped = 0
        for scope_id in batch.scope_ids:
            values = batch.values.get(scope_id, [])
            reading = quantities.Reading(query.metric, batch.periods, values)
            builder = points.Builder(
                query.metric, batch.window, self.period_seconds
            )
            rows = batch.rows(scope_id, reading.values)
            dropped += len(reading.values) - len(rows)
            for labels, quantity in sorted(
                rows, key=lambda row: builder.sort_key(row[0])
            ):
                builder.add_series(labels, [quantity])
            usable = builder.result()[: reading.usable]
            for period, found in usable:
                yield base.Collected(scope_id, period, found)
            if reading.unusable is not None:
                yield self._unusable(query, scope_id, batch, reading)
        if dropped:
            LOG.warning(
                *log_fields.event(
                    "points dropped: no resource has their key, so there is "
                    "no metadata",
                    metric=query.metric.key,
                    points=dropped,
                    begin=batch.window.begin,
                    end=batch.window.end,
                )
            )

    def _unusable(
        self,
        query: gnocchi_query.Query,
        scope_id: str,
        batch: batches.Batch,
        reading: quantities.Reading,
    ) -> base.Collected:
        period = batch.periods[reading.usable]
        error = self._error(
            query,
            f"unusable value {reading.unusable} in the period from "
            f"{period.begin} from {self._client.server}",
        )
        error.period = period
        return base.Collected(scope_id, period, [], error)

    def _error(
        self,
        query: gnocchi_query.Query,
        cause: object,
        divisible: bool = False,
    ) -> base.CollectError:
        return base.CollectError(
            f"metric {query.metric.key}: {cause}", divisible=divisible
        )
