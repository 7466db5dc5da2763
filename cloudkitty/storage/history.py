# SPDX-License-Identifier: Apache-2.0
"""Rated points that the configured storage does not show."""

import sqlalchemy as sa
from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.db import points
from cloudkitty.db import rated_data_frames
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.storage import base

_STATES: sa.FromClause = scope_models.ScopeState.__table__
_POINTS: sa.FromClause = points.RatedPoint.__table__
_FRAMES = rated_data_frames.TABLE
_IMPORT = (
    "the table rated_data_frames has points of CloudKitty 25, and the "
    "configured storage has none: run cloudkitty-dbsync import-rated, or set "
    "[storage] version = 1 and backend = sqlalchemy"
)
_VERSION_2 = (
    "the tables of [storage] version = 2 have points, and the configured "
    "storage has none: set version = 2 and backend = sqlalchemy"
)
_ALLOW = "[storage] allow_empty_history = true starts without these points"


def check(
    conf: cfg.ConfigOpts, database: facade.Database, storage: base.Storage
) -> None:
    """Refuse an empty storage if scopes are rated and points are elsewhere.

    One short request if the storage has a point.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: the text names
        the command and the option.
    :raises cloudkitty.storage.base.StorageError: if it is unavailable.
    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    if not conf.storage.allow_empty_history and storage.empty():
        check_empty(conf, database)


def check_empty(conf: cfg.ConfigOpts, database: facade.Database) -> None:
    """Do the same for a storage that has no point, or no tables yet."""
    cause = hidden(conf, database)
    if cause is not None and _has_rows(database, _STATES):
        raise exceptions.InvalidConfiguration(f"{cause}. {_ALLOW}")


def hidden(conf: cfg.ConfigOpts, database: facade.Database) -> str | None:
    """Return a text if tables have points that the storage does not read.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    chosen = conf.storage.backend, conf.storage.version
    if chosen != ("sqlalchemy", 1) and _has_rows(
        database, _FRAMES, _FRAMES.c.res_type != rated_data_frames.NO_DATA
    ):
        return _IMPORT
    if chosen != ("sqlalchemy", 2) and _has_rows(database, _POINTS):
        return _VERSION_2
    return None


def _has_rows(
    database: facade.Database,
    table: sa.FromClause,
    *where: sa.ColumnElement[bool],
) -> bool:
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table(str(table)):
            return False
        statement = sa.select(sa.literal(1)).select_from(table).where(*where)
        return connection.scalar(statement.limit(1)) is not None
