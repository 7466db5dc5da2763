# SPDX-License-Identifier: Apache-2.0
"""Database access: engine, transactions, retries."""

import collections.abc
import contextlib
import functools
import threading
import typing

import sqlalchemy as sa
import tenacity
from oslo_config import cfg
from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.db import engine as ck_engine
from cloudkitty.db import outage

T = typing.TypeVar("T")

_LONGEST_PAUSE_SECONDS = 8.0
#: Errors of MariaDB and MySQL after which a retry may succeed, also at COMMIT:
#: deadlock, lock wait, a row changed since it was read; a node that is not
#: ready or leaves the cluster's primary component; no or a lost connection.
MYSQL_RETRIABLE = frozenset(
    {1205, 1213, 1020, 1047, 1180, 2002, 2003, 2006, 2013}
)
#: The same for PostgreSQL: serialization failure, deadlock, lock not
#: available; a server that shuts down, has crashed or starts.
POSTGRESQL_RETRIABLE = frozenset(
    {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}
)


class Database:
    """The service's database, or the storage's separate database.

    It may be used by several threads and also after a fork: oslo.db opens
    new connections in the child process.

    :param conf: the service's options; ``[database]`` configures the engine.
    :param connection: SQLAlchemy URL; None selects ``[database]
        connection``.
    :param long_statements: wait for answers without a timeout, as
        migrations must.
    :param wait_at_first: if the server is down at the first use, wait as
        configured by oslo.db's ``max_retries``; False fails immediately.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        connection: str | None = None,
        *,
        long_statements: bool = False,
        wait_at_first: bool = True,
    ) -> None:
        self._conf = conf
        self.long_statements = long_statements
        self.wait_at_first = wait_at_first
        self._url = ck_engine.with_driver(
            connection or conf.database.connection
        )
        self._outage = outage.Outage("storage" if connection else "service")
        self._lock = threading.Lock()
        self._engine: sa.Engine | None = None
        self._beginning: dict[str, sa.Engine] = {}
        self._reading = threading.local()

    @property
    def dialect(self) -> str:
        """``sqlite``, ``mysql`` (also for MariaDB) or ``postgresql``."""
        name = self._url.get_backend_name()
        return "mysql" if name == "mariadb" else name

    @property
    def engine(self) -> sa.Engine:
        """The engine, for migrations and for event hooks."""
        with self._lock:
            return self._made_engine()

    @contextlib.contextmanager
    def reader(self) -> collections.abc.Iterator[orm.Session]:
        """Yield a session in one reading transaction.

        Nested calls in the same thread share the outer transaction.
        """
        outer: orm.Session | None = getattr(self._reading, "session", None)
        if outer is not None:
            yield outer
            return
        engine = self._engine_that_begins("DEFERRED")
        with self._outage.watch(), engine.connect() as connection:
            # Begun by the connection, not by the session: the pool would
            # repeat a session's rollback.
            connection.begin()
            with orm.Session(connection, expire_on_commit=False) as session:
                self._reading.session = session
                try:
                    yield session
                finally:
                    self._reading.session = None

    @contextlib.contextmanager
    def writer(self) -> collections.abc.Iterator[orm.Session]:
        """Yield a session in one writing transaction, committed at the end.

        On SQLite it begins IMMEDIATE, so that it waits for a lock only at the
        beginning and not after some of its statements.
        """
        engine = self._engine_that_begins("IMMEDIATE")
        with (
            self._outage.watch(),
            orm.Session(engine, expire_on_commit=False) as session,
        ):
            # Begin now: a session begins only with its first statement.
            session.connection()
            yield session
            session.commit()

    def write(self, work: collections.abc.Callable[[orm.Session], T]) -> T:
        """Run ``work(session)`` in one writing transaction, with retries.

        The whole transaction is retried with increasing delays after a
        deadlock, a lost connection and SQLite's "database is locked", so
        ``work`` must change only the session. No attempt begins later than
        ``[database] retry_seconds`` after the first: callers hold locks.

        :raises oslo_db.exception.DBError: if the last attempt failed too.
        """
        seconds = self._conf.database.retry_seconds
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception(retriable),
            stop=functools.partial(_too_late, seconds),
            wait=tenacity.wait_random_exponential(
                multiplier=0.05, max=_LONGEST_PAUSE_SECONDS
            ),
            reraise=True,
        ):
            with attempt, self.writer() as session:
                result = work(session)
        return result

    def connect(self, count: int) -> None:
        """Open connections in advance, so that later users need not wait.

        :param count: number of threads that use the database concurrently.
        :raises oslo_db.exception.DBError: if the server is unreachable.
        """
        engine = self._engine_that_begins("DEFERRED")
        with self._outage.watch(), contextlib.ExitStack() as opened:
            for _ in range(count):
                opened.enter_context(engine.connect())

    def dispose(self) -> None:
        """Close all connections, before a fork or at the end."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None
                self._beginning = {}

    def _engine_that_begins(self, begin: str) -> sa.Engine:
        with self._lock:
            if begin not in self._beginning:
                self._beginning[begin] = self._made_engine().execution_options(
                    **{ck_engine.BEGIN: begin}
                )
            return self._beginning[begin]

    def _made_engine(self) -> sa.Engine:
        if self._engine is None:
            self._engine = ck_engine.make(
                self._conf,
                self._url,
                reads_limited=not self.long_statements,
                max_retries=(
                    self._conf.database.max_retries
                    if self.wait_at_first
                    else 0
                ),
            )
        return self._engine


def _too_late(seconds: float, state: tenacity.RetryCallState) -> bool:
    """Return whether the time limit for retries has passed."""
    # The delays are counted too: they take no real time in the simulation.
    return max(state.seconds_since_start or 0.0, state.idle_for) >= seconds


def retriable(error: BaseException) -> bool:
    """Return whether a retry of the transaction may succeed."""
    if isinstance(
        error,
        db_exception.DBDeadlock
        | db_exception.DBConnectionError
        | db_exception.DBConsistencyError,
    ):
        return True
    inner = getattr(error, "inner_exception", error)
    original = getattr(inner, "orig", None)
    # The attribute's name depends on the driver.
    state = getattr(original, "pgcode", getattr(original, "sqlstate", None))
    if state is not None:
        return state in POSTGRESQL_RETRIABLE
    arguments = getattr(original, "args", None) or (None,)
    return arguments[0] in MYSQL_RETRIABLE
