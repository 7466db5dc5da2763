# SPDX-License-Identifier: Apache-2.0
"""Differences between the stored points and the newly rated points."""

import collections
import collections.abc
import dataclasses
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.db.tasks import records as task_records
from cloudkitty.storage import checks as storage_checks

Points = collections.abc.Sequence[dataframe.DataPoint]
AsStored = collections.abc.Callable[[dataframe.DataPoint], dataframe.DataPoint]
PointsByName = dict[object, list[dataframe.DataPoint]]

_PARTS = ("before", "after", "equal", "changed", "missing", "extra")


class Sums:
    """Running sums of points; exact to the storage's precision."""

    def __init__(self) -> None:
        self.points = 0
        self.qty = decimal.Decimal(0)
        self.price = decimal.Decimal(0)

    def add(
        self, points: int, qty: decimal.Decimal, price: decimal.Decimal
    ) -> None:
        """Add a number of points with their total quantity and price."""
        self.points += points
        self.qty = money.EXACT.add(self.qty, qty)
        self.price = money.EXACT.add(self.price, price)

    def amount(self, with_qty: bool) -> task_records.Amount:
        """Return the sums.

        :raises cloudkitty.storage.base.StorageError: if a sum is too large.
        """
        return task_records.Amount(
            points=self.points,
            qty=storage_checks.checked_sum(self.qty) if with_qty else None,
            price=storage_checks.checked_sum(self.price),
        )


class Difference:
    """Stored and rated sums of one metric, and their difference.

    Points are identified by their grouping attributes: a stored and a rated
    point with the same attributes in the same period are one changed point.
    """

    def __init__(self) -> None:
        self._sums = {part: Sums() for part in _PARTS}

    def resume(self, total: task_records.TaskTotal) -> None:
        """Continue from the totals stored by the previous chunk."""
        for part, amount in _amounts(total):
            self._sums[part].add(
                amount.points, amount.qty or decimal.Decimal(0), amount.price
            )

    def add_period(self, old: Points, new: Points) -> None:
        """Compare the stored points of one period with the rated points.

        :param old: in the form that ``Storage.retrieve`` returns.
        :param new: in the same form (``Storage.as_stored``).
        """
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
            part: sums.amount(with_qty=part in ("before", "after"))
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
) -> list[task_records.TaskTotal]:
    """Return ``totals`` with the sums of further periods added, by metric.

    :param old: the stored frames of the periods.
    :param new: the rated frames; at most one for each period.
    :param totals: the totals of the earlier periods.
    :param metrics: the collected metrics.
    :param as_stored: that of the storage of the stored frames.
    """
    differences: dict[str, Difference] = collections.defaultdict(Difference)
    for name in metrics:
        differences[name] = Difference()
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
        differences[key[1]].add_period(was.get(key, ()), is_now.get(key, ()))
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
