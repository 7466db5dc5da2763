# SPDX-License-Identifier: Apache-2.0
"""Stored points, of this project or of upstream, from rows of an answer."""

import collections.abc
import dataclasses
import datetime
import decimal
import functools
import typing

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.storage.v2.influxdb import answers
from cloudkitty.storage.v2.influxdb import names
from cloudkitty.storage.v2.influxdb import typed

_TIME = "time"
_ABSENT = decimal.Decimal(0)


class Row:
    """One stored point; columns that were not selected are missing.

    :param tags: keys to values, as stored.
    :param columns: names of the values.
    """

    __slots__ = ("_columns", "_values", "tags")

    def __init__(
        self,
        tags: dict[str, str],
        columns: dict[str, int],
        values: list[typing.Any],
    ) -> None:
        self.tags = tags
        self._columns = columns
        self._values = values

    def field(self, name: str) -> typing.Any:
        """Return the value of a field; None without one."""
        place = self._columns.get(name)
        return None if place is None else self._values[place]

    @property
    def time(self) -> int:
        """Nanoseconds of the beginning of the period."""
        return int(self._values[0])

    @property
    def metric(self) -> str:
        """Name of the metric."""
        return names.original_value(self.tags.get(names.TYPE, ""))

    def number(self, name: str, exact: str) -> decimal.Decimal:
        """Return a number with all its digits.

        :param exact: field of the decimal number. It counts only if its
            float is the stored one: upstream overwrites that one only.
        """
        value = self.field(name)
        if value is None:
            return _ABSENT
        text = self.field(exact)
        if text:
            found = decimal.Decimal(text)
            if float(found) == float(value):
                return found
        return decimal.Decimal(value)

    @property
    def qty(self) -> decimal.Decimal:
        """The quantity, not in its shortest form."""
        return self.number(names.QTY, names.EXACT_QTY)

    @property
    def price(self) -> decimal.Decimal:
        """The price, not in its shortest form."""
        return self.number(names.PRICE, names.EXACT_PRICE)

    def period(self, seconds: int) -> tuple[datetime.datetime, ...]:
        """Return beginning and end.

        :param seconds: length of a period that does not know its own.
        """
        return _period(self.time, self.field(names.PERIOD) or seconds)

    def attribute(self, name: str) -> str:
        """Return the attribute's value; ``""`` if the point lacks it."""
        key = names.stored_name(name)
        value = self.tags.get(key)
        if value:
            return names.original_value(value)
        # The server stores no tag without a value.
        if key in _listed(self.field(names.GROUPBY)):
            return ""
        listed = _listed(self.field(names.METADATA))
        # An overwritten point keeps the fields that the new one lacks.
        for stored in (key, names.alias(name)):
            if stored in listed:
                return typed.as_text(self.field(stored))
        return ""

    def point(self) -> dataframe.DataPoint:
        """Return the whole point."""
        return dataframe.DataPoint(
            self.field(names.UNIT) or "",
            money.canonical(self.qty),
            money.canonical(self.price),
            {
                names.original_name(key): names.original_value(
                    self.tags.get(key, "")
                )
                for key in _listed(self.field(names.GROUPBY))
            },
            {
                names.original_name(key): typed.as_text(self.field(key))
                for key in _listed(self.field(names.METADATA))
            },
            self.field(names.DESCRIPTION) or None,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class _Shape:
    names: tuple[str, ...]
    places: dict[str, int]


def rows(
    found: collections.abc.Iterable[answers.Series],
) -> collections.abc.Iterator[Row]:
    """Yield the rows of series that are grouped by all tags.

    :raises cloudkitty.storage.base.StorageError: for rows that are no points.
    """
    shape = _Shape((), {})
    for series in found:
        if tuple(series.columns) != shape.names:
            columns = tuple(series.columns)
            shape = _Shape(
                columns, {name: place for place, name in enumerate(columns)}
            )
        if shape.places.get(_TIME) != 0:
            raise base.StorageError("influxdb sent rows without their time")
        for values in series.values:
            yield Row(series.tags, shape.places, values)


def instant(time: int) -> datetime.datetime:
    """Return a time of the server, in nanoseconds."""
    return periods.EPOCH + datetime.timedelta(microseconds=time // 1000)


def _listed(text: str | None) -> list[str]:
    return text.split("|") if text else []


# All points of a period have the same.
@functools.lru_cache(maxsize=4096)
def _period(time: int, seconds: int) -> tuple[datetime.datetime, ...]:
    begin = instant(time)
    return begin, begin + datetime.timedelta(seconds=int(seconds))
