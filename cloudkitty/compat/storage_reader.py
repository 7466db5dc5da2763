# SPDX-License-Identifier: Apache-2.0
"""Read from a v2 storage of CloudKitty 25.

Its sums have no number of points. Where the number counts, the points are
read and added up here.
"""

import collections.abc
import dataclasses
import datetime
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.common import exceptions
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.common import point_form
from cloudkitty.compat import convert
from cloudkitty.compat import storage
from cloudkitty.storage import base
from cloudkitty.storage import checks

T = typing.TypeVar("T")

#: Drivers need bounds, and some cannot represent all years.
_FIRST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_LAST = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)


#: Periods of one request without paging.
_MOST_PERIODS = 168


@dataclasses.dataclass(slots=True)
class _Sum:
    """Exact sums of points."""

    points: int = 0
    qty: decimal.Decimal = decimal.Decimal(0)
    rate: decimal.Decimal = decimal.Decimal(0)

    def add(self, point: dataframe.DataPoint) -> None:
        self.points += 1
        self.qty = money.EXACT.add(self.qty, point.qty)
        self.rate = money.EXACT.add(self.rate, point.price)


class Reader:
    """Calls the reading methods of one plugin.

    :param name: of the storage, for errors.
    :param seconds: length of a period.
    """

    def __init__(
        self, plugin: storage.BaseStorage, name: str, seconds: int
    ) -> None:
        self._plugin = plugin
        self._name = name
        self._period = seconds

    def retrieve(self, query: base.Query) -> base.Frames:
        """Return a page of points; see ``cloudkitty.storage.base.Storage``."""
        if not all(query.filters.values()):
            return base.Frames(total=0, frames=[])
        found = self._retrieve(
            query,
            offset=query.offset,
            limit=query.limit or 1000,
            paginate=query.limit is not None,
        )
        frames: dict[periods.Window, dataframe.DataFrame] = {}
        for frame in found["dataframes"]:
            period = periods.Window(_utc(frame.start), _utc(frame.end))
            made = frames.setdefault(
                period, dataframe.DataFrame(period.begin, period.end)
            )
            for metric, points in frame.itertypes():
                made.add_points(
                    [self._point(metric, one) for one in points], metric
                )
        return base.Frames(
            total=found["total"],
            frames=[frames[one] for one in sorted(frames)],
        )

    def total(
        self,
        query: base.Query,
        groupby: collections.abc.Sequence[str],
    ) -> base.Totals:
        """Return sums.

        ``points`` is 1, because upstream counts none, unless the rows are all
        metrics.
        """
        if not all(query.filters.values()):
            return base.Totals(total=0, rows=[])
        if query.limit is None and list(groupby) == ["type"]:
            return self._totals_by_metric(query)
        found = self.call(
            "total",
            lambda: self._plugin.total(
                groupby=list(groupby) or None,
                begin=max(query.window.begin, _FIRST),
                end=min(query.window.end, _LAST),
                metric_types=list(query.metrics) or None,
                filters=_filters(query),
                offset=query.offset,
                limit=query.limit or 1000,
                paginate=query.limit is not None,
            ),
        )
        rows = [
            self._row(one, groupby)
            for one in found["results"]
            # Some drivers return empty periods.
            if one.get("qty") is not None or one.get("rate") is not None
        ]
        empty = len(found["results"]) - len(rows)
        return base.Totals(total=found["total"] - empty, rows=rows)

    def count(self, query: base.Query) -> list[base.Count]:
        """Return the numbers of points, counted in the retrieved frames."""
        counted: dict[tuple[periods.Window, str], _Sum] = {}
        for window in _parts(query.window, self._period):
            found = self._retrieve(
                dataclasses.replace(query, window=window),
                offset=0,
                limit=1000,
                paginate=False,
            )
            for frame in found["dataframes"]:
                period = periods.Window(_utc(frame.start), _utc(frame.end))
                # Drivers differ in the end of a window.
                if not window.begin <= period.begin < window.end:
                    continue
                for metric, points in frame.itertypes():
                    sums = counted.setdefault((period, metric), _Sum())
                    for one in points:
                        sums.add(self._point(metric, one))
        return [
            base.Count(
                period.begin,
                period.end,
                1,
                metric,
                sums.points,
                sums.qty,
                sums.rate,
            )
            for (period, metric), sums in counted.items()
        ]

    def _totals_by_metric(self, query: base.Query) -> base.Totals:
        """Return exact sums with the numbers of points, as tasks show them."""
        found: dict[str, _Sum] = {}
        for count in self.count(query):
            sums = found.setdefault(count.metric, _Sum())
            sums.points += count.points
            sums.qty = money.total([sums.qty, count.qty])
            sums.rate = money.total([sums.rate, count.rate])
        return base.Totals(
            total=len(found),
            rows=[
                base.TotalRow(
                    begin=query.window.begin,
                    end=query.window.end,
                    qty=checks.checked_sum(sums.qty),
                    rate=checks.checked_sum(sums.rate),
                    points=sums.points,
                    groups={"type": metric},
                )
                for metric, sums in sorted(found.items())
            ],
        )

    def _retrieve(
        self, query: base.Query, **paging: typing.Any
    ) -> dict[str, typing.Any]:
        return self.call(
            "retrieve",
            lambda: self._plugin.retrieve(
                begin=max(query.window.begin, _FIRST),
                end=min(query.window.end, _LAST),
                filters=_filters(query),
                metric_types=list(query.metrics) or None,
                **paging,
            ),
        )

    def _point(self, metric: str, value: object) -> dataframe.DataPoint:
        try:
            return convert.point(metric, value)
        except convert.Unusable as error:
            raise base.StorageError(str(error)) from error

    def _row(
        self,
        row: collections.abc.Mapping[str, typing.Any],
        groupby: collections.abc.Sequence[str],
    ) -> base.TotalRow:
        columns = storage.BaseStorage.parse_groupby_syntax_to_groupby_elements(
            [one for one in groupby if one != "time"]
        )
        return base.TotalRow(
            begin=_utc(row["begin"]),
            end=_utc(row["end"]),
            qty=point_form.number(row["qty"] or 0),
            rate=point_form.number(row["rate"] or 0),
            points=1,
            groups={name: str(row.get(name) or "") for name in columns},
        )

    def call(self, name: str, work: collections.abc.Callable[[], T]) -> T:
        """Return the result of a call of the plugin.

        :param name: of its method.
        :raises cloudkitty.storage.base.StorageError: if it raises anything.
        """
        try:
            return work()
        except (exceptions.CloudKittyError, NotImplementedError) as error:
            raise base.StorageError(f"{name}: {error}") from error
        # A plugin may raise anything. The text of a foreign error may contain
        # a password, so it is only in the log.
        except Exception as error:
            raise base.StorageError(
                f"storage {self._name}: {name}: {type(error).__name__}"
            ) from error


def _filters(query: base.Query) -> dict[str, typing.Any] | None:
    """Return one value as text, several as a list, as upstream passes them."""
    return {
        key: values[0] if len(values) == 1 else list(values)
        for key, values in query.filters.items()
    } or None


def _parts(
    window: periods.Window, seconds: int
) -> collections.abc.Iterator[periods.Window]:
    step = datetime.timedelta(seconds=seconds * _MOST_PERIODS)
    begin, end = max(window.begin, _FIRST), min(window.end, _LAST)
    while begin < end:
        yield periods.Window(begin, min(begin + step, end))
        begin += step


def _utc(at: datetime.datetime) -> datetime.datetime:
    """Return an aware time in UTC; a naive one is UTC."""
    if at.tzinfo is None:
        return at.replace(tzinfo=datetime.UTC)
    return at.astimezone(datetime.UTC)
