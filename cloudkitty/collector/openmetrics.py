# SPDX-License-Identifier: Apache-2.0
"""The collector of quantities in an OpenMetrics text file.

Gives what the ``prometheus`` collector gives of a server that holds the same
samples: the embedded default, and a second opinion on the first.
"""

import bisect
import collections.abc
import decimal

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import conversion
from cloudkitty.collector import evaluate
from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.collector import sample_file
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
        scope_id: str,
        window: periods.Window,
    ) -> list[tuple[periods.Window, list[dataframe.DataPoint]]]:
        """Return each period of ``window`` with its points, oldest first.

        :raises cloudkitty.collector.base.CollectError: if the file is
            missing or malformed, or holds a value that is no quantity.
        """
        try:
            series = self._file.series(metric.name, scope_id)
        except sample_file.UnusableFile as err:
            raise base.CollectError(f"metric {metric.key}: {err}") from err
        builder = points.Builder(metric, window, self.period_seconds)
        groups: dict[tuple[str, ...], list[sample_file.Series]] = {}
        for one in series:
            groups.setdefault(builder.sort_key(one.labels), []).append(one)
        convert = conversion.Converter(metric)
        for key in sorted(groups):
            builder.add_series(
                groups[key][0].labels,
                _quantities(metric, groups[key], builder.periods, convert),
            )
        return builder.result()


def _check(metric: metrics.Metric) -> None:
    """Refuse by name what only a real Prometheus can do."""
    query.check(metric)
    for key in _UNSUPPORTED:
        value = metric.extra_args[key]
        if value:
            raise exceptions.InvalidConfiguration(
                f"metric {metric.key}: openmetrics does not support "
                f"{key} {value}"
            )


def _quantities(
    metric: metrics.Metric,
    group: list[sample_file.Series],
    all_periods: list[periods.Window],
    convert: conversion.Converter,
) -> collections.abc.Iterator[tuple[int, decimal.Decimal]]:
    """Yield (index of period, quantity) where a group has samples.

    :raises cloudkitty.collector.base.CollectError: for a value that is no
        quantity.
    """
    method = metric.extra_args["aggregation_method"] or "max"
    over_time = evaluate.OVER_TIME[method]
    aggregate = evaluate.AGGREGATIONS[method]
    function = evaluate.FUNCTIONS.get(
        metric.extra_args["query_function"] or ""
    )
    for index, period in enumerate(all_periods):
        values = []
        for series in group:
            inside = _inside(series, period)
            if inside:
                value = over_time(inside)
                values.append(function(value) if function else value)
        if not values:
            continue
        try:
            quantity = convert(repr(aggregate(values)))
        except conversion.UnusableQuantity as err:
            raise base.CollectError(
                f"metric {metric.key}: unusable value {err} in the period "
                f"from {period.begin}"
            ) from err
        yield index, quantity


def _inside(
    series: sample_file.Series, period: periods.Window
) -> collections.abc.Sequence[float]:
    """Return the values of a period, *both* its ends included.

    That is what a range selector of Prometheus 2 takes.
    """
    first = bisect.bisect_left(
        series.times, round(period.begin.timestamp() * 1000)
    )
    last = bisect.bisect_right(
        series.times, round(period.end.timestamp() * 1000), first
    )
    return series.values[first:last]
