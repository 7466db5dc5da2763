# SPDX-License-Identifier: Apache-2.0
"""The collector of quantities in an OpenMetrics text file.

Returns the same points as the ``prometheus`` collector does for a server with
the same samples. It is the embedded default and a reference for tests.
"""

import bisect
import collections.abc
import decimal

from oslo_config import cfg

from cloudkitty.collector import base
from cloudkitty.collector import conversion
from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.collector.openmetrics import aggregations
from cloudkitty.collector.openmetrics import sample_file
from cloudkitty.collector.prometheus import query
from cloudkitty.common import exceptions
from cloudkitty.common import periods

GROUP = "collector_openmetrics"
_UNSUPPORTED = ("range_function", "query_prefix", "query_suffix")


class OpenMetricsCollector(base.Collector):
    """Reads samples from ``[collector_openmetrics] path``.

    The file may appear, or change, while the service runs.
    """

    extra_args = query.EXTRA_ARGS

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        definitions: collections.abc.Sequence[metrics.Metric],
    ) -> None:
        super().__init__(conf, definitions)
        for metric in definitions:
            _check(metric)
        path = conf[GROUP].path
        if not path:
            raise exceptions.InvalidConfiguration(f"[{GROUP}] path is not set")
        self._file = sample_file.SampleFile(path, conf.collect.scope_key)

    def collect(
        self,
        metric: metrics.Metric,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> collections.abc.Iterator[base.Collected]:
        """Yield the points of each scope in each period of ``window``.

        :raises cloudkitty.collector.base.CollectError: if the file is
            missing or malformed.
        """
        try:
            found = self._file.series(metric.name, scope_ids)
        except sample_file.UnusableFile as err:
            raise base.CollectError(f"metric {metric.key}: {err}") from err
        builder = points.Builder(metric, window, self.period_seconds)
        convert = conversion.Converter(metric)
        for scope_id, series in found.items():
            usable = _Usable(convert, builder.periods)
            _add(metric, series, usable, builder)
            for period, its_points in builder.result()[: usable.end]:
                yield base.Collected(scope_id, period, its_points)
            if usable.failure is not None:
                period = builder.periods[usable.end]
                yield base.Collected(scope_id, period, [], usable.failure)


def _check(metric: metrics.Metric) -> None:
    """Refuse keys that need a real Prometheus."""
    query.check(metric)
    for key in _UNSUPPORTED:
        value = metric.extra_args[key]
        if value:
            raise exceptions.InvalidConfiguration(
                f"metric {metric.key}: openmetrics does not support "
                f"{key} {value}"
            )


class _Usable:
    """Makes quantities, up to the first period with an unusable value.

    :ivar end: number of periods before the unusable one.
    :ivar failure: the error of that period; None if all are usable.
    """

    def __init__(
        self,
        convert: conversion.Converter,
        all_periods: collections.abc.Sequence[periods.Window],
    ) -> None:
        self._convert = convert
        self._periods = all_periods
        self.end = len(all_periods)
        self.failure: base.CollectError | None = None

    def take(
        self, metric: metrics.Metric, group: list[sample_file.Series]
    ) -> collections.abc.Iterator[tuple[int, decimal.Decimal]]:
        """Yield (index of period, quantity) where a group has samples."""
        for index, value in _values(metric, group, self._periods[: self.end]):
            try:
                quantity = self._convert(repr(value))
            except conversion.UnusableQuantity as err:
                period = self._periods[index]
                self.end = index
                self.failure = base.CollectError(
                    f"metric {metric.key}: unusable value {err} in the "
                    f"period from {period.begin}",
                    period=period,
                )
                return
            yield index, quantity


def _add(
    metric: metrics.Metric,
    series: list[sample_file.Series],
    usable: _Usable,
    builder: points.Builder,
) -> None:
    """Add the points of one scope, up to its first unusable value."""
    groups: dict[tuple[str, ...], list[sample_file.Series]] = {}
    for one in series:
        groups.setdefault(builder.sort_key(one.labels), []).append(one)
    # All groups first: each may end the usable periods earlier.
    found = [
        (key, list(usable.take(metric, groups[key]))) for key in sorted(groups)
    ]
    for key, quantities in found:
        builder.add_row(
            key, (pair for pair in quantities if pair[0] < usable.end)
        )


def _values(
    metric: metrics.Metric,
    group: list[sample_file.Series],
    all_periods: collections.abc.Sequence[periods.Window],
) -> collections.abc.Iterator[tuple[int, float]]:
    """Yield (index of period, aggregated value) where there are samples."""
    method = metric.extra_args["aggregation_method"] or "max"
    over_time = aggregations.OVER_TIME[method]
    aggregate = aggregations.AGGREGATIONS[method]
    function = aggregations.FUNCTIONS.get(
        metric.extra_args["query_function"] or ""
    )
    for index, period in enumerate(all_periods):
        values = []
        for series in group:
            inside = _inside(series, period)
            if inside:
                value = over_time(inside)
                values.append(function(value) if function else value)
        if values:
            yield index, aggregate(values)


def _inside(
    series: sample_file.Series, period: periods.Window
) -> collections.abc.Sequence[float]:
    """Return the values of a period, including *both* its ends.

    A range selector of Prometheus 2 selects the same values.
    """
    first = bisect.bisect_left(
        series.times, round(period.begin.timestamp() * 1000)
    )
    last = bisect.bisect_right(
        series.times, round(period.end.timestamp() * 1000), first
    )
    return series.values[first:last]
