# SPDX-License-Identifier: Apache-2.0
"""Build data points from series, the same for all collectors."""

import collections.abc
import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.collector import metrics
from cloudkitty.common import periods

_UNPRICED = decimal.Decimal(0)
Labels = collections.abc.Mapping[str, str]


def time_attributes(begin: datetime.datetime) -> dict[str, str]:
    """Return the grouping attributes that every point carries.

    :param begin: start of the period, UTC.
    """
    return {
        "week_of_the_year": begin.strftime("%U"),
        "day_of_the_year": str(begin.timetuple().tm_yday),
        "month": str(begin.month),
        "year": str(begin.year),
    }


class Builder:
    """Collects the points of one metric and window, of scope after scope.

    The mappings are shared: by all points of a series its metadata, by
    those of one day its grouping attributes too.

    :param window: whole periods.
    """

    def __init__(
        self, metric: metrics.Metric, window: periods.Window, seconds: int
    ) -> None:
        self._metric = metric
        self.periods = window.periods(seconds)
        self._points: list[list[dataframe.DataPoint]] = [
            [] for _ in self.periods
        ]
        self._days = _attributes_by_period(self.periods)

    def sort_key(self, labels: Labels) -> tuple[str, ...]:
        """Return the sort key of a series, the same on each backend."""
        metric = self._metric
        return tuple(
            labels.get(name, "") for name in metric.groupby + metric.metadata
        )

    def add_series(
        self,
        labels: Labels,
        quantities: collections.abc.Iterable[tuple[int, decimal.Decimal]],
    ) -> None:
        """Add the points of one series.

        :param labels: of the series; a missing label reads as ``""``.
        :param quantities: (index of the period, quantity), oldest first.
        """
        self.add_row(self.sort_key(labels), quantities)

    def add_row(
        self,
        row: tuple[str, ...],
        quantities: collections.abc.Iterable[tuple[int, decimal.Decimal]],
    ) -> None:
        """Add the points of one series.

        :param row: as ``sort_key`` returns it: the values of ``groupby``,
            then those of ``metadata``.
        :param quantities: (index of the period, quantity), oldest first.
        """
        metric = self._metric
        unit, description = metric.unit, metric.description
        own = dict(zip(metric.groupby, row, strict=False))
        metadata = dict(
            zip(metric.metadata, row[len(metric.groupby) :], strict=True)
        )
        day: dict[str, str] | None = None
        groupby: dict[str, str] = {}
        for index, quantity in quantities:
            if self._days[index] is not day:
                day = self._days[index]
                groupby = own | day
            self._points[index].append(
                dataframe.make_point(
                    (
                        unit,
                        quantity,
                        _UNPRICED,
                        groupby,
                        metadata,
                        description,
                    )
                )
            )

    def result(
        self,
    ) -> list[tuple[periods.Window, list[dataframe.DataPoint]]]:
        """Return each period with its points, oldest first.

        The builder then has no points, for another scope.
        """
        found = list(zip(self.periods, self._points, strict=True))
        self._points = [[] for _ in self.periods]
        return found


def _attributes_by_period(
    all_periods: collections.abc.Iterable[periods.Window],
) -> list[dict[str, str]]:
    by_day: dict[datetime.date, dict[str, str]] = {}
    found = []
    for period in all_periods:
        day = period.begin.date()
        if day not in by_day:
            by_day[day] = time_attributes(period.begin)
        found.append(by_day[day])
    return found
