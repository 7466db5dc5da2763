# SPDX-License-Identifier: Apache-2.0
"""The exact sum of a decimal column.

SQLite's numbers are 64-bit floats, so Python adds the decimal texts there.
"""

import decimal
import typing

import sqlalchemy as sa
from sqlalchemy.ext import compiler
from sqlalchemy.sql import functions

from cloudkitty.common import money
from cloudkitty.db.sql import types

#: Different texts that are kept at once.
_MOST_COUNTED = 1_000


class Sum(functions.FunctionElement[decimal.Decimal]):
    """SUM of one decimal column, without any rounding."""

    type = types.ExactNumeric(money.DIGITS, money.PLACES)
    inherit_cache = True
    name = "exact_sum"


@compiler.compiles(Sum)
def _sum(element: Sum, compiled: typing.Any, **kw: typing.Any) -> str:
    return f"SUM({compiled.process(element.clauses, **kw)})"


@compiler.compiles(Sum, "sqlite")
def _sum_sqlite(element: Sum, compiled: typing.Any, **kw: typing.Any) -> str:
    return f"ck_sum({compiled.process(element.clauses, **kw)})"


def register(connection: typing.Any) -> None:
    """Register ``ck_sum`` on a new connection of SQLite's driver."""
    connection.create_aggregate("ck_sum", 1, _Aggregate)


def of(
    column: sa.ColumnElement[decimal.Decimal],
) -> sa.ColumnElement[decimal.Decimal]:
    """Return the sum of a decimal column, without any rounding.

    NULL if there are no rows; on SQLite, 0 if all values are NULL.
    """
    return Sum(column)


class _Aggregate:
    """``ck_sum(text)``: the exact sum of decimal texts, as text.

    Equal texts are counted, because most of the time would be spent on
    decoding each of them: prices and quantities repeat.
    """

    def __init__(self) -> None:
        self._sum = decimal.Decimal(0)
        self._counts: dict[typing.Any, int] = {}

    def step(self, value: typing.Any) -> None:
        counts = self._counts
        if value in counts:
            counts[value] += 1
        else:
            if len(counts) == _MOST_COUNTED:
                self._add_up()
            counts[value] = 1

    def finalize(self) -> str:
        self._add_up()
        return format(self._sum, "f")

    def _add_up(self) -> None:
        self._counts.pop(None, None)
        for value, count in self._counts.items():
            product = money.EXACT.multiply(decimal.Decimal(str(value)), count)
            self._sum = money.EXACT.add(self._sum, product)
        self._counts.clear()
