# SPDX-License-Identifier: Apache-2.0
"""The limit for reads of a long history: the equal queries in bare SQL.

Each is written for the primary key (scope, begin, series, seq): scopes in
or-ed lists of at most 900 numbers, so that MariaDB reads a range of each.
"""

import collections.abc
import contextlib
import dataclasses
import decimal
import typing

from benchmarks import cloud_database
from benchmarks import cloud_worker
from benchmarks import deployments
from benchmarks import history_fill

#: MariaDB converts longer lists to a join
#: (``in_predicate_conversion_threshold``).
_LIST = 900
_COLUMNS = ("scope", "begin", "series", "seq", "qty", "price")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Read:
    """A read, or a replacement.

    :param kind: ``total``, ``page`` or ``replace``.
    :param groupby: nothing, ``project_id`` or ``type``.
    :param scope: number of the only scope; None for all.
    :param offset: of a page.
    :param marked: whether the page is found by a marker.
    """

    name: str
    kind: str
    window: deployments.Window
    groupby: tuple[str, ...] = ()
    scope: int | None = None
    offset: int = 0
    limit: int = 100
    marked: bool = False


class Floor:
    """A connection of the driver; a context manager that closes it."""

    def __init__(
        self,
        database: cloud_database.Database,
        history: history_fill.History,
    ) -> None:
        self.counter = cloud_worker.Counter(counted=False)
        self._database = database
        self._history = history
        self._connection = database.connect()
        self._cursor = self._connection.cursor()

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def run(self, read: Read) -> dict[str, typing.Any]:
        """Return the costs, as ``cloud_worker`` answers, and ``found``.

        ``found`` is the number of rows or points and the sum of their prices.
        """
        prepared = self._prepare(read)
        found: list[tuple[int, float]] = []
        work = {
            "total": self._total,
            "page": self._page,
            "replace": self._replace,
        }[read.kind]

        def timed() -> None:
            found.append(work(read, prepared))

        took = cloud_worker.measure(self.counter, timed)
        return {**took, "found": found[0]}

    def _prepare(self, read: Read) -> list[tuple[typing.Any, ...]]:
        """Return the rows that a replacement deletes and inserts."""
        if read.kind != "replace":
            return []
        rows = self._rows(
            f"SELECT * FROM {history_fill.POINTS} p WHERE {self._where(read)}"
        )
        self._connection.commit()
        return rows

    def _total(self, read: Read, _: object) -> tuple[int, float]:
        sums = "COUNT(*), SUM(p.qty), SUM(p.price)"
        source, group = f"{history_fill.POINTS} p", ""
        if "project_id" in read.groupby:
            group = "p.scope"
        if "type" in read.groupby:
            source += f" JOIN {history_fill.SERIES} s ON s.id = p.series"
            group = "s.metric"
        rows = self._rows(
            f"SELECT {sums}{f', {group}' if group else ''} FROM {source} "
            f"WHERE {self._where(read)}"
            + (f" GROUP BY {group} ORDER BY {group}" if group else "")
        )
        self._connection.rollback()
        return len(rows), _sum(row[2] for row in rows)

    def _page(self, read: Read, _: object) -> tuple[int, float]:
        """Read a page from the period that it begins in, by its place."""
        each = self._history.scopes * self._history.series
        skipped = read.offset // each
        window = dataclasses.replace(
            read.window,
            begin=read.window.begin
            + skipped * (read.window.end - read.window.last),
            periods=1,
        )
        quote = self._database.quote
        columns = ", ".join(f"p.{quote}{name}{quote}" for name in _COLUMNS)
        where = self._where(dataclasses.replace(read, window=window))
        rows = self._rows(
            "SELECT p.*, s.metric, s.unit, s.groupby, s.metadata FROM "
            f"(SELECT {columns} FROM {history_fill.POINTS} p WHERE {where} "
            f"ORDER BY p.{quote}begin{quote}, p.scope, p.series, p.seq "
            f"LIMIT {read.limit} OFFSET {read.offset % each}) p "
            f"JOIN {history_fill.SERIES} s ON s.id = p.series"
        )
        self._connection.rollback()
        return len(rows), _sum(row[5] for row in rows)

    def _replace(
        self, read: Read, rows: list[tuple[typing.Any, ...]]
    ) -> tuple[int, float]:
        where = self._where(read).replace("p.", "")
        self._execute(f"DELETE FROM {history_fill.POINTS} WHERE {where}")
        values = ",".join(
            "(" + ",".join(f"'{value}'" for value in row) + ")" for row in rows
        )
        self._execute(f"INSERT INTO {history_fill.POINTS} VALUES {values}")
        self.counter.commits += 1
        self._connection.commit()
        return len(rows), len(rows) * float(history_fill.PRICE)

    def _where(self, read: Read) -> str:
        numbers = self._history.numbers
        if read.scope is not None:
            numbers = range(read.scope, read.scope + 1)
        return where(self._database, numbers, read.window)

    def _rows(self, statement: str) -> list[tuple[typing.Any, ...]]:
        self._execute(statement)
        return [tuple(row) for row in self._cursor.fetchall()]

    def _execute(self, statement: str) -> None:
        self.counter.statements += 1
        self._cursor.execute(statement)


def where(
    database: cloud_database.Database,
    numbers: collections.abc.Sequence[int],
    window: deployments.Window,
) -> str:
    """Return the condition on points ``p`` of some scopes in a window."""
    begin = f"p.{database.quote}begin{database.quote}"
    lists = " OR ".join(
        f"p.scope IN ({','.join(map(str, some))})"
        for some in cloud_database.portions(numbers, _LIST)
    )
    return (
        f"({lists}) AND {begin} >= {database.time(window.begin)} "
        f"AND {begin} < {database.time(window.end)}"
    )


def _sum(values: collections.abc.Iterable[typing.Any]) -> float:
    return float(sum(decimal.Decimal(str(value)) for value in values))


def disk(database: cloud_database.Database) -> int | None:
    """Return the bytes of all tables of rated points; None if unknown."""
    if database.quote == "`":
        rows = database.query(
            "SELECT SUM(FILE_SIZE) FROM "
            "information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE "
            f"'{database.name}/cloudkitty\\_rated\\_%'"
        )
    elif database.url.startswith("postgresql"):
        rows = database.query(
            "SELECT SUM(pg_table_size(oid) + pg_indexes_size(oid)) FROM "
            "pg_class WHERE relkind = 'r' AND relname LIKE "
            "'cloudkitty\\_rated\\_%'"
        )
    else:
        rows = database.query(
            "SELECT page_count * page_size FROM pragma_page_count(), "
            "pragma_page_size()"
        )
    with contextlib.suppress(TypeError):
        return int(rows[0][0])
    return None
