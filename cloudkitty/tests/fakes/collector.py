# SPDX-License-Identifier: Apache-2.0
"""A collector that holds its quantities in memory."""

import collections
import collections.abc
import datetime
import decimal
import threading

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import conversion
from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.common import periods

Key = tuple[str, str, datetime.datetime]
Row = tuple[dict[str, str], str]


class FakeCollector(base.ScopeCollector):
    """Returns the usage given to ``put``, raises the errors of ``fail``.

    :ivar calls: (metric key, scope id, window) of each request so far, once
        for each of its scopes.
    :ivar requests: (metric key, scope ids, window) of each request so far.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
    ) -> None:
        super().__init__(conf, definitions)
        self._scope_key: str = conf.collect.scope_key
        self._rows: dict[Key, list[Row]] = collections.defaultdict(list)
        self._failures: collections.deque[BaseException | None] = (
            collections.deque()
        )
        self._lock = threading.Lock()
        self.calls: list[tuple[str, str, periods.Window]] = []
        self.requests: list[tuple[str, frozenset[str], periods.Window]] = []

    def put(
        self,
        metric_key: str,
        scope_id: str,
        begin: datetime.datetime,
        quantity: decimal.Decimal | int | str,
        **labels: str,
    ) -> None:
        """Add one quantity to the period that starts at ``begin``."""
        row = ({self._scope_key: scope_id, **labels}, str(quantity))
        self._rows[metric_key, scope_id, begin].append(row)

    def clear(self) -> None:
        """Forget all quantities."""
        self._rows.clear()

    def fail(self, *causes: BaseException | str | None) -> None:
        """Script the next calls: an error (text: CollectError) or None."""
        self._failures.extend(
            base.CollectError(cause) if isinstance(cause, str) else cause
            for cause in causes
        )

    def heal(self) -> None:
        """Forget the failures that no call has had: calls are concurrent."""
        self._failures.clear()

    def collect(
        self,
        metric: metrics.Metric,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> collections.abc.Iterator[base.Collected]:
        with self._lock:
            self.requests.append((metric.key, frozenset(scope_ids), window))
        return super().collect(metric, scope_ids, window)

    def collect_scope(
        self,
        metric: metrics.Metric,
        scope_id: str,
        window: periods.Window,
    ) -> collections.abc.Iterator[
        tuple[periods.Window, list[dataframe.DataPoint]]
    ]:
        with self._lock:
            self.calls.append((metric.key, scope_id, window))
            failure = self._failures.popleft() if self._failures else None
        if failure is not None:
            raise failure
        builder = points.Builder(metric, window, self.period_seconds)
        convert = conversion.Converter(metric)
        for index, period in enumerate(builder.periods):
            rows = self._rows.get((metric.key, scope_id, period.begin), [])
            for labels, text in sorted(
                rows, key=lambda row: builder.sort_key(row[0])
            ):
                try:
                    quantity = convert(text)
                except conversion.UnusableQuantity as error:
                    yield from builder.result()[:index]
                    raise base.CollectError(
                        f"metric {metric.key}: unusable value {error} in the "
                        f"period from {period.begin}",
                        period=period,
                    ) from error
                builder.add_series(labels, [(index, quantity)])
        yield from builder.result()
