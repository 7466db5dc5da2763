# SPDX-License-Identifier: Apache-2.0
"""The old and the new price of each day, as lines of an SVG picture."""

import collections
import dataclasses
import datetime
import decimal

from cloudkitty_reprocess_dashboard import rows

#: Size of the area of the lines, in units of the picture.
WIDTH = 600
HEIGHT = 160
_ZERO = decimal.Decimal(0)


@dataclasses.dataclass(frozen=True)
class Day:
    """Prices of a day in UTC.

    :param day: the day.
    :param before: price of what was stored.
    :param after: price of what is or would be stored; None if unknown.
    """

    day: datetime.date
    before: decimal.Decimal
    after: decimal.Decimal | None

    @property
    def difference(self) -> decimal.Decimal | None:
        return rows.change(self.before, self.after)


@dataclasses.dataclass(frozen=True)
class Point:
    """A place in the picture, as texts: templates translate numbers."""

    x: str
    y: str


@dataclasses.dataclass(frozen=True)
class Curve:
    """Both lines.

    :param days: in order, without gaps.
    :param top: price at the upper edge.
    :param bottom: price at the lower edge.
    """

    days: list[Day]
    top: decimal.Decimal
    bottom: decimal.Decimal

    @property
    def before(self) -> list[Point]:
        return [
            self._point(index, day.before)
            for index, day in enumerate(self.days)
        ]

    @property
    def after(self) -> list[Point]:
        """Without the days whose new price is unknown."""
        return [
            self._point(index, day.after)
            for index, day in enumerate(self.days)
            if day.after is not None
        ]

    @property
    def zero(self) -> str:
        """Height of the price 0."""
        return self._height(_ZERO)

    def _point(self, index: int, price: decimal.Decimal) -> Point:
        steps = len(self.days) - 1
        x = WIDTH * index / steps if steps else WIDTH / 2
        return Point(f"{x:.1f}", self._height(price))

    def _height(self, price: decimal.Decimal) -> str:
        share = (self.top - price) / (self.top - self.bottom)
        return f"{HEIGHT * share:.1f}"


def make(items: list[rows.Item]) -> Curve | None:
    """Return the curve of the prices of days and metrics.

    A day is unknown after the change if one of its metrics is. Days without
    an item between the first and the last have no points: their price is 0.

    :param items: JSON of prices by day and metric.
    """
    if not items:
        return None
    before: dict[datetime.date, decimal.Decimal]
    before = collections.defaultdict(decimal.Decimal)
    after: dict[datetime.date, decimal.Decimal | None]
    after = collections.defaultdict(decimal.Decimal)
    for item in items:
        day = datetime.date.fromisoformat(item["day"])
        before[day] += rows.money(item["before"]) or _ZERO
        known, price = after[day], rows.money(item["after"])
        after[day] = None if known is None or price is None else known + price
    first, last = min(before), max(before)
    days = [
        Day(day, before[day], after[day])
        for day in (
            first + datetime.timedelta(days=number)
            for number in range((last - first).days + 1)
        )
    ]
    return _scaled(days)


def _scaled(days: list[Day]) -> Curve:
    prices = [_ZERO]
    for day in days:
        prices += (
            [day.before] if day.after is None else [day.before, day.after]
        )
    top, bottom = max(prices), min(prices)
    if top == bottom:
        top = decimal.Decimal(1)
    return Curve(days, top, bottom)
