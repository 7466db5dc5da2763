# SPDX-License-Identifier: Apache-2.0
"""The database servers of the tests and the account on them."""

import os
import socket

import sqlalchemy as sa

#: Name and password of the account, and the database that it logs in to.
ACCOUNT = "openstack_citest"
_AT = f"{ACCOUNT}:{ACCOUNT}@127.0.0.1/{ACCOUNT}"
URLS = {
    "mariadb": os.environ.get(
        "CLOUDKITTY_TEST_MARIADB_URL", f"mysql+pymysql://{_AT}"
    ),
    "postgresql": os.environ.get(
        "CLOUDKITTY_TEST_POSTGRESQL_URL", f"postgresql+psycopg2://{_AT}"
    ),
}
_PORTS = {"mysql": 3306, "postgresql": 5432}


class Admin:
    """A connection on which databases can be made and dropped.

    :param backend: one of ``URLS``.
    """

    def __init__(self, backend: str) -> None:
        self._engine = sa.create_engine(
            URLS[backend],
            isolation_level="AUTOCOMMIT",
            poolclass=sa.NullPool,
        )

    def __enter__(self):
        self._connection = self._engine.connect()
        return self._connection

    def __exit__(self, *failure):
        self._connection.close()


def port(url: str | sa.URL) -> int:
    """Return the port of the server, also if the URL leaves it out."""
    url = sa.make_url(url)
    return url.port or _PORTS[url.get_backend_name()]


def missing(backend: str) -> str | None:
    """Return what a test lacks to use a server, None if nothing.

    :param backend: one of ``URLS``, or ``sqlite``.
    """
    if backend == "sqlite":
        return None
    try:
        with Admin(backend):
            return None
    except sa.exc.SQLAlchemyError:
        return _cause(backend, sa.make_url(URLS[backend]))


def _cause(backend: str, url: sa.URL) -> str:
    address = url.host or "127.0.0.1", port(url)
    place = f"{address[0]}:{address[1]}"
    try:
        socket.create_connection(address, 5).close()
    except OSError:
        return (
            f"no {backend} listens on {place}: start it, then run "
            "tools/test-setup.sh, which creates the tests' account"
        )
    return (
        f"{backend} listens on {place}, but the account or the database "
        f"{url.username} is missing: tools/test-setup.sh creates them"
    )
