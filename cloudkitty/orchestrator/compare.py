# SPDX-License-Identifier: Apache-2.0
"""How what is stored differs from what was just rated."""

import collections
import collections.abc
import dataclasses
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.db import rows
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import stored as storage_form

Points = collections.abc.Sequence[dataframe.DataPoint]
PointsByName = dict[object, list[dataframe.DataPoint]]

_PARTS = ("before", "after", "equal", "changed", "missing", "extra")


class Sums:
    """Grows point by point; exact, within what a storage can tell."""

    def __init__(self) -> None:
        self.points = 0
        self.qty = decimal.Decimal(0)
        self.price = decimal.Decimal(0)

    def add(
        self, points: int, qty: decimal.Decimal, price: decimal.Decimal
    ) -> None:
        """Add so many points that come to so much."""
        self.points += points
        self.qty = money.EXACT.add(self.qty, qty)
        self.price = money.EXACT.add(self.price, price)

    def amount(self, with_qty: bool) -> rows.Amount:
        """Return the sums.

        :raises cloudkitty.storage.base.StorageError: if one is too large.
        """
        return rows.Amount(
            points=self.points,
            qty=storage_base.checked_sum(self.qty) if with_qty else None,
            price=storage_base.checked_sum(self.price),
        )


class Difference:
    """What one metric's points come to, stored and rated, and what differs.

    Points are told apart by their grouping attributes: one that is stored
    and one that was rated with the same ones, in the same period, are one
    point that changed.
    """

    def __init__(self) -> None:
        self._sums = {part: Sums() for part in _PARTS}

    def resume(self, total: rows.TaskTotal) -> None:
        """Go on from what was kept."""
        for part, amount in _amounts(total):
            self._sums[part].add(
                amount.points, amount.qty or decimal.Decimal(0), amount.price
            )

    def add_period(self, old: Points, new: Points) -> None:
        """Compare what is stored of one period with what was rated.

        :param old: as ``Storage.retrieve`` gives them.
        :param new: in the same form (``storage.stored``).
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
        # In one order, whatever the storage's.
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

    def total(self, metric: str) -> rows.TaskTotal:
        """Return what there is to be kept of ``metric``."""
        parts = {
            part: sums.amount(with_qty=part in ("before", "after"))
            for part, sums in self._sums.items()
        }
        return rows.TaskTotal(
            metric=metric,
            before=parts.pop("before"),
            after=parts.pop("after"),
            comparison=rows.Comparison(**parts),
        )


def frames(
    old: collections.abc.Iterable[dataframe.DataFrame],
    new: collections.abc.Iterable[dataframe.DataFrame],
    totals: collections.abc.Iterable[rows.TaskTotal],
    metrics: collections.abc.Iterable[str],
) -> list[rows.TaskTotal]:
    """Return ``totals`` and what some periods add to them, by metric.

    :param old: what is stored of the periods.
    :param new: what was rated of them; at most one frame a period.
    :param totals: of the periods before.
    :param metrics: those that were collected.
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
                name: [storage_form.as_stored(point) for point in points]
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
    total: rows.TaskTotal,
) -> collections.abc.Iterator[tuple[str, rows.Amount]]:
    yield "before", total.before
    if total.after is not None:
        yield "after", total.after
    if total.comparison is not None:
        for field in dataclasses.fields(total.comparison):
            yield field.name, getattr(total.comparison, field.name)


def _whole(point: dataframe.DataPoint) -> object:
    """Return what two points have in common that are equal."""
    return (
        point.unit,
        point.qty,
        point.price,
        frozenset(point.groupby.items()),
        frozenset(point.metadata.items()),
        point.description,
    )


def _name(point: dataframe.DataPoint) -> object:
    """Return what tells a point from the others of its period."""
    return frozenset(point.groupby.items())


def _size(
    point: dataframe.DataPoint,
) -> tuple[decimal.Decimal, decimal.Decimal]:
    return point.qty, point.price
