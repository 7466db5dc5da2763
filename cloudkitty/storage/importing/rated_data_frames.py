# SPDX-License-Identifier: Apache-2.0
"""The import of upstream's table ``rated_data_frames``."""

import sqlalchemy as sa
from oslo_config import cfg

from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import rated_data_frames
from cloudkitty.db import rated_imports
from cloudkitty.storage import base
from cloudkitty.storage.importing import importer
from cloudkitty.storage.v1 import sqlalchemy as v1
from cloudkitty.storage.v2 import sqlalchemy as v2

#: Name of the source in the table of the progress.
SOURCE = "rated_data_frames"
_TABLE = rated_data_frames.TABLE


def make(
    conf: cfg.ConfigOpts,
    database: facade.Database,
    progress: importer.Progress,
    *,
    overwrite: bool,
) -> tuple[importer.Importer, base.Storage]:
    """Return the import, and its target to close.

    The target is the SQL storage of version 2, whatever is configured.
    """
    target = v2.SQLAlchemyStorage(conf, database)

    def make_scope(identifier: str) -> scopes.Scope:
        return scopes.Scope(
            identifier=identifier,
            scope_key=conf.collect.scope_key,
            fetcher=conf.fetcher.backend,
            collector=conf.collect.collector,
        )

    return (
        importer.Importer(
            SOURCE,
            v1.SQLAlchemyStorage(conf, database),
            target,
            database,
            make_scope,
            progress,
            overwrite=overwrite,
        ),
        target,
    )


def newest(database: facade.Database) -> int | None:
    """Return the highest id of the table; None without table or row.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table(_TABLE.name):
            return None
        return connection.scalar(sa.select(sa.func.max(_TABLE.c.id)))


def finish(database: facade.Database, newest_id: int) -> None:
    """Record that all rows up to ``newest_id`` are imported."""
    scope_id, month = rated_imports.WHOLE
    database.write(
        lambda session: rated_imports.write(
            session,
            rated_imports.RatedImport(
                source=SOURCE,
                scope_id=scope_id,
                month=month,
                position=month,
                digest=str(newest_id),
                finished=True,
            ),
        )
    )


def lacking(database: facade.Database) -> bool:
    """Return whether the table has rows that no import has copied.

    Two short statements, whatever the number of rows.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    newest_id = newest(database)
    if newest_id is None:
        return False
    with database.engine.connect() as connection:
        name = rated_imports.RatedImport.__tablename__
        if not sa.inspect(connection).has_table(name):
            return True
    with database.reader() as session:
        row = rated_imports.find(session, SOURCE, *rated_imports.WHOLE)
    return row is None or int(row.digest) < newest_id
