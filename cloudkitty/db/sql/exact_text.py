# SPDX-License-Identifier: Apache-2.0
"""Exact comparisons: they respect case and trailing blanks.

MySQL's collations fold case, or pad trailing blanks, or both. The plain
comparison stays in the condition because it can use the index.
"""

import collections.abc
import itertools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

T = typing.TypeVar("T")

#: Dialects of servers whose collations do that.
_FOLDING = ("mysql", "mariadb")
#: Values in one IN list. MariaDB converts lists of 1,000 and more to a join
#: (``in_predicate_conversion_threshold``), which does not use index ranges.
CHUNK = 900


def one_of(
    session: orm.Session,
    column: orm.InstrumentedAttribute[str]
    | orm.InstrumentedAttribute[str | None],
    values: collections.abc.Collection[str],
) -> sa.ColumnElement[bool]:
    """Return the condition that ``column`` is one of ``values``, exactly.

    :param values: any text; text that databases cannot store matches nothing.
    """
    condition = nearly_one_of(column, values)
    if session.get_bind().dialect.name not in _FOLDING:
        return condition
    raw = sa.cast(column, sa.BINARY)
    wanted = [value.encode() for value in values if storable(value)]
    return condition & raw.in_(wanted)


def equal(
    dialect: str, column: orm.InstrumentedAttribute[str], name: str
) -> sa.ColumnElement[bool]:
    """Return the condition that ``column`` equals the ``parameters``.

    For statements that are built once.

    :param dialect: the name of the database's.
    :param name: of the parameter.
    """
    condition = column == sa.bindparam(name, type_=sa.String())
    if dialect not in _FOLDING:
        return condition
    raw = sa.bindparam(f"{name}_raw", type_=sa.BINARY())
    return condition & (sa.cast(column, sa.BINARY) == raw)


def parameters(name: str, value: str) -> dict[str, str | bytes]:
    """Return the parameters for a statement with the condition ``equal``.

    :param value: the value to compare with; ``storable``.
    """
    return {name: value, f"{name}_raw": value.encode()}


def nearly_one_of(
    column: orm.InstrumentedAttribute[str]
    | orm.InstrumentedAttribute[str | None],
    values: collections.abc.Collection[str],
) -> sa.ColumnElement[bool]:
    """Return the condition that ``column`` may be one of ``values``.

    For callers that compare the rows again, in Python: it costs half as much
    as ``one_of``.
    """
    values = [value for value in values if storable(value)]
    return column.in_(values) if values else sa.false()


def chunks(
    values: collections.abc.Iterable[T],
) -> collections.abc.Iterator[tuple[T, ...]]:
    """Yield ``values`` in pieces that fit an IN list."""
    rest = iter(values)
    while piece := tuple(itertools.islice(rest, CHUNK)):
        yield piece


def storable(value: str) -> bool:
    """Return whether ``value`` can be sent to every database."""
    try:
        value.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair: valid in JSON, but not in UTF-8.
        return False
    return "\x00" not in value
