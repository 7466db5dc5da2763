# SPDX-License-Identifier: Apache-2.0
"""Databases of the measurements, with their counters."""

import abc
import collections.abc
import contextlib
import dataclasses
import datetime
import functools
import pathlib
import sqlite3
import typing
import urllib.parse

from benchmarks import processes
from benchmarks import servers
from benchmarks import settings as ck_settings

Rows = list[tuple[typing.Any, ...]]
#: Rows of one INSERT of the preparations.
_PORTION = 1000
STATES = "cloudkitty_storage_states"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Counts:
    """Counters of a database since its start.

    :param cpu: seconds of the server; None without a server.
    :param statements: None if only the client can count them.
    """

    cpu: float | None
    statements: int | None = None
    commits: int | None = None


class Database(abc.ABC):
    """An empty database of one side; a context manager that drops it.

    :param name: of the database.
    """

    #: Whether the server counts statements.
    counts_statements = False
    quote = "`"
    #: The end of a SELECT that locks its rows.
    for_update = " FOR UPDATE"

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """Return the SQLAlchemy URL."""

    @abc.abstractmethod
    def connect(self) -> typing.Any:
        """Return a connection of the driver; it does not commit by itself."""

    @abc.abstractmethod
    def drop(self) -> None:
        """Delete everything."""

    @abc.abstractmethod
    def counts(self) -> Counts:
        """Return the counters."""

    def query(self, statement: str) -> Rows:
        """Execute a statement of the benchmark; commit; return its rows."""
        connection = self.connect()
        with contextlib.closing(connection):
            cursor = connection.cursor()
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
        return [tuple(row) for row in rows]

    def time(self, at: datetime.datetime) -> str:
        """Return a time as a literal."""
        return f"'{ck_settings.column_time(at)}'"

    def declare(self, scope_ids: list[str], last: datetime.datetime) -> None:
        """Declare scopes as rated up to a period, in the common table."""
        true = "true" if self.quote == '"' else "1"
        for some in portions(scope_ids, _PORTION):
            values = ",".join(
                f"('{one}','project_id','prometheus','source',"
                f"{self.time(last)},{true})"
                for one in some
            )
            self.query(
                f"INSERT INTO {STATES} (identifier, scope_key, collector, "
                f"fetcher, last_processed_timestamp, active) VALUES {values}"
            )


class MariaDB(Database):
    """A database of the benchmark's own server."""

    counts_statements = True

    def __init__(self, name: str, server: servers.MariaDB) -> None:
        super().__init__(name)
        self._server = server
        server.make_empty(name)

    @property
    def url(self) -> str:
        return self._server.url(self.name)

    def connect(self) -> typing.Any:
        connection = self._server.connect(self.name)
        connection.autocommit(False)
        return connection

    def drop(self) -> None:
        self._server.query(f"DROP DATABASE IF EXISTS {self.name}")

    def counts(self) -> Counts:
        commits = self._server.query("SHOW GLOBAL STATUS LIKE 'Com_commit'")
        return Counts(
            cpu=self._server.cpu_seconds(),
            statements=self._server.questions(),
            commits=int(commits[0][1]),
        )


class PostgreSQL(Database):
    """A database of a running server.

    :param server: URL of a database there, whose owner may create others.
    """

    quote = '"'

    def __init__(self, name: str, server: str) -> None:
        super().__init__(name)
        self._parts = urllib.parse.urlsplit(server)
        self.drop()
        self._administer(f"CREATE DATABASE {name}")

    @property
    def url(self) -> str:
        return self._parts._replace(path=f"/{self.name}").geturl()

    def connect(self) -> typing.Any:
        return self._open(self.name)

    def drop(self) -> None:
        self._administer(f"DROP DATABASE IF EXISTS {self.name}")

    def counts(self) -> Counts:
        """Count the processes of the open connections."""
        pids = self.query(
            "SELECT pid FROM pg_stat_activity WHERE datname = "
            f"'{self.name}' AND pid <> pg_backend_pid()"
        )
        return Counts(cpu=processes.cpu_seconds([pid for (pid,) in pids]))

    def _open(self, name: str) -> typing.Any:
        import psycopg2

        return psycopg2.connect(
            host=self._parts.hostname,
            port=self._parts.port or 5432,
            user=self._parts.username,
            password=self._parts.password,
            dbname=name,
            options="-c TimeZone=UTC",
        )

    def _administer(self, statement: str) -> None:
        connection = self._open(self._parts.path.strip("/"))
        with contextlib.closing(connection):
            connection.autocommit = True
            connection.cursor().execute(statement)


class SQLite(Database):
    """A file."""

    quote = '"'
    for_update = ""

    def __init__(self, name: str, folder: pathlib.Path) -> None:
        super().__init__(name)
        self._file = folder / f"{name}.sqlite"
        self.drop()

    @property
    def url(self) -> str:
        return f"sqlite:///{self._file}"

    def connect(self) -> typing.Any:
        return sqlite3.connect(self._file, timeout=60)

    def drop(self) -> None:
        for file in self._file.parent.glob(f"{self._file.name}*"):
            file.unlink()

    def counts(self) -> Counts:
        return Counts(cpu=None)

    def time(self, at: datetime.datetime) -> str:
        return f"'{ck_settings.column_time(at)}.000000'"


def maker(
    kind: str,
    settings: ck_settings.Settings,
    mariadb: servers.MariaDB | None,
    postgresql: str,
) -> collections.abc.Callable[[str], Database]:
    """Return the function that makes an empty database of a name.

    :param kind: ``mysql``, ``postgresql`` or ``sqlite``.
    """
    if kind == "sqlite":
        return functools.partial(SQLite, folder=settings.folder("cloud"))
    if kind == "postgresql":
        return functools.partial(PostgreSQL, server=postgresql)
    if kind != "mysql" or mariadb is None:
        raise processes.Failed(f"not a database of this benchmark: {kind}")
    return functools.partial(MariaDB, server=mariadb)


def portions(
    items: collections.abc.Sequence[typing.Any], size: int
) -> collections.abc.Iterator[collections.abc.Sequence[typing.Any]]:
    """Yield the items in portions of a size."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def difference(after: float | None, before: float | None) -> float | None:
    """Return the increase of a counter; None if it is not counted."""
    return None if after is None or before is None else after - before
