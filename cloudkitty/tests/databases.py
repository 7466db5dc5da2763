# SPDX-License-Identifier: Apache-2.0
"""Real databases for tests: an own, migrated schema for each test."""

import atexit
import collections
import os
import pathlib
import re
import shutil
import socket
import sys
import tempfile
import uuid
import zlib

import fixtures
import sqlalchemy as sa
import tenacity

from cloudkitty import conf as ck_conf
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.tests import base
from cloudkitty.tests import database_servers

#: How the names of test classes spell each backend.
_SPELLINGS = {
    "sqlite": "SQLite",
    "mariadb": "MariaDB",
    "postgresql": "PostgreSQL",
}
BACKENDS = tuple(_SPELLINGS)
#: The backends that are servers.
SERVERS = ("mariadb", "postgresql")


def on_each(backends=BACKENDS, name: str = "Test", case=base.TestCase):
    """Decorate a class of tests that runs on several databases.

    For each backend, a test class is added to the module of the decorated
    class: ``TestOnSQLite``, ``TestOnMariaDB`` and ``TestOnPostgreSQL``. Each
    derives from the decorated class and ``case``, and its attribute
    ``backend`` is set. The decorated class itself is no ``TestCase``.

    :param backends: those to run on, of ``BACKENDS``.
    :param name: the part of the names before ``On``, for a module with
        several such classes.
    :param case: a ``TestCase``.
    :raises TypeError: for a decorated class that is a ``TestCase``, which
        would also run without a backend.
    :raises ValueError: for a name that the module has already.
    """

    def add_classes(cases):
        if issubclass(cases, base.TestCase):
            raise TypeError(f"{cases.__name__} is a TestCase")
        module = sys.modules[cases.__module__]
        for backend in backends:
            full = f"{name}On{_SPELLINGS[backend]}"
            if hasattr(module, full):
                raise ValueError(f"{module.__name__}.{full} exists")
            body = {"__module__": cases.__module__, "backend": backend}
            setattr(module, full, type(full, (cases, case), body))
        return cases

    return add_classes


class DatabaseFixture(fixtures.Fixture):
    """An empty schema at head on a real server, or in a file.

    Schemas are made once in a process and emptied between tests.

    :param backend: one of ``BACKENDS``.
    :param migrated: False for a schema without any table.
    :ivar url: its SQLAlchemy URL.
    """

    def __init__(self, backend: str, migrated: bool = True) -> None:
        super().__init__()
        self.backend = backend
        self.migrated = migrated

    def _setUp(self):
        if not self.migrated:
            self.url = _new_schema(self.backend)
            self.addCleanup(_drop, self.backend, self.url)
        elif self.backend == "sqlite":
            self.url = _copy_of_template()
            self.addCleanup(_drop, self.backend, self.url)
        else:
            self.url = _take(self.backend)
            self.addCleanup(_give_back, self.backend, self.url)


def need(test, backend: str) -> None:
    """Skip a test if its server or the tests' account is missing.

    :param test: a ``base.TestCase``.
    :param backend: one of ``BACKENDS``.
    """
    cause = database_servers.missing(backend)
    test.need(backend, cause is None, cause)


def make_url(test, backend: str = "sqlite", migrated: bool = True) -> str:
    """Return the URL of a schema that ``test`` has for itself."""
    need(test, backend)
    return test.useFixture(DatabaseFixture(backend, migrated)).url


def make_database(test, backend: str = "sqlite", conf=None):
    """Return a ``facade.Database`` on a schema that ``test`` has for itself.

    :param conf: options whose ``[database] connection`` is set to it; None
        for fresh ones.
    """
    url = make_url(test, backend)
    if conf is None:
        conf = ck_conf.make(argv=[], default_config_files=[])
    conf.set_override("connection", url, group="database")
    database = facade.Database(conf)
    test.addCleanup(database.dispose)
    return database


_free: dict[str, list[str]] = collections.defaultdict(list)
_made: dict[str, set[str]] = collections.defaultdict(set)
# The host is part of the name: process ids of another host have no meaning.
_PREFIX = f"ck_{zlib.crc32(socket.gethostname().encode()):08x}_"
_LEFT = re.compile(rf"{_PREFIX}(\d+)_[0-9a-f]{{8}}")
# Made at import: during a test, oslotest's temporary folder is the test's own.
_FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="ck-tests-"))
_owner = os.getpid()


def _take(backend: str) -> str:
    if not _free[backend]:
        url = _new_schema(backend)
        _migrate(url)
        return url
    return _free[backend].pop()


def _give_back(backend: str, url: str) -> None:
    engine = sa.create_engine(url)
    try:
        metadata = sa.MetaData()
        metadata.reflect(engine)
        with engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                if table.name != migration.VERSION_TABLE:
                    connection.execute(table.delete())
    finally:
        engine.dispose()
    _free[backend].append(url)


def _migrate(url: str) -> None:
    conf = ck_conf.make(argv=[], default_config_files=[])
    database = facade.Database(conf, url)
    try:
        migration.upgrade(database)
    finally:
        database.dispose()


def _new_schema(backend: str) -> str:
    name = f"{_PREFIX}{os.getpid()}_{uuid.uuid4().hex[:8]}"
    if backend == "sqlite":
        return f"sqlite:///{_FOLDER / name}.sqlite"
    with database_servers.Admin(backend) as connection:
        if not _made[backend]:
            _sweep(backend, connection)
        suffix = " CHARACTER SET utf8mb4" if backend == "mariadb" else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name}{suffix}")
    _made[backend].add(name)
    url = sa.make_url(database_servers.URLS[backend]).set(database=name)
    return url.render_as_string(hide_password=False)


def _sweep(backend: str, connection: sa.Connection) -> None:
    """Drop the databases of killed processes of this host."""
    statement = {
        "mariadb": "SHOW DATABASES",
        "postgresql": "SELECT datname FROM pg_database",
    }[backend]
    for name in connection.scalars(sa.text(statement)).all():
        found = _LEFT.fullmatch(name)
        if found and not _alive(int(found[1])):
            _drop_database(backend, connection, name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _drop(backend: str, url: str) -> None:
    name = sa.make_url(url).database
    if backend == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            pathlib.Path(name + suffix).unlink(missing_ok=True)
        return
    with database_servers.Admin(backend) as connection:
        _drop_database(backend, connection, name)
    _made[backend].discard(name)


def _is_vacuumed(error: BaseException) -> bool:
    """Return whether PostgreSQL's own autovacuum is in the database.

    WITH (FORCE) ends all sessions, and only a superuser may end that one.
    """
    original = getattr(error, "orig", None)
    return getattr(original, "pgcode", None) == "42501"


@tenacity.retry(
    retry=tenacity.retry_if_exception(_is_vacuumed),
    wait=tenacity.wait_fixed(0.5),
    stop=tenacity.stop_after_delay(30),
    reraise=True,
)
def _drop_database(backend: str, connection: sa.Connection, name: str) -> None:
    force = " WITH (FORCE)" if backend == "postgresql" else ""
    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}{force}")


def _copy_of_template() -> str:
    template = _FOLDER / "template.sqlite"
    if not template.exists():
        _migrate(f"sqlite:///{template}")
    copy = _FOLDER / f"{uuid.uuid4().hex}.sqlite"
    shutil.copy(template, copy)
    return f"sqlite:///{copy}"


@atexit.register
def _drop_all() -> None:
    # A child that was forked by a test does not own the parent's schemas.
    if os.getpid() != _owner:
        return
    for backend, names in _made.items():
        with database_servers.Admin(backend) as connection:
            for name in names:
                _drop_database(backend, connection, name)
    shutil.rmtree(_FOLDER, ignore_errors=True)
