# SPDX-License-Identifier: Apache-2.0
"""The collector of quantities that a Prometheus holds."""

import collections.abc
import datetime
import decimal
import typing

from oslo_config import cfg

from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import conversion
from cloudkitty.collector import metrics
from cloudkitty.collector import points
from cloudkitty.collector.prometheus import query
from cloudkitty.common import periods
from cloudkitty.common import prometheus

GROUP = "collector_prometheus"
#: Prometheus refuses a range query with more steps than this.
MOST_STEPS = 11_000


class PrometheusCollector(base.Collector):
    """Asks a Prometheus: one range query for many periods of a metric."""

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
        self._client = prometheus.Client(conf[GROUP], GROUP)

    def collect(
        self,
        metric: metrics.Metric,
        scope_id: str,
        window: periods.Window,
    ) -> list[tuple[periods.Window, list[dataframe.DataPoint]]]:
        """Return each period of ``window`` with its points, oldest first.

        :raises cloudkitty.collector.base.CollectError: if Prometheus could
            not be asked or gave no usable answer.
        """
        text = query.build(
            metric, self._scope_key, scope_id, self.period_seconds
        )
        found = []
        for part in _split(window, self.period_seconds):
            found += self._collect_part(metric, text, part)
        return found

    def _collect_part(
        self, metric: metrics.Metric, text: str, window: periods.Window
    ) -> list[tuple[periods.Window, list[dataframe.DataPoint]]]:
        # The value at t is that of the period that ends at t.
        seconds = self.period_seconds
        first = window.begin.timestamp() + seconds
        try:
            result = self._client.query_range(
                text, first, window.end.timestamp(), seconds
            )
        except prometheus.PrometheusError as err:
            raise base.CollectError(f"metric {metric.key}: {err}") from err
        builder = points.Builder(metric, window, seconds)
        convert = conversion.Converter(metric)
        try:
            rows = sorted(
                ((series["metric"], series["values"]) for series in result),
                key=lambda row: builder.sort_key(row[0]),
            )
            places = {
                first + seconds * index: index
                for index in range(window.period_count(seconds))
            }
            for labels, values in rows:
                indexed = _indexed(values, places, seconds, convert)
                builder.add_series(labels, indexed)
        except _UnusableAt as err:
            raise base.CollectError(
                f"metric {metric.key}: unusable value {err} "
                f"from prometheus at {self._client.server}"
            ) from err
        except (TypeError, ValueError, KeyError, ArithmeticError) as err:
            raise base.CollectError(
                f"metric {metric.key}: prometheus at {self._client.server} "
                f"answered malformed values"
            ) from err
        return builder.result()


class _UnusableAt(Exception):
    """A value that is not a quantity, and where."""


def _split(
    window: periods.Window, seconds: int
) -> collections.abc.Iterator[periods.Window]:
    """Yield the parts of a window that one range query may ask for."""
    step = datetime.timedelta(seconds=seconds * MOST_STEPS)
    begin = window.begin
    while begin < window.end:
        end = min(begin + step, window.end)
        yield periods.Window(begin, end)
        begin = end


def _indexed(
    values: list[tuple[typing.Any, typing.Any]],
    places: dict[float, int],
    seconds: int,
    convert: conversion.Converter,
) -> list[tuple[int, decimal.Decimal]]:
    """Return (index of period, quantity) of one series' values.

    :param places: index by the Unix time of the value.
    :raises ValueError: for times that are not those asked for.
    """
    found = []
    previous = -1
    for at, text in values:
        index = places.get(at)
        if index is None:
            # Times are kept in milliseconds.
            index = places.get(round(at, 3), -1)
        if index <= previous or type(text) is not str:
            raise ValueError(at)
        previous = index
        try:
            found.append((index, convert(text)))
        except conversion.UnusableQuantity as err:
            begin = datetime.datetime.fromtimestamp(at - seconds, datetime.UTC)
            raise _UnusableAt(
                f"{text[:40]} in the period from {begin}"
            ) from err
    return found
