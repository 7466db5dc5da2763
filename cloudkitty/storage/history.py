# SPDX-License-Identifier: Apache-2.0
"""Refuse a start that would hide rated points."""

import logging

import sqlalchemy as sa
from oslo_config import cfg

from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.db import facade
from cloudkitty.db.scopes import columns as scope_columns
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.storage import base
from cloudkitty.storage import elsewhere

LOG = logging.getLogger(__name__)

_STATES: sa.FromClause = scope_models.ScopeState.__table__
_ALLOW = "[storage] allow_empty_history = true starts without these points"


def check(
    conf: cfg.ConfigOpts, database: facade.Database, storage: base.Storage
) -> None:
    """Refuse an empty storage if scopes are rated and points are elsewhere.

    Points are elsewhere if a table or a named server has some, or if
    CloudKitty 25 has rated a scope last. One short request if the storage has
    a point.

    :raises cloudkitty.common.exceptions.InvalidConfiguration: the text names
        the command and the option.
    :raises cloudkitty.storage.base.StorageError: if it is unavailable.
    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    if not conf.storage.allow_empty_history and storage.empty():
        check_empty(conf, database)


def check_before_init(
    conf: cfg.ConfigOpts, database: facade.Database, storage: base.Storage
) -> None:
    """Do the same for a storage that need not be prepared yet."""
    try:
        check(conf, database, storage)
    except base.StorageError:
        # One that is unavailable fails again.
        storage.check_init()
        check_empty(conf, database)


def check_empty(conf: cfg.ConfigOpts, database: facade.Database) -> None:
    """Do the same for a storage that has no point."""
    if conf.storage.allow_empty_history or not elsewhere.has_rows(
        database.engine, _STATES
    ):
        return
    found = elsewhere.find(conf, database)
    texts = found.points
    if not texts and rated_by_upstream(database):
        texts = [_lost(conf), *found.unknown]
    if texts:
        raise exceptions.InvalidConfiguration(f"{'; '.join(texts)}. {_ALLOW}")
    for text in found.unknown:
        LOG.warning(
            *log_fields.event(
                "the storage is empty, and another place cannot be asked for "
                "points",
                error=text,
            )
        )


def rated_by_upstream(database: facade.Database) -> bool:
    """Return whether upstream has rated the last period of a scope.

    A scope of this release may have no point: its periods had no usage.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    with database.engine.connect() as connection:
        inspector = sa.inspect(connection)
        if not inspector.has_table(str(_STATES)):
            return False
        names = {each["name"] for each in inspector.get_columns(str(_STATES))}
    where = [scope_columns.set_by_upstream()]
    if not {"period_seconds", "period_timestamp"} <= names:
        # Before cloudkitty-dbsync upgrade.
        where = []
    return elsewhere.has_rows(database.engine, _STATES, *where)


def _lost(conf: cfg.ConfigOpts) -> str:
    given = conf.storage
    return (
        "CloudKitty 25 has rated scopes, and the configured storage "
        f"([storage] version = {given.version}, backend = {given.backend}) "
        "has no point: set [storage] version and backend, and the options of "
        "the backend, as CloudKitty 25 had them (version = 2 and backend = "
        "influxdb where they were not set)"
    )
