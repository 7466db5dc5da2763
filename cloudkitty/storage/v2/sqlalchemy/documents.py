# SPDX-License-Identifier: Apache-2.0
"""Insert rows that are sent as one JSON document.

Drivers that build their statements row by row take several times as long.
"""

import collections.abc
import typing

import sqlalchemy as sa

from cloudkitty.db.sql import types

_Kinds = collections.abc.Sequence[sa.types.TypeEngine[typing.Any]]


def insertion(
    dialect: sa.Dialect,
    table: sa.Table,
    names: collections.abc.Sequence[str],
) -> sa.TextClause:
    """Return the INSERT of the rows of the parameter ``document``.

    The document is a list of lists. Numbers with digits after the point are
    texts in it, as are mappings, and times: naive UTC, with a fraction only
    if it is not zero.

    :param names: columns of a row, in this order.
    """
    kinds = [table.columns[name].type for name in names]
    columns = ", ".join(map(dialect.identifier_preparer.quote, names))
    unfolded = _UNFOLD[dialect.name](dialect, kinds)
    return sa.text(
        f"INSERT INTO {table.name} ({columns}) "  # noqa: S608
        f"SELECT {unfolded}"
    ).bindparams(sa.bindparam("document", type_=sa.Text()))


def _sqlite(dialect: sa.Dialect, kinds: _Kinds) -> str:
    values = []
    for place, kind in enumerate(kinds):
        value = f"json_extract(value, '$[{place}]')"
        if isinstance(kind, types.UTCDateTime):
            # Times are stored as texts there, all with six digits.
            value = f"substr({value} || '.000000', 1, 26)"
        values.append(value)
    return f"{', '.join(values)} FROM json_each(:document)"


def _postgresql(dialect: sa.Dialect, kinds: _Kinds) -> str:
    values = ", ".join(
        f"CAST(value ->> {place} AS {kind.compile(dialect=dialect)})"
        for place, kind in enumerate(kinds)
    )
    return f"{values} FROM json_array_elements(CAST(:document AS json)) value"


def _mysql(dialect: sa.Dialect, kinds: _Kinds) -> str:
    columns = ", ".join(
        f"c{place} {_column(dialect, kind)} PATH '$[{place}]'"
        for place, kind in enumerate(kinds)
    )
    values = ", ".join(f"c{place}" for place in range(len(kinds)))
    unfolded = f"JSON_TABLE(:document, '$[*]' COLUMNS ({columns}))"
    return f"{values} FROM {unfolded} document"


def _column(dialect: sa.Dialect, kind: sa.types.TypeEngine[typing.Any]) -> str:
    if isinstance(kind, sa.Integer):
        return "BIGINT"
    if isinstance(kind, types.ExactText):
        return f"VARCHAR({kind.length}) CHARACTER SET utf8mb4"
    return "LONGTEXT CHARACTER SET utf8mb4"


_UNFOLD = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
}
