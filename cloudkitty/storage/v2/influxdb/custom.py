# SPDX-License-Identifier: Apache-2.0
"""The functions of ``custom_fields``, computed exactly from the points."""

import collections.abc
import decimal
import typing

from cloudkitty.common import money
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage import custom_fields
from cloudkitty.storage.v2.influxdb import names
from cloudkitty.storage.v2.influxdb import rows

#: Number, text, or None where no point has the field.
Value = decimal.Decimal | str | int | None


class Column:
    """One column of one row.

    ``first`` and ``last`` are those of the beginning of the period; of points
    with the same beginning, the one that InfluxDB returns first counts.
    """

    __slots__ = ("_field", "_function", "_points", "_result", "_time")

    def __init__(self, field: custom_fields.CustomField) -> None:
        self._function = field.function
        self._field = field.field
        self._points = 0
        self._result: typing.Any = None
        self._time = 0

    def add(self, row: rows.Row) -> None:
        """Add one point."""
        value = _read(row, self._field)
        if value is None:
            return
        self._points += 1
        if self._points == 1:
            self._result, self._time = value, row.time
            return
        match self._function:
            case "sum" | "mean":
                self._result = money.EXACT.add(self._result, value)
            case "min":
                self._result = min(self._result, value)
            case "max":
                self._result = max(self._result, value)
            case "first" if row.time < self._time:
                self._result, self._time = value, row.time
            case "last" if row.time > self._time:
                self._result, self._time = value, row.time

    def value(self) -> Value:
        """Return the result for all points."""
        if self._function == "count":
            return self._points
        if not isinstance(self._result, decimal.Decimal):
            return typing.cast(Value, self._result)
        if self._function != "mean":
            return storage_checks.checked_sum(self._result)
        with decimal.localcontext(prec=money.DIGITS):
            return money.canonical(money.storable(self._result / self._points))


class Columns:
    """All columns of one row."""

    __slots__ = ("_columns",)

    def __init__(
        self, fields: collections.abc.Iterable[custom_fields.CustomField]
    ) -> None:
        self._columns = {field.alias: Column(field) for field in fields}

    def add(self, row: rows.Row) -> None:
        """Add one point."""
        for column in self._columns.values():
            column.add(row)

    def values(self) -> dict[str, Value]:
        """Return the result of each column, by its name."""
        return {
            alias: column.value() for alias, column in self._columns.items()
        }


def stored(
    fields: collections.abc.Iterable[custom_fields.CustomField],
) -> list[str]:
    """Return the stored fields that the columns need."""
    needed = {
        "qty": (names.QTY, names.EXACT_QTY),
        "price": (names.PRICE, names.EXACT_PRICE),
        "unit": (names.UNIT,),
    }
    return [
        name
        for field in dict.fromkeys(field.field for field in fields)
        for name in needed[field]
    ]


def _read(row: rows.Row, field: str) -> typing.Any:
    if field == "unit":
        return row.field(names.UNIT)
    return row.qty if field == "qty" else row.price
