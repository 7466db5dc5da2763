# SPDX-License-Identifier: Apache-2.0
"""Rows of many columns as one text each: a JSON array that the database makes.

Drivers in Python take longer for the columns of such a row than for its text,
and the equal texts of a list are decoded once. ``benchmarks/json_rows.py``
measures both.
"""

import collections.abc
import datetime
import decimal
import functools
import json
import typing

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext import compiler
from sqlalchemy.sql import functions

from cloudkitty.db.sql import types

Column = orm.InstrumentedAttribute[typing.Any] | sa.ColumnElement[typing.Any]

# Numbers with digits after the point are money.
_decode = json.JSONDecoder(parse_float=decimal.Decimal).decode


class Row:
    """Columns that are read together.

    :param columns: numbers, texts, and those of the types in ``_READ``; or
        expressions of these types.
    """

    def __init__(self, columns: collections.abc.Sequence[Column]) -> None:
        #: The one column to select.
        self.column = _Array(*columns).label("packed")
        self._read = tuple(
            (place, read)
            for place, column in enumerate(columns)
            for kind, read in _READ.items()
            if isinstance(column.type, kind)
        )

    def values(self, text: str) -> list[typing.Any]:
        """Return the column values of a fetched row."""
        found: list[typing.Any] = _decode(text)
        for place, read in self._read:
            if found[place] is not None:
                found[place] = read(found[place])
        return found


# Most rows of a list share their times.
@functools.lru_cache(maxsize=1024)
def _instant(text: str) -> datetime.datetime:
    # All of them are stored as naive UTC.
    return datetime.datetime.fromisoformat(f"{text}+00:00")


def _number(value: decimal.Decimal | int | str) -> decimal.Decimal:
    # Text on SQLite; without a fraction there an integer.
    return decimal.Decimal(value)


def _document(value: typing.Any) -> typing.Any:
    # Some databases put the document into the array, some its text.
    return json.loads(value) if isinstance(value, str) else value


#: Decoders of types that JSON lacks, or that databases write differently.
_READ: dict[type, collections.abc.Callable[[typing.Any], typing.Any]] = {
    types.UTCDateTime: _instant,
    types.ExactNumeric: _number,
    sa.JSON: _document,
    sa.Boolean: bool,
}


class _Array(functions.FunctionElement[str]):
    """The JSON text of an array of its arguments."""

    type = sa.Text()
    inherit_cache = True
    name = "packed"


@compiler.compiles(_Array, "sqlite")
def _array_sqlite(
    element: _Array, compiled: typing.Any, **kw: typing.Any
) -> str:
    return f"JSON_ARRAY({compiled.process(element.clauses, **kw)})"


@compiler.compiles(_Array, "mysql")
@compiler.compiles(_Array, "mariadb")
def _array_mysql(
    element: _Array, compiled: typing.Any, **kw: typing.Any
) -> str:
    values = []
    for column in element.clauses:
        value = compiled.process(column, **kw)
        if compiled.dialect.is_mariadb and isinstance(column.type, sa.JSON):
            # JSON text has its own collation there, which only mixes with the
            # default one, unless a collation is given.
            value += " COLLATE utf8mb4_bin"
        values.append(value)
    return f"JSON_ARRAY({', '.join(values)})"


@compiler.compiles(_Array, "postgresql")
def _array_postgresql(
    element: _Array, compiled: typing.Any, **kw: typing.Any
) -> str:
    # As text: the driver would read JSON by itself.
    values = compiled.process(element.clauses, **kw)
    return f"CAST(json_build_array({values}) AS TEXT)"
