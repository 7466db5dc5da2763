# SPDX-License-Identifier: Apache-2.0
"""The project's rated points as plain rows: read once, written again.

The one place that knows the tables; it is to be changed with them.
"""

import datetime
import sqlite3
import typing

from pymysql import converters

_POINTS = "cloudkitty_rated_points"
_SCOPES = "cloudkitty_rated_scopes"
#: The database gives it to a row by itself, where there is one.
_NUMBER = "id"
#: Rows of one INSERT, well within the packet that MariaDB takes.
_PORTION = 10_000

_Query = typing.Callable[[str], list[tuple[typing.Any, ...]]]


class Table:
    """The table of points.

    :param query: returns the rows of a statement.
    :param sqlite: whether it lies in an SQLite file.
    """

    def __init__(self, query: _Query, *, sqlite: bool) -> None:
        self._query = query
        self._sqlite = sqlite
        names = [name for name in self._read_names() if name != _NUMBER]
        self._names = ", ".join(map(self._quote, names))
        self._width = len(names)
        #: Scopes have numbers in a table of their own, or are written out.
        self._numbered = "scope" in names
        self._scopes: dict[str, int] = {}

    def read(
        self, scope_id: str, begin: datetime.datetime, end: datetime.datetime
    ) -> list[typing.Any]:
        """Return the rows of a window, each a tuple.

        Of values for SQLite, of literals for MariaDB.
        """
        if self._numbered and scope_id not in self._scopes:
            found = self._query(
                f"SELECT id FROM {_SCOPES} WHERE scope_id = '{scope_id}'"
            )
            self._scopes[scope_id] = found[0][0]
        rows = self._query(
            f"SELECT {self._names} FROM {_POINTS} "
            f"WHERE {self._where(scope_id, begin, end)} ORDER BY begin"
        )
        return rows if self._sqlite else [_literals(row) for row in rows]

    def write(
        self,
        connection: typing.Any,
        scope_id: str,
        begin: datetime.datetime,
        end: datetime.datetime,
        rows: list[typing.Any],
    ) -> None:
        """Replace the rows of a window, in one transaction."""
        where = self._where(scope_id, begin, end)
        delete = f"DELETE FROM {_POINTS} WHERE {where}"
        insert = f"INSERT INTO {_POINTS} ({self._names}) VALUES "
        if self._sqlite:
            _write_sqlite(connection, delete, insert, self._width, rows)
            return
        with connection.cursor() as cursor:
            cursor.execute(delete)
            for first in range(0, len(rows), _PORTION):
                some = rows[first : first + _PORTION]
                values = ",".join([f"({','.join(row)})" for row in some])
                cursor.execute(insert + values)
        connection.commit()

    def _read_names(self) -> list[str]:
        if self._sqlite:
            rows = self._query(f"PRAGMA table_info({_POINTS})")
            return [row[1] for row in rows]
        return [row[0] for row in self._query(f"SHOW COLUMNS FROM {_POINTS}")]

    def _quote(self, name: str) -> str:
        return f'"{name}"' if self._sqlite else f"`{name}`"

    def _where(
        self, scope_id: str, begin: datetime.datetime, end: datetime.datetime
    ) -> str:
        owner = f"scope_id = '{scope_id}'"
        if self._numbered:
            owner = f"scope = {self._scopes[scope_id]}"
        return (
            f"{owner} AND {self._quote('begin')} >= '{_text(begin)}' "
            f"AND {self._quote('begin')} < '{_text(end)}'"
        )


def _write_sqlite(
    connection: sqlite3.Connection,
    delete: str,
    insert: str,
    width: int,
    rows: list[tuple[typing.Any, ...]],
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(delete)
    connection.executemany(f"{insert} ({','.join('?' * width)})", rows)
    connection.execute("COMMIT")


def _text(at: datetime.datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _literals(row: tuple[typing.Any, ...]) -> tuple[str, ...]:
    return tuple(
        str(converters.escape_item(value, "utf8mb4")) for value in row
    )
