# SPDX-License-Identifier: Apache-2.0
"""Create engines: options, the set-up of connections, translated errors."""

import contextlib
import functools
import json
import typing

import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import engines
from oslo_db.sqlalchemy import exc_filters

from cloudkitty.db import pool_reset
from cloudkitty.db import timeouts
from cloudkitty.db import watchdog
from cloudkitty.db.sql import exact_sum
from cloudkitty.db.sql import mysql_datetime

#: Maximum length of the statement in the text of an error.
_STATEMENT_SHOWN = 80
BEGIN = "cloudkitty_sqlite_begin"
#: Execution options of a connection whose transactions write.
BEGIN_IMMEDIATE = {BEGIN: "IMMEDIATE"}


def with_driver(connection: str) -> sa.URL:
    """Return the URL with the driver that the extra ``postgresql`` installs.

    The default for ``postgresql://`` is psycopg2 in SQLAlchemy 2.0 and
    psycopg in 2.1.
    """
    url = sa.make_url(connection)
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+psycopg2")
    return url


def make(
    conf: cfg.ConfigOpts,
    url: sa.URL,
    *,
    reads_limited: bool,
    max_retries: int,
) -> sa.Engine:
    options = conf.database
    url = _with_parameters(url, options.connection_parameters)
    limits = timeouts.limit(url, conf, reads=reads_limited)
    url = limits.url
    if url.get_backend_name() in ("mysql", "mariadb"):
        # Also if the URL has another one, as many have for CloudKitty 25: with
        # ``utf8``, the server takes only a part of Unicode.
        url = url.update_query_dict({"charset": "utf8mb4"})
        url = pool_reset.install(url)
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
        # MariaDB does not find keys written as escaped surrogates.
        json_serializer=functools.partial(json.dumps, ensure_ascii=False),
        # Needed only for green threads, which this service does not use; every
        # transaction would wait for another thread to release the interpreter.
        thread_checkin=False,
        **pool,
    )
    _set_up_connections(engine, limits)
    bound = timeouts.idle_transaction(engine.dialect, conf)
    if bound is not None and reads_limited:
        _on_connect(engine, bound)
    # Inserted as the first hook: oslo.db logs errors that it does not know.
    sa.event.listen(engine, "handle_error", _hide_values, insert=True)
    # The connection that oslo.db tested the server with has no hooks.
    engine.dispose()
    return engine


def _with_parameters(url: sa.URL, parameters: str) -> sa.URL:
    """Add the parameters that the URL lacks.

    oslo.db would append all of them, but drivers take none twice.

    :param parameters: as in the query of a URL.
    """
    own = url.query
    return url.update_query_string(parameters).update_query_dict(own)


def _set_up_connections(engine: sa.Engine, limits: timeouts.Limits) -> None:
    """Install the hooks that set up each new connection."""
    if engine.dialect.name == "sqlite":
        busy = timeouts.sqlite_busy_seconds(limits.url)
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
        # Lists of a megabyte, as MariaDB has by default, MySQL 1 KiB.
        _on_connect(
            engine,
            "SET time_zone = '+00:00', group_concat_max_len = 1048576",
        )
        sa.event.listen(engine, "connect", mysql_datetime.read_quickly)


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
    exact_sum.register(connection)


def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(BEGIN) != "IMMEDIATE":
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
