# SPDX-License-Identifier: Apache-2.0
"""Rows of many columns as one text each: a JSON array that the database makes.

Drivers in Python take several times as long for a row's columns as for all
else that a list needs.
"""

import collections.abc
import datetime
import json
import typing

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext import compiler
from sqlalchemy.sql import functions

from cloudkitty.db import types

_instant = datetime.datetime.fromisoformat

Column = orm.InstrumentedAttribute[typing.Any]


class Row:
    """Columns that are read together.

    :param columns: numbers, texts and ``types.UTCDateTime``.
    """

    def __init__(self, columns: collections.abc.Sequence[Column]) -> None:
        #: The one column to select.
        self.column = _Array(*columns).label("packed")
        self._instants = tuple(
            place
            for place, column in enumerate(columns)
            if isinstance(column.type, types.UTCDateTime)
        )

    def values(self, text: str) -> list[typing.Any]:
        """Return what stands in the columns of a row that was read."""
        found: list[typing.Any] = json.loads(text)
        for place in self._instants:
            if found[place] is not None:
                # All of them are kept as naive UTC.
                found[place] = _instant(f"{found[place]}+00:00")
        return found


class _Array(functions.FunctionElement[str]):
    """The JSON text of an array of its arguments."""

    type = sa.Text()
    inherit_cache = True
    name = "packed"


@compiler.compiles(_Array, "sqlite")
@compiler.compiles(_Array, "mysql")
@compiler.compiles(_Array, "mariadb")
def _array(element: _Array, compiled: typing.Any, **kw: typing.Any) -> str:
    return f"JSON_ARRAY({compiled.process(element.clauses, **kw)})"


@compiler.compiles(_Array, "postgresql")
def _array_postgresql(
    element: _Array, compiled: typing.Any, **kw: typing.Any
) -> str:
    # As text: the driver would read JSON by itself.
    values = compiled.process(element.clauses, **kw)
    return f"CAST(json_build_array({values}) AS TEXT)"
