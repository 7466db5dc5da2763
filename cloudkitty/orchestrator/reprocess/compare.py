# SPDX-License-Identifier: Apache-2.0
"""Differences between the stored points and the newly rated points."""

import collections
import collections.abc
import dataclasses
import datetime
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.db.tasks import records as task_records
from cloudkitty.storage import checks as storage_checks

Points = collections.abc.Sequence[dataframe.DataPoint]
AsStored = collections.abc.Callable[[dataframe.DataPoint], dataframe.DataPoint]
PointsByName = dict[object, list[dataframe.DataPoint]]

_SIDES = ("before", "after")
_PARTS = (*_SIDES, "equal", "changed", "missing", "extra")


class Sums:
    """Running sums of points; exact to the storage's precision."""

    def __init__(self) -> None:
        self.points = 0
        self.qty = decimal.Decimal(0)
        self.price = decimal.Decimal(0)
        self.days: dict[datetime.date, decimal.Decimal] = {}

    def add(
        self,
        points: int,
        qty: decimal.Decimal,
        price: decimal.Decimal,
        day: datetime.date | None = None,
    ) -> None:
        """Add a number of points with their total quantity and price.

        :param day: the day in UTC of all of them, if days are summed.
        """
        if day is not None:
            self.add_to_day(day, price)
        self.points += points
        self.qty = money.EXACT.add(self.qty, qty)
        self.price = money.EXACT.add(self.price, price)

    def add_to_day(self, day: datetime.date, price: decimal.Decimal) -> None:
        """Add a price to the sum of a day only."""
        known = self.days.get(day)
        self.days[day] = (
            price if known is None else money.EXACT.add(known, price)
        )

    def amount(
        self, with_qty: bool, with_days: bool = False
    ) -> task_records.Amount:
        """Return the sums.

        :param with_days: whether those of days are known.
        :raises cloudkitty.storage.base.StorageError: if a sum is too large.
        """
        return task_records.Amount(
            points=self.points,
            qty=storage_checks.checked_sum(self.qty) if with_qty else None,
            price=storage_checks.checked_sum(self.price),
            days=self.days if with_days else None,
        )


class Difference:
    """Stored and rated sums of one metric, and their difference.

    Points are identified by their grouping attributes: a stored and a rated
    point with the same attributes in the same period are one changed point.

    :param days: whether the prices of days are summed.
    """

    def __init__(self, days: bool = True) -> None:
        self._sums = {part: Sums() for part in _PARTS}
        self._days = days

    def resume(self, total: task_records.TaskTotal) -> None:
        """Continue from the totals stored by the previous chunk."""
        for part, amount in _amounts(total):
            self._sums[part].add(
                amount.points, amount.qty or decimal.Decimal(0), amount.price
            )
            if part in _SIDES:
                # A release without days has rated the previous chunks.
                self._days = self._days and amount.days is not None
                self._sums[part].days = dict(amount.days or {})

    def add_period(self, day: datetime.date, old: Points, new: Points) -> None:
        """Compare the stored points of one period with the rated points.

        :param day: the day of the period.
        :param old: in the form that ``Storage.retrieve`` returns.
        :param new: in the same form (``Storage.as_stored``).
        """
        earlier = {part: self._sums[part].price for part in _SIDES}
        self._compare(old, new)
        for part, points in (("before", old), ("after", new)):
            if points and self._days:
                sums = self._sums[part]
                added = money.EXACT.subtract(sums.price, earlier[part])
                sums.add_to_day(day, added)

    def _compare(self, old: Points, new: Points) -> None:
        left = collections.Counter(map(_whole, new))
        gone: PointsByName = collections.defaultdict(list)
        come: PointsByName = collections.defaultdict(list)
        for point in old:
            self._count("before", point)
            if left[_whole(point)]:
                left[_whole(point)] -= 1
                self._count("equal", point)
            else:
                gone[_name(point)].append(point)
        for point in new:
            self._count("after", point)
            if left[_whole(point)]:
                left[_whole(point)] -= 1
                come[_name(point)].append(point)
        for name in gone.keys() | come.keys():
            self._pair(gone[name], come[name])

    def _pair(
        self,
        gone: list[dataframe.DataPoint],
        come: list[dataframe.DataPoint],
    ) -> None:
        # In a fixed order, independent of the storage's order.
        gone.sort(key=_size)
        come.sort(key=_size)
        both = min(len(gone), len(come))
        for was, is_now in zip(gone, come, strict=False):
            self._sums["changed"].add(
                1,
                money.EXACT.subtract(is_now.qty, was.qty),
                money.EXACT.subtract(is_now.price, was.price),
            )
        for point in gone[both:]:
            self._count("missing", point)
        for point in come[both:]:
            self._count("extra", point)

    def _count(self, part: str, point: dataframe.DataPoint) -> None:
        self._sums[part].add(1, point.qty, point.price)

    def total(self, metric: str) -> task_records.TaskTotal:
        """Return the totals of ``metric`` to store."""
        parts = {
            part: sums.amount(
                with_qty=part in _SIDES,
                with_days=part in _SIDES and self._days,
            )
            for part, sums in self._sums.items()
        }
        return task_records.TaskTotal(
            metric=metric,
            before=parts.pop("before"),
            after=parts.pop("after"),
            comparison=task_records.Comparison(**parts),
        )


def frames(
    old: collections.abc.Iterable[dataframe.DataFrame],
    new: collections.abc.Iterable[dataframe.DataFrame],
    totals: collections.abc.Iterable[task_records.TaskTotal],
    metrics: collections.abc.Iterable[str],
    as_stored: AsStored,
    *,
    days: bool = True,
) -> list[task_records.TaskTotal]:
    """Return ``totals`` with the sums of further periods added, by metric.

    :param old: the stored frames of the periods.
    :param new: the rated frames; at most one for each period.
    :param totals: the totals of the earlier periods.
    :param metrics: the collected metrics.
    :param as_stored: that of the storage of the stored frames.
    :param days: whether the prices of days are summed.
    """
    differences: dict[str, Difference] = collections.defaultdict(
        lambda: Difference(days)
    )
    for name in metrics:
        differences[name] = Difference(days)
    for total in totals:
        differences[total.metric].resume(total)
    was = _by_period(old)
    is_now = _by_period(
        dataframe.DataFrame(
            frame.start,
            frame.end,
            {
                name: [as_stored(point) for point in points]
                for name, points in frame.itertypes()
            },
        )
        for frame in new
    )
    for key in was.keys() | is_now.keys():
        differences[key[1]].add_period(
            periods.day_of(key[0]), was.get(key, ()), is_now.get(key, ())
        )
    return [differences[name].total(name) for name in sorted(differences)]


def _by_period(
    found: collections.abc.Iterable[dataframe.DataFrame],
) -> dict[tuple[typing.Any, str], Points]:
    return {
        (frame.start, name): points
        for frame in found
        for name, points in frame.itertypes()
    }


def _amounts(
    total: task_records.TaskTotal,
) -> collections.abc.Iterator[tuple[str, task_records.Amount]]:
    yield "before", total.before
    if total.after is not None:
        yield "after", total.after
    if total.comparison is not None:
        for field in dataclasses.fields(total.comparison):
            yield field.name, getattr(total.comparison, field.name)


def _whole(point: dataframe.DataPoint) -> object:
    """Return a key that is the same for equal points."""
    return (
        point.unit,
        point.qty,
        point.price,
        frozenset(point.groupby.items()),
        frozenset(point.metadata.items()),
        point.description,
    )


def _name(point: dataframe.DataPoint) -> object:
    """Return the key that identifies a point within its period."""
    return frozenset(point.groupby.items())


def _size(
    point: dataframe.DataPoint,
) -> tuple[decimal.Decimal, decimal.Decimal]:
    return point.qty, point.price
