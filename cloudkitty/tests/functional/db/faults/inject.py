# SPDX-License-Identifier: Apache-2.0
"""Faults that a database reports, at the statement or commit one wants.

They are raised where the driver would raise them, so that SQLAlchemy and
oslo.db translate them as they do in real life.
"""

import contextlib
import dataclasses
import sqlite3
import typing

import psycopg2
import pymysql
import sqlalchemy as sa
from psycopg2 import errors as pg_errors

#: The execution option of ``Database.reader``'s connections.
READS = ("cloudkitty_sqlite_begin", "DEFERRED")


@dataclasses.dataclass(frozen=True)
class Fault:
    """One kind of failure.

    :param name: for people.
    :param make: returns the driver's exception.
    :param retriable: whether a repetition of the transaction mends it.
    :param executed: whether the database did it, and only the answer is lost.
    """

    name: str
    make: typing.Callable[[], Exception]
    retriable: bool = True
    executed: bool = False


def _sqlite(text):
    return lambda: sqlite3.OperationalError(text)


def _mysql(number, text):
    return lambda: pymysql.err.OperationalError(number, text)


def _postgresql(kind, code, text):
    def make():
        error = kind(text)
        # Only so can the driver's read-only attributes be filled in.
        error.__setstate__({"pgerror": text, "pgcode": code})
        return error

    return make


def _pg_lost():
    return psycopg2.OperationalError(
        "server closed the connection unexpectedly\n\tThis probably means "
        "the server terminated abnormally\n\tbefore or while processing the "
        "request.\n"
    )


_mysql_lost = _mysql(2013, "Lost connection to MySQL server during query")
_LEFT = (
    "Error while appending streaming replication fragment(provider status: "
    "Not connected to Primary Component)"
)

FAULTS = {
    "sqlite": (
        Fault("locked", _sqlite("database is locked")),
        Fault("table locked", _sqlite("database table is locked: x")),
        Fault("disk full", _sqlite("database or disk is full"), False),
        Fault("disk broken", _sqlite("disk I/O error"), False),
    ),
    "mariadb": (
        Fault(
            "deadlock",
            _mysql(
                1213,
                "Deadlock found when trying to get lock; try restarting "
                "transaction",
            ),
        ),
        Fault(
            "lock wait",
            _mysql(
                1205,
                "Lock wait timeout exceeded; try restarting transaction",
            ),
        ),
        Fault(
            "changed",
            _mysql(1020, "Record has changed since last read in table 'x'"),
        ),
        Fault(
            "node not ready",
            _mysql(
                1047, "WSREP has not yet prepared node for application use"
            ),
        ),
        Fault("node leaves", _mysql(1180, _LEFT)),
        Fault("no file", _mysql(2002, "Can't connect to local MySQL server")),
        Fault("no server", _mysql(2003, "Can't connect to MySQL server")),
        Fault("gone", _mysql(2006, "MySQL server has gone away")),
        Fault("lost", _mysql_lost),
        Fault("answer lost", _mysql_lost, executed=True),
        Fault("disk full", _mysql(1114, "The table 'x' is full"), False),
    ),
    "postgresql": (
        Fault(
            "deadlock",
            _postgresql(
                pg_errors.DeadlockDetected, "40P01", "deadlock detected\n"
            ),
        ),
        Fault(
            "lock wait",
            _postgresql(
                pg_errors.LockNotAvailable,
                "55P03",
                "canceling statement due to lock timeout\n",
            ),
        ),
        Fault(
            "serialization",
            _postgresql(
                pg_errors.SerializationFailure,
                "40001",
                "could not serialize access due to concurrent update\n",
            ),
        ),
        Fault(
            "shut down",
            _postgresql(
                pg_errors.AdminShutdown,
                "57P01",
                "terminating connection due to administrator command\n",
            ),
        ),
        Fault(
            "crashed",
            _postgresql(
                pg_errors.CrashShutdown,
                "57P02",
                "terminating connection because of crash of another server "
                "process\n",
            ),
        ),
        Fault(
            "starting",
            _postgresql(
                pg_errors.CannotConnectNow,
                "57P03",
                "the database system is starting up\n",
            ),
        ),
        Fault("lost", _pg_lost),
        Fault("answer lost", _pg_lost, executed=True),
        Fault(
            "disk full",
            _postgresql(
                pg_errors.DiskFull,
                "53100",
                "could not extend file: No space left on device\n",
            ),
            False,
        ),
    ),
}


class Injector:
    """Lets one statement or one commit fail, once.

    :param engine: where; it works for as long as the engine does.
    :ivar left: statements before the fault.
    :ivar struck: whether the fault has come.
    :ivar struck_reader: whether it was in a transaction that only reads.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._fault: Fault | None = None
        self.left = 0
        self._commits_left = 0
        self.struck = self.struck_reader = False
        self._dialect: typing.Any = engine.dialect
        sa.event.listen(engine, "do_execute", self._one)
        sa.event.listen(engine, "do_executemany", self._many)
        sa.event.listen(engine, "do_execute_no_params", self._bare)
        self._commit = self._dialect.do_commit
        # SQLAlchemy has no event inside of its guarded commit.
        self._dialect.do_commit = self._do_commit

    @contextlib.contextmanager
    def at_statement(self, number, fault):
        """Let the ``number``-th statement from here fail, from 1."""
        self.left, self._fault = number, fault
        self.struck = self.struck_reader = False
        try:
            yield self
        finally:
            self.left = 0

    @contextlib.contextmanager
    def at_commit(self, number, fault):
        """Let the ``number``-th commit from here fail, from 1."""
        self._commits_left, self._fault = number, fault
        self.struck = self.struck_reader = False
        try:
            yield self
        finally:
            self._commits_left = 0

    def _one(self, cursor, statement, parameters, context):
        self._count(context, lambda: cursor.execute(statement, parameters))

    def _many(self, cursor, statement, parameters, context):
        self._count(context, lambda: cursor.executemany(statement, parameters))

    def _bare(self, cursor, statement, context):
        self._count(context, lambda: cursor.execute(statement))

    def _count(self, context, execute):
        self.left -= 1
        if self.left == 0:
            self.struck_reader = READS in (
                context.root_connection.get_execution_options().items()
            )
            self._strike(execute)

    def _do_commit(self, connection):
        self._commits_left -= 1
        if self._commits_left == 0:
            self._end(connection)
        self._commit(connection)

    def _end(self, connection):
        if not self._fault.executed and self._dialect.name != "sqlite":
            # A server that refuses a commit has ended the transaction; with
            # SQLite it goes on.
            self._dialect.do_rollback(connection)
        self._strike(lambda: self._commit(connection))

    def _strike(self, execute):
        self.struck = True
        if self._fault.executed:
            execute()
        raise self._fault.make()
