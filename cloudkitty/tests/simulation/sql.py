# SPDX-License-Identifier: Apache-2.0
"""The database between the actors: points, faults and SQLite's one writer.

SQLite has one writer at a time and makes the others wait. A blocked call
would block all actors, so they wait here, before they ask.
"""

import collections.abc
import sqlite3
import typing

import sqlalchemy as sa
from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.tests.simulation import faults as ck_faults
from cloudkitty.tests.simulation import hub as ck_hub

BEGIN = "BEGIN IMMEDIATE"
#: How long SQLite waits for another writer (``db.facade``).
BUSY_SECONDS = 5


class LockNotAvailable(sqlite3.OperationalError):
    """PostgreSQL's answer to a lock that could not be had in time."""

    pgcode = "55P03"


def make_error(kind: str) -> Exception:
    """Return the error of a driver, or its translation by oslo.db.

    oslo.db recognizes deadlocks and lost connections by the messages and
    codes of MySQL and PostgreSQL, so these two are already translated.
    """
    match kind:
        case "deadlock":
            return db_exception.DBDeadlock(
                sqlite3.OperationalError("deadlock detected")
            )
        case "lock-wait":
            return LockNotAvailable("could not obtain lock on row")
        case "database-is-locked":
            return sqlite3.OperationalError("database is locked")
        case "disk-full":
            return sqlite3.OperationalError("database or disk is full")
    return db_exception.DBConnectionError(
        sqlite3.OperationalError("server closed the connection")
    )


def keep_connections(engine: sa.Engine) -> None:
    """Let transactions share connections.

    oslo.db reopens the SQLite file for each: half of a seed's time.
    """
    # A connection must not wait: the other processes would not continue.
    sa.event.listen(engine, "connect", _do_not_wait)
    old = engine.pool
    engine.pool = sa.QueuePool(
        old._creator,
        max_overflow=-1,
        _dispatch=old.dispatch,
        dialect=engine.dialect,
    )


class Turnstile:
    """Stands in front of an engine for as long as it is installed.

    :param engine: of the service's database.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._dialect: typing.Any = engine.dialect
        self._commit = engine.dialect.do_commit
        self._hub: ck_hub.Hub | None = None
        self._faults: ck_faults.Faults | None = None
        self._committed: collections.abc.Callable[[], None] = lambda: None
        self._writer: sqlite3.Connection | None = None
        self._owner: ck_hub.Actor | None = None
        #: Whether the last transaction sent a change of rated points.
        self.wrote_points = False
        sa.event.listen(engine, "before_cursor_execute", self._come)
        sa.event.listen(engine, "commit", self._come_to_commit)
        sa.event.listen(orm.Session, "after_commit", self._leave_commit)
        sa.event.listen(engine, "checkin", self._check_in)
        sa.event.listen(engine, "do_execute", self._before)
        sa.event.listen(engine, "do_executemany", self._before)
        self._dialect.do_commit = self._do_commit

    def connect(
        self,
        hub: ck_hub.Hub,
        faults: ck_faults.Faults,
        committed: collections.abc.Callable[[], None],
    ) -> None:
        """Serve one world.

        :param committed: called right after each commit of a writer.
        """
        self._hub, self._faults = hub, faults
        self._committed = committed
        self._writer = None

    def disconnect(self) -> None:
        """Let everything pass."""
        self._hub = None

    def writes(self, actor: ck_hub.Actor) -> bool:
        """Return whether ``actor`` has an open writing transaction."""
        return self._held() and self._owner is actor

    def sever(self) -> None:
        """Roll the open writing transaction back, as a server does."""
        if self._held():
            self._owner.severed = self._writer
            self._writer.rollback()

    def abandon(self, actor: ck_hub.Actor) -> None:
        """Roll back what ``actor`` has open: it is about to die.

        A closed SQLite connection keeps its lock for as long as anything
        refers to a statement of it, and a traceback does.
        """
        if self.writes(actor):
            self._writer.rollback()
            self._writer = None

    def _held(self) -> bool:
        return self._writer is not None and _open(self._writer)

    def _idle(self) -> bool:
        return self._hub is None or self._hub.current is None

    def _mine(self, connection: typing.Any) -> bool:
        driver = connection.connection.driver_connection
        return driver is self._writer and self._owner is self._hub.current

    def _come(
        self,
        connection: sa.Connection,
        cursor: object,
        statement: str,
        *details: object,
    ) -> None:
        """Take turns before a statement of a writer."""
        if self._idle():
            return
        if statement == BEGIN:
            self._hub.point("begin")
            self._await_writer()
        elif self._mine(connection):
            self._hub.point(statement.partition(" ")[0])

    def _await_writer(self) -> None:
        hub = self._hub
        give_up_at = hub.clock.monotonic() + BUSY_SECONDS
        while self._held() and hub.clock.monotonic() < give_up_at:
            hub.wait(lambda: not self._held(), BUSY_SECONDS, "busy")

    def _before(
        self,
        cursor: typing.Any,
        statement: str,
        parameters: object,
        context: object,
    ) -> None:
        """Let a statement fail."""
        if self._idle():
            return
        self._bury()
        connection = cursor.connection
        self._break_if_severed(connection)
        if statement == BEGIN:
            if self._held():
                self._faults.seen["statement", "database-is-locked"] += 1
                raise make_error("database-is-locked")
            self._writer, self._owner = connection, self._hub.current
            self.wrote_points = False
        elif connection is not self._writer:
            return
        self.wrote_points |= (
            "cloudkitty_rated_points" in statement
            and not statement.startswith("SELECT")
        )
        kind = self._faults.at("statement")
        if kind:
            self._break(kind, connection)

    def _check_in(
        self, connection: sqlite3.Connection | None, record: typing.Any
    ) -> None:
        """Reset a returned connection, as closing it would."""
        if connection is self._writer:
            # Its next user may only read.
            self._writer = None
        if connection is not None and connection.in_transaction:
            connection.rollback()
        # What oslo.db keeps of an open transaction.
        record.info.pop("in_transaction", None)

    def _come_to_commit(self, connection: sa.Connection) -> None:
        if not self._idle() and self._mine(connection):
            self._hub.point("commit")

    def _leave_commit(self, session: orm.Session) -> None:
        if not self._idle() and self._hub.current is self._owner:
            self._owner = None
            self._hub.point("committed")

    def _do_commit(self, connection: typing.Any) -> None:
        driver = getattr(connection, "driver_connection", connection)
        if self._idle():
            self._commit(connection)
            return
        self._bury()
        self._break_if_severed(driver)
        if driver is not self._writer:
            self._commit(connection)
            return
        kind = self._faults.at("commit")
        if kind and kind != "lost-after-commit":
            self._break(kind, driver)
        self._commit(connection)
        self._writer = None
        self._committed()
        if kind:
            self._break(kind, driver)

    def _bury(self) -> None:
        """Stop a dead process from sending statements."""
        if self._hub.current.dying:
            raise ck_hub.Crash

    def _break_if_severed(self, connection: sqlite3.Connection) -> None:
        actor = self._hub.current
        if actor.severed is connection:
            actor.severed = None
            self._break("lost-connection", connection)

    def _break(self, kind: str, connection: sqlite3.Connection) -> None:
        if kind.startswith("lost-"):
            # The server ends what was open.
            connection.rollback()
        raise make_error(kind)


def _do_not_wait(connection: typing.Any, record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 0")


def _open(connection: sqlite3.Connection) -> bool:
    try:
        return connection.in_transaction
    except sqlite3.ProgrammingError:
        # It was closed.
        return False
