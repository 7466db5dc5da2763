# SPDX-License-Identifier: Apache-2.0
"""Rated or unrated quantities: the data that flows through the engine.

Import path, names and argument order are those that CloudKitty 25 plugins
use (``cloudkitty.dataframe``).
"""

import collections.abc
import datetime
import decimal
import typing

from cloudkitty.common import periods


class DataPoint(typing.NamedTuple):
    """One quantity of one metric in one period.

    Immutable: the mappings in it are shared between points and must not be
    changed by anyone who holds one.

    :ivar unit: display unit, such as ``GiB``.
    :ivar qty: quantity.
    :ivar price: price so far; zero before rating.
    :ivar groupby: grouping attributes, text to text.
    :ivar metadata: further attributes, text to text.
    :ivar description: text of the metric's definition, or None.
    """

    unit: str
    qty: decimal.Decimal
    price: decimal.Decimal
    groupby: collections.abc.Mapping[str, str]
    metadata: collections.abc.Mapping[str, str]
    description: str | None = None

    @property
    def desc(self) -> dict[str, str]:
        """The metadata overlaid by the grouping attributes."""
        return {**self.metadata, **self.groupby}

    def set_price(self, price: decimal.Decimal) -> "DataPoint":
        """Return the same point with another price."""
        return self._replace(price=price)


class DataFrame:
    """All points of one scope and one period.

    :param start: beginning of the period; aware, UTC.
    :param end: end of the period, exclusive.
    :param usage: metric name (``alt_name``) to its points.
    """

    __slots__ = ("end", "start", "usage")

    def __init__(
        self,
        start: datetime.datetime,
        end: datetime.datetime,
        usage: dict[str, list[DataPoint]] | None = None,
    ) -> None:
        self.start = start
        self.end = end
        self.usage: dict[str, list[DataPoint]] = usage or {}

    def __repr__(self) -> str:
        return f"DataFrame({self.start}, {len(self)} points)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataFrame):
            return NotImplemented
        return (self.start, self.end, self.usage) == (
            other.start,
            other.end,
            other.usage,
        )

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return sum(len(points) for points in self.usage.values())

    @property
    def period(self) -> periods.Window:
        """The period as a window."""
        return periods.Window(self.start, self.end)

    def add_point(self, point: DataPoint, type_: str) -> None:
        """Append one point to the metric ``type_``."""
        self.add_points([point], type_)

    def add_points(
        self, points: collections.abc.Iterable[DataPoint], type_: str
    ) -> None:
        """Append points to the metric ``type_``."""
        self.usage.setdefault(type_, []).extend(points)

    def iterpoints(
        self,
    ) -> collections.abc.Iterator[tuple[str, DataPoint]]:
        """Yield (metric, point)."""
        for metric, points in self.usage.items():
            for point in points:
                yield metric, point

    def itertypes(
        self,
    ) -> collections.abc.Iterator[tuple[str, list[DataPoint]]]:
        """Yield (metric, its points)."""
        yield from self.usage.items()
