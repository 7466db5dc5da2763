# SPDX-License-Identifier: Apache-2.0
"""SQL expressions that mean the same on every database.

Names and values of attributes are always bound parameters.
"""

import datetime
import decimal
import json
import typing

import sqlalchemy as sa
from sqlalchemy.ext import compiler
from sqlalchemy.sql import functions

from cloudkitty.common import money
from cloudkitty.db import points
from cloudkitty.db.sql import exact_sum as ck_exact_sum
from cloudkitty.db.sql import types
from cloudkitty.storage import attributes

POINTS = typing.cast(sa.Table, points.RatedPoint.__table__)
SERIES = typing.cast(sa.Table, points.RatedSeries.__table__)
SCOPES = typing.cast(sa.Table, points.RatedScope.__table__)
DAYS = typing.cast(sa.Table, points.RatedDay.__table__)
MONEY = types.ExactNumeric(money.DIGITS, money.PLACES)


def attribute(name: str) -> sa.ColumnElement[str]:
    """Return the value of an attribute; ``''`` where a point lacks it.

    Compared, grouped and sorted by code points.
    """
    return _Exact(_Attribute(SERIES.c.groupby, SERIES.c.metadata, name))


def attribute_of(
    document: sa.ColumnElement[str], name: str
) -> sa.ColumnElement[str]:
    """Return the value of an attribute in one text column of JSON objects.

    Compared, grouped and sorted like ``attribute``.
    """
    nothing = _Document(sa.null())
    return _Exact(_Attribute(_Document(document), nothing, name))


def text(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return a text column, sorted by code points."""
    return _Exact(column)


def exact_sum(
    column: sa.ColumnElement[decimal.Decimal],
) -> sa.ColumnElement[decimal.Decimal]:
    """Return the sum of a decimal column, without any rounding."""
    return ck_exact_sum.of(column)


def seconds(
    begin: sa.ColumnElement[datetime.datetime],
    end: sa.ColumnElement[datetime.datetime],
) -> sa.ColumnElement[int]:
    """Return the whole seconds from one time to another."""
    return _Seconds(begin, end)


def day(
    begin: sa.ColumnElement[datetime.datetime],
) -> sa.ColumnElement[datetime.date]:
    """Return the day of a time, in UTC."""
    return _Day(begin)


def fitting(
    total: sa.ColumnElement[decimal.Decimal],
) -> sa.ColumnElement[decimal.Decimal | None]:
    """Return a sum; NULL if a column of numbers may be too narrow for it.

    MariaDB then returns its largest number for a sum.
    """
    most: sa.ColumnElement[float] = sa.literal_column(
        f"1e{money.DIGITS - money.PLACES - 1}", sa.Float()
    )
    return sa.case(
        (sa.func.abs(total, type_=sa.Float()) < most, total), else_=sa.null()
    )


class _Bytes(types.ExactText):
    """Text, and a binary string on MySQL, of any length."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(255)


class _Exact(functions.FunctionElement[str]):
    """Its argument under a collation that distinguishes all texts."""

    type = _Bytes()
    inherit_cache = True
    name = "exact"


@compiler.compiles(_Exact)
def _exact(element: _Exact, compiled: typing.Any, **kw: typing.Any) -> str:
    return compiled.process(element.clauses, **kw)


@compiler.compiles(_Exact, "mysql")
@compiler.compiles(_Exact, "mariadb")
def _exact_mysql(
    element: _Exact, compiled: typing.Any, **kw: typing.Any
) -> str:
    (column,) = element.clauses
    text: str = compiled.process(column, **kw)
    # The result of a cast is a BLOB, which takes twice the time to group by.
    binary = isinstance(column.type, types.ExactText)
    return text if binary else f"CAST({text} AS BINARY)"


@compiler.compiles(_Exact, "postgresql")
def _exact_postgresql(
    element: _Exact, compiled: typing.Any, **kw: typing.Any
) -> str:
    return f'({compiled.process(element.clauses, **kw)}) COLLATE "C"'


class _Seconds(functions.FunctionElement[int]):
    """The seconds between two times."""

    type = sa.BigInteger()
    inherit_cache = True
    name = "seconds"


@compiler.compiles(_Seconds, "mysql")
@compiler.compiles(_Seconds, "mariadb")
def _seconds_mysql(
    element: _Seconds, compiled: typing.Any, **kw: typing.Any
) -> str:
    return f"TIMESTAMPDIFF(SECOND, {compiled.process(element.clauses, **kw)})"


@compiler.compiles(_Seconds, "postgresql")
def _seconds_postgresql(
    element: _Seconds, compiled: typing.Any, **kw: typing.Any
) -> str:
    begin, end = (compiled.process(each, **kw) for each in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM {end} - {begin}) AS BIGINT)"


@compiler.compiles(_Seconds, "sqlite")
def _seconds_sqlite(
    element: _Seconds, compiled: typing.Any, **kw: typing.Any
) -> str:
    begin, end = (
        f"CAST(strftime('%s', {compiled.process(each, **kw)}) AS INTEGER)"
        for each in element.clauses
    )
    return f"({end} - {begin})"


class _Day(functions.FunctionElement[datetime.date]):
    """The date of a time."""

    type = sa.Date()
    inherit_cache = True
    name = "day"


@compiler.compiles(_Day)
def _day(element: _Day, compiled: typing.Any, **kw: typing.Any) -> str:
    return f"CAST({compiled.process(element.clauses, **kw)} AS DATE)"


@compiler.compiles(_Day, "sqlite")
def _day_sqlite(element: _Day, compiled: typing.Any, **kw: typing.Any) -> str:
    # Times are stored as texts there.
    return f"substr({compiled.process(element.clauses, **kw)}, 1, 10)"


class _Attribute(functions.FunctionElement[str]):
    """The text under one key of either of two JSON objects."""

    type = sa.Text()
    inherit_cache = True
    name = "attribute"

    def __init__(
        self, groupby: typing.Any, metadata: typing.Any, name: str
    ) -> None:
        super().__init__(
            groupby,
            metadata,
            sa.literal(attributes.clean(name), sa.Text()),
            sa.literal(_json_path(attributes.clean(name)), sa.Text()),
        )


def _json_path(name: str) -> str:
    """Return the JSON path of a member, escaped as JSON is.

    MariaDB does not find a member whose name begins with a minus sign, unless
    the sign is escaped.
    """
    text = json.dumps(name, ensure_ascii=False)
    if name.startswith("-"):
        text = text.replace("-", "\\u002d", 1)
    return f"$.{text}"


class _Document(functions.FunctionElement[str]):
    """A text in the type in which ``_Attribute`` reads JSON."""

    type = sa.Text()
    inherit_cache = True
    name = "document"


@compiler.compiles(_Document)
def _document(
    element: _Document, compiled: typing.Any, **kw: typing.Any
) -> str:
    return compiled.process(element.clauses, **kw)


@compiler.compiles(_Document, "postgresql")
def _document_postgresql(
    element: _Document, compiled: typing.Any, **kw: typing.Any
) -> str:
    return f"CAST({compiled.process(element.clauses, **kw)} AS JSON)"


@compiler.compiles(_Document, "mysql")
@compiler.compiles(_Document, "mariadb")
def _document_mysql(
    element: _Document, compiled: typing.Any, **kw: typing.Any
) -> str:
    # A column in another character set cannot hold all that JSON escapes.
    return f"CONVERT({compiled.process(element.clauses, **kw)} USING utf8mb4)"


def _parts(
    element: _Attribute, compiled: typing.Any, kw: dict[str, typing.Any]
) -> list[typing.Any]:
    return [lambda e=e: compiled.process(e, **kw) for e in element.clauses]


@compiler.compiles(_Attribute, "sqlite")
def _attribute_sqlite(
    element: _Attribute, compiled: typing.Any, **kw: typing.Any
) -> str:
    groupby, metadata, name, _path = _parts(element, compiled, kw)
    return f"ck_attribute({groupby()}, {metadata()}, {name()})"


@compiler.compiles(_Attribute, "postgresql")
def _attribute_postgresql(
    element: _Attribute, compiled: typing.Any, **kw: typing.Any
) -> str:
    groupby, metadata, name, _path = _parts(element, compiled, kw)
    return (
        f"coalesce({groupby()} ->> CAST({name()} AS TEXT), "
        f"{metadata()} ->> CAST({name()} AS TEXT), '')"
    )


@compiler.compiles(_Attribute, "mysql")
@compiler.compiles(_Attribute, "mariadb")
def _attribute_mysql(
    element: _Attribute, compiled: typing.Any, **kw: typing.Any
) -> str:
    groupby, metadata, _name, path = _parts(element, compiled, kw)
    if compiled.dialect.is_mariadb:
        # NULL for JSON's null, too.
        return (
            f"COALESCE(JSON_VALUE({groupby()}, {path()}), "
            f"JSON_VALUE({metadata()}, {path()}), '')"
        )
    # MySQL's JSON_VALUE ends at 512 characters.
    values = (
        f"IF(JSON_TYPE(JSON_EXTRACT({column()}, {path()})) = 'NULL', NULL, "
        f"JSON_UNQUOTE(JSON_EXTRACT({column()}, {path()})))"
        for column in (groupby, metadata)
    )
    return f"COALESCE({', '.join(values)}, '')"
