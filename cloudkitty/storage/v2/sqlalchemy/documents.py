# SPDX-License-Identifier: Apache-2.0
"""Many rows in one parameter: a JSON document that the database unfolds.

One statement for thousands of rows, and it is the server that parses them:
drivers that build their statements row by row take several times as long.
"""

import collections.abc
import functools
import json

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.storage.v2.sqlalchemy import expressions

_TABLE = expressions.POINTS
#: What stands in a row, in this order. Times are texts (naive UTC), and so
#: are numbers with digits after the point.
COLUMNS = ("begin", "end", "seq", "series", "qty", "price")
#: Rows of one statement: half a megabyte or so, and never more than servers
#: take in a packet (16 MiB), whatever the numbers.
_ROWS = 10_000

Row = tuple[str, str, int, int, str, str]


def insert(
    session: orm.Session, scope: int, rows: collections.abc.Sequence[Row]
) -> None:
    """Insert the rows of points of one scope.

    :param scope: the row of the scope.
    """
    connection = session.connection()
    statement = _statement(connection.dialect)
    for first in range(0, len(rows), _ROWS):
        piece = rows[first : first + _ROWS]
        connection.execute(
            statement, {"scope": scope, "document": json.dumps(piece)}
        )


@functools.cache
def _statement(dialect: sa.Dialect) -> sa.TextClause:
    names = ", ".join(
        dialect.identifier_preparer.quote(name) for name in COLUMNS
    )
    kinds = [
        _TABLE.columns[name].type.compile(dialect=dialect) for name in COLUMNS
    ]
    unfolded = _UNFOLD[dialect.name](names.split(", "), kinds)
    return sa.text(
        f"INSERT INTO {_TABLE.name} (scope, {names}) "  # noqa: S608
        f"SELECT :scope, {unfolded}"
    ).bindparams(
        sa.bindparam("scope", type_=sa.Integer()),
        sa.bindparam("document", type_=sa.Text()),
    )


def _sqlite(names: list[str], kinds: list[str]) -> str:
    values = ", ".join(
        f"json_extract(value, '$[{place}]')" for place in range(len(names))
    )
    return f"{values} FROM json_each(:document)"


def _postgresql(names: list[str], kinds: list[str]) -> str:
    values = ", ".join(
        f"CAST(value ->> {place} AS {kind})"
        for place, kind in enumerate(kinds)
    )
    return f"{values} FROM json_array_elements(CAST(:document AS json)) value"


def _mysql(names: list[str], kinds: list[str]) -> str:
    columns = ", ".join(
        f"{name} {kind} PATH '$[{place}]' ERROR ON ERROR"
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
    )
    # MariaDB has it since 10.6, MySQL since 8.0.
    return (
        f"{', '.join(names)} FROM JSON_TABLE(:document, '$[*]' "
        f"COLUMNS ({columns})) AS document"
    )


_UNFOLD = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
}
