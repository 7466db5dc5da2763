# SPDX-License-Identifier: Apache-2.0
"""Database access: engine, transactions, retries."""

import collections.abc
import contextlib
import functools
import json
import threading
import typing

import sqlalchemy as sa
import tenacity
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import engines
from oslo_db.sqlalchemy import exc_filters
from sqlalchemy import orm

from cloudkitty.db import timeouts
from cloudkitty.db import watchdog
from cloudkitty.db.sql import mysql_datetime

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
#: Maximum length of the statement in the text of an error.
_STATEMENT_SHOWN = 80
_BEGIN = "cloudkitty_sqlite_begin"
#: Execution options of a connection whose transactions write.
BEGIN_IMMEDIATE = {_BEGIN: "IMMEDIATE"}


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
        self._url = _with_driver(connection or conf.database.connection)
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
        with engine.connect() as connection:
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
        with orm.Session(engine, expire_on_commit=False) as session:
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
        with contextlib.ExitStack() as opened:
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
                    **{_BEGIN: begin}
                )
            return self._beginning[begin]

    def _made_engine(self) -> sa.Engine:
        if self._engine is None:
            self._engine = _make_engine(
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


def _with_driver(connection: str) -> sa.URL:
    """Return the URL with the driver that the extra ``postgresql`` installs.

    The default for ``postgresql://`` is psycopg2 in SQLAlchemy 2.0 and
    psycopg in 2.1.
    """
    url = sa.make_url(connection)
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+psycopg2")
    return url


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


def _make_engine(
    conf: cfg.ConfigOpts,
    url: sa.URL,
    *,
    reads_limited: bool,
    max_retries: int,
) -> sa.Engine:
    options = conf.database
    limits = timeouts.limit(url, conf, reads=reads_limited)
    url = limits.url
    if url.get_backend_name() in ("mysql", "mariadb"):
        # The default of oslo.db cannot store all of Unicode.
        charset = url.query.get("charset", "utf8mb4")
        url = url.update_query_dict({"charset": charset})
    pool: dict[str, typing.Any] = {}
    if url.get_backend_name() != "sqlite":
        pool = {
            "max_pool_size": options.max_pool_size,
            "max_overflow": options.max_overflow,
            "pool_timeout": options.pool_timeout,
        }
    engine = engines.create_engine(
        url.render_as_string(hide_password=False),
        sqlite_fk=True,
        mysql_sql_mode=options.mysql_sql_mode,
        mysql_wsrep_sync_wait=options.mysql_wsrep_sync_wait,
        connection_recycle_time=options.connection_recycle_time,
        connection_debug=options.connection_debug,
        max_retries=max_retries,
        retry_interval=options.retry_interval,
        connection_parameters=options.connection_parameters,
        # MariaDB does not find keys written as escaped surrogates.
        json_serializer=functools.partial(json.dumps, ensure_ascii=False),
        # Needed only for green threads, which this service does not use; every
        # transaction would wait for another thread to release the interpreter.
        thread_checkin=False,
        **pool,
    )
    if engine.dialect.name == "sqlite":
        busy = timeouts.sqlite_busy_seconds(url)
        sa.event.listen(
            engine, "connect", functools.partial(_set_sqlite_up, busy)
        )
        sa.event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        _on_connect(engine, "SET TIME ZONE 'UTC'")
        if limits.silence_seconds is not None:
            watchdog.Watchdog(limits.silence_seconds).watch(engine)
    else:
        # A transaction sees the data committed before each of its
        # statements, as on PostgreSQL: a check after a lock sees the changes
        # that the lock waited for. (By default it would see the state at its
        # first SELECT.)
        _on_connect(
            engine,
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        )
        _on_connect(engine, "SET time_zone = '+00:00'")
        sa.event.listen(engine, "connect", mysql_datetime.read_quickly)
    bound = timeouts.idle_transaction(engine.dialect, conf)
    if bound is not None and reads_limited:
        _on_connect(engine, bound)
    # Inserted as the first hook: oslo.db logs errors that it does not know.
    sa.event.listen(engine, "handle_error", _hide_values, insert=True)
    # The connection that oslo.db tested the server with has no hooks.
    engine.dispose()
    return engine


def _hide_values(context: sa.engine.ExceptionContext) -> None:
    """Keep stored values out of the texts of errors and thus of logs."""
    error = context.sqlalchemy_exception
    if error is not None:
        error.hide_parameters = True
        # The statement itself may contain thousands of rated points.
        error.statement = (error.statement or "")[:_STATEMENT_SHOWN]


def _on_connect(engine: sa.Engine, statement: str) -> None:
    def run(connection: typing.Any, record: object) -> None:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(statement)
        connection.commit()

    sa.event.listen(engine, "connect", run)


def _set_sqlite_up(
    busy_seconds: float, connection: typing.Any, record: object
) -> None:
    # The timeout is set first: the next statement may wait for a lock.
    connection.execute(f"PRAGMA busy_timeout = {busy_seconds * 1000:.0f}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(_BEGIN) != "IMMEDIATE":
        return
    try:
        # oslo.db's own listener has already begun a DEFERRED transaction.
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        # Remove oslo.db's mark of an open transaction: it would remain after
        # the failure, and the next user would get no transaction.
        connection.info.pop("in_transaction", None)
        raise


@exc_filters.filters(
    "sqlite",
    sa.exc.OperationalError,
    r"^.*database( table| schema)? is locked",
)
def _name_lock(
    error: sa.exc.OperationalError, *details: object
) -> typing.NoReturn:
    """Convert SQLite's lock errors, as oslo.db does for other databases."""
    raise db_exception.DBDeadlock(error)


@exc_filters.filters(
    "postgresql",
    sa.exc.OperationalError,
    r"(?s)^.*connection to server.* failed: "
    r"(?!FATAL|.*FATAL)|^.*FATAL: +the database system is ",
)
def _name_no_connection(
    error: sa.exc.OperationalError, *details: object
) -> typing.NoReturn:
    """Convert the error of an unreachable PostgreSQL server.

    oslo.db recognises only the messages of old libpq versions. Errors that
    the server itself returns, such as a wrong password, are not changed,
    except that it is starting or shutting down.
    """
    raise db_exception.DBConnectionError(error)
