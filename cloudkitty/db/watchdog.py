# SPDX-License-Identifier: Apache-2.0
"""End the wait for a database server that does not answer.

For drivers without a read timeout: libpq has none. A thread shuts the socket
down; the driver then reads an end of the stream, which is a lost connection
like any other.
"""

import contextlib
import socket
import threading
import time
import typing

import sqlalchemy as sa
from sqlalchemy import event

#: Looks within the time that is allowed: none is overdrawn by more than this
#: share of it.
_LOOKS = 4


class _Wait(typing.NamedTuple):
    """A pending answer.

    :param socket: its file descriptor.
    :param since: by the monotonic clock.
    """

    socket: int
    since: float


class Watchdog:
    """Watches the statements and commits of one engine.

    :param seconds: time limit of each.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        #: By the ids of the driver's connections.
        self._waiting: dict[int, _Wait] = {}
        self._thread: threading.Thread | None = None

    def watch(self, engine: sa.Engine) -> None:
        """Start watching, until the engine is deleted."""
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        event.listen(engine, "handle_error", self._failed)
        # These have no event at their end, or none at all.
        dialect: typing.Any = engine.dialect
        for name in ("do_commit", "do_rollback", "do_ping"):
            setattr(dialect, name, self._wrapped(getattr(dialect, name)))

    def _wrapped(self, call: typing.Any) -> typing.Any:
        def watched(connection: typing.Any) -> typing.Any:
            # As SQLAlchemy hands it over: with the pool's own around it.
            driver = getattr(connection, "dbapi_connection", connection)
            self._begin(driver)
            try:
                return call(connection)
            finally:
                self._end(driver)

        return watched

    def _before(self, connection: sa.Connection, *details: object) -> None:
        self._begin(connection.connection.dbapi_connection)

    def _after(self, connection: sa.Connection, *details: object) -> None:
        self._end(connection.connection.dbapi_connection)

    def _failed(self, context: sa.engine.ExceptionContext) -> None:
        execution = context.execution_context
        cursor = getattr(execution, "cursor", None)
        self._end(getattr(cursor, "connection", None))

    def _begin(self, connection: typing.Any) -> None:
        if connection.closed:
            return
        with self._lock:
            self._waiting[id(connection)] = _Wait(
                connection.fileno(), time.monotonic()
            )
            # Not after a fork: the thread stays with the parent.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="database watchdog", daemon=True
                )
                self._thread.start()

    def _end(self, connection: object) -> None:
        with self._lock:
            self._waiting.pop(id(connection), None)

    def _run(self) -> None:
        while True:
            time.sleep(self._seconds / _LOOKS)
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                self._shut_overdue(time.monotonic() - self._seconds)

    def _shut_overdue(self, before: float) -> None:
        for connection, wait in list(self._waiting.items()):
            if wait.since <= before:
                _shut(wait.socket)
                del self._waiting[connection]


def _shut(number: int) -> None:
    with contextlib.suppress(OSError):
        # A second number of the same socket, closed at once.
        duplicate = socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM)
        with duplicate:
            duplicate.shutdown(socket.SHUT_RDWR)
