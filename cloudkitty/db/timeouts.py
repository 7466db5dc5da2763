# SPDX-License-Identifier: Apache-2.0
"""Time limits for answers of databases: the drivers' own parameters.

Without them a driver waits for a peer whose packets are dropped as long as
TCP does, which is a quarter of an hour.
"""

import dataclasses

import sqlalchemy as sa
from oslo_config import cfg

#: Drivers of MySQL and MariaDB that know all three by these names.
_MYSQL_DRIVERS = ("pymysql", "mysqldb", "mariadbconnector")
#: Keepalive parameters by which libpq detects a lost server. The kernel of a
#: working server answers them, so that long statements are not interrupted.
_KEEPALIVES = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
#: Seconds that SQLite waits for another writer by default.
SQLITE_BUSY_SECONDS = 5.0


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """URL and time limit of an engine.

    :param url: with the parameters of its driver.
    :param silence_seconds: time limit of an answer, where the driver has no
        parameter for it; None: unlimited.
    """

    url: sa.URL
    silence_seconds: float | None


def limit(url: sa.URL, conf: cfg.ConfigOpts, *, reads: bool) -> Limits:
    """Return the URL with defaults for missing parameters.

    :param conf: ``[database]`` has the defaults.
    :param reads: False removes the limit on the wait for an answer, even from
        the URL: a migration may take hours, and must not be interrupted.
    """
    backend = url.get_backend_name()
    if backend in ("mysql", "mariadb"):
        return Limits(_mysql(url, conf, reads), None)
    if backend == "postgresql":
        return _postgresql(url, conf, reads)
    return Limits(url, None)


def shorten(connection: str, seconds: int) -> str:
    """Return the URL with ``seconds`` as the limit of each wait.

    They replace those of the URL and of the options.

    :param connection: SQLAlchemy URL.
    """
    url = sa.make_url(connection)
    match url.get_backend_name():
        case "mysql" | "mariadb" if url.get_driver_name() in _MYSQL_DRIVERS:
            names = ["connect_timeout", "read_timeout", "write_timeout"]
        case "mysql" | "mariadb":
            names = ["connection_timeout"]
        case "postgresql":
            names = ["connect_timeout", "read_timeout", "write_timeout"]
            url = url.difference_update_query(["tcp_user_timeout"])
        case _:
            names = ["timeout"]
    url = url.update_query_dict(dict.fromkeys(names, str(seconds)))
    return url.render_as_string(hide_password=False)


def idle_transaction(
    dialect: sa.engine.Dialect, conf: cfg.ConfigOpts
) -> str | None:
    """Return the statement that bounds idle transactions of a session.

    If a host becomes unreachable in a transaction, the server keeps its row
    locks, and writers on other hosts wait for them. MySQL has only
    ``wait_timeout`` as a limit.
    """
    seconds = conf.database.write_timeout
    if dialect.name == "postgresql":
        return f"SET idle_in_transaction_session_timeout = '{seconds}s'"
    if getattr(dialect, "is_mariadb", False):
        return f"SET SESSION idle_write_transaction_timeout = {seconds}"
    return None


def sqlite_busy_seconds(url: sa.URL) -> float:
    """Return the seconds to wait for the lock of a SQLite file."""
    return float(_one(url, "timeout") or SQLITE_BUSY_SECONDS)


def _mysql(url: sa.URL, conf: cfg.ConfigOpts, reads: bool) -> sa.URL:
    options = conf.database
    if url.get_driver_name() not in _MYSQL_DRIVERS:
        # mysql-connector and the like.
        return _default(
            url, {"connection_timeout": str(options.connect_timeout)}
        )
    defaults = {
        "connect_timeout": str(options.connect_timeout),
        "write_timeout": str(options.write_timeout),
        "read_timeout": str(options.read_timeout),
    }
    if reads:
        return _default(url, defaults)
    del defaults["read_timeout"]
    return _default(url.difference_update_query(["read_timeout"]), defaults)


def _postgresql(url: sa.URL, conf: cfg.ConfigOpts, reads: bool) -> Limits:
    options = conf.database
    seconds = float(_one(url, "read_timeout") or options.read_timeout)
    write = float(_one(url, "write_timeout") or options.write_timeout)
    # libpq refuses names that it does not know.
    url = url.difference_update_query(["read_timeout", "write_timeout"])
    defaults = {
        "connect_timeout": str(options.connect_timeout),
        "tcp_user_timeout": str(int(write * 1000)),
        **_KEEPALIVES,
    }
    return Limits(_default(url, defaults), seconds if reads else None)


def _default(url: sa.URL, defaults: dict[str, str]) -> sa.URL:
    """Add the parameters that the URL lacks."""
    lacking = {
        name: value
        for name, value in defaults.items()
        if name not in url.query
    }
    return url.update_query_dict(lacking)


def _one(url: sa.URL, name: str) -> str | None:
    """Return a parameter, the last one of several."""
    value = url.query.get(name)
    return value if value is None or isinstance(value, str) else value[-1]
