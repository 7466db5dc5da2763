# SPDX-License-Identifier: Apache-2.0
"""Places that may have rated points beside the configured storage."""

import collections.abc
import contextlib
import dataclasses
import typing

import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception

from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.db import points
from cloudkitty.db import rated_data_frames
from cloudkitty.storage import base
from cloudkitty.storage import loader
from cloudkitty.storage.importing import completion

_POINTS: sa.FromClause = points.RatedPoint.__table__
_FRAMES = rated_data_frames.TABLE
_SQL = "sqlalchemy"
_IMPORT = (
    "the table rated_data_frames has points of CloudKitty 25, which the "
    "configured storage does not show: run cloudkitty-dbsync import-rated, or "
    "set [storage] version = 1 and backend = sqlalchemy"
)
_TABLES = (
    "the tables of [storage] version = 2, backend = sqlalchemy have points, "
    "which the configured storage does not show: "
)
#: Drivers of servers, with their option groups and the product's name.
_SERVERS = (
    ("influxdb", "storage_influxdb", "InfluxDB"),
    ("opensearch", "storage_opensearch", "OpenSearch"),
    ("elasticsearch", "storage_elasticsearch", "Elasticsearch"),
)
#: Options that say where a server is, or which part of it is used.
_PLACES = ("host", "database", "index_name", "username")


@dataclasses.dataclass(slots=True)
class Found:
    """Points outside of the configured storage.

    :param points: a text for each place with points, for the operator.
    :param unknown: a text for each place that could not be asked.
    """

    points: list[str] = dataclasses.field(default_factory=list)
    unknown: list[str] = dataclasses.field(default_factory=list)


def find(conf: cfg.ConfigOpts, database: facade.Database) -> Found:
    """Look for points in tables, and in servers that the options name.

    :raises oslo_db.exception.DBError: if the service's database is
        unavailable.
    """
    found = Found()
    found.points += _in_tables(conf, database)
    for text, has_points in _others(conf, database):
        try:
            if has_points():
                found.points.append(text)
        except (base.StorageError, exceptions.InvalidConfiguration) as error:
            found.unknown.append(str(error))
    return found


def has_rows(
    engine: sa.Engine, table: sa.FromClause, *where: sa.ColumnElement[bool]
) -> bool:
    """Return whether a table exists and has such a row."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(str(table)):
            return False
        statement = sa.select(sa.literal(1)).select_from(table).where(*where)
        return connection.scalar(statement.limit(1)) is not None


def frames_lack_import(database: facade.Database) -> bool:
    """Return whether ``rated_data_frames`` has points that are not copied."""
    points_only = _FRAMES.c.res_type != rated_data_frames.NO_DATA
    return has_rows(
        database.engine, _FRAMES, points_only
    ) and completion.lacking(database)


def _in_tables(
    conf: cfg.ConfigOpts, database: facade.Database
) -> collections.abc.Iterator[str]:
    """Yield a text for each table of the service's database with points."""
    chosen = conf.storage.version, conf.storage.backend
    if chosen != (1, _SQL) and frames_lack_import(database):
        yield _IMPORT
    separate = _separate(conf)
    if (chosen != (2, _SQL) or separate) and has_rows(
        database.engine, _POINTS
    ):
        remedy = "set version = 2 and backend = sqlalchemy"
        if separate:
            remedy += ", without [storage_sqlalchemy] connection"
        yield _TABLES + remedy


def _separate(conf: cfg.ConfigOpts) -> bool:
    connection = conf.storage_sqlalchemy.connection
    return bool(connection) and connection != conf.database.connection


def _others(
    conf: cfg.ConfigOpts, database: facade.Database
) -> collections.abc.Iterator[tuple[str, collections.abc.Callable[[], bool]]]:
    """Yield a text and a question for each place apart from the database."""
    chosen = conf.storage.version, conf.storage.backend
    if chosen != (2, _SQL) and _separate(conf):
        yield (
            f"{_TABLES}set version = 2 and backend = sqlalchemy, with "
            "[storage_sqlalchemy] connection",
            lambda: _points_database_has_rows(conf, database),
        )
    for backend, group, product in _SERVERS:
        if (
            chosen == (2, backend)
            or not _is_named(conf, group)
            or (chosen == (2, _SQL) and completion.finished(database, backend))
        ):
            continue
        yield (
            f"{product} of [{group}] has rated points, which the configured "
            "storage does not show: set [storage] version = 2 and backend = "
            f"{backend} to keep them readable, or run cloudkitty-dbsync "
            f"import-rated --from {backend} to copy them to the tables of "
            "backend = sqlalchemy",
            _question(conf, database, backend, group),
        )


def _question(
    conf: cfg.ConfigOpts, database: facade.Database, backend: str, group: str
) -> collections.abc.Callable[[], bool]:
    def ask() -> bool:
        try:
            with _opened(conf, database, backend) as storage:
                return not storage.empty() or bool(storage.not_shown())
        except (base.StorageError, exceptions.InvalidConfiguration) as error:
            raise base.StorageError(
                f"{error}; if the points of [{group}] are not needed, remove "
                "the section"
            ) from error

    return ask


def _points_database_has_rows(
    conf: cfg.ConfigOpts, database: facade.Database
) -> bool:
    try:
        with _opened(conf, database, _SQL) as storage:
            separate = typing.cast(typing.Any, storage).points_database
            return has_rows(separate.engine, _POINTS)
    except (db_exception.DBError, sa.exc.SQLAlchemyError) as error:
        raise base.StorageError(
            "the database of [storage_sqlalchemy] connection failed: "
            f"{type(error).__name__}"
        ) from error


@contextlib.contextmanager
def _opened(
    conf: cfg.ConfigOpts, database: facade.Database, backend: str
) -> collections.abc.Iterator[base.Storage]:
    with contextlib.closing(
        loader.load_backend(conf, database, 2, backend)
    ) as storage:
        yield storage


def _is_named(conf: cfg.ConfigOpts, group: str) -> bool:
    """Return whether the operator has named the server or a part of it."""
    for option in _PLACES:
        if option not in conf[group]:
            continue
        location = conf.get_location(option, group)
        if location is not None and (
            location.location.is_user_controlled
            or location.location is cfg.Locations.set_override
        ):
            return True
    return False
