# SPDX-License-Identifier: Apache-2.0
"""Which storages an import has copied as a whole."""

import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.db import rated_data_frames
from cloudkitty.db import rated_imports

#: Name of the source in the table of the progress.
SOURCE = rated_data_frames.TABLE.name
_TABLE = rated_data_frames.TABLE


def newest(database: facade.Database) -> int | None:
    """Return the highest id of the table; None without table or row.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table(_TABLE.name):
            return None
        return connection.scalar(sa.select(sa.func.max(_TABLE.c.id)))


def finish(
    database: facade.Database, source: str, newest_id: int | None
) -> None:
    """Record that all points of a source are imported.

    :param newest_id: of the rows that were read; None for a storage without
        ids.
    """
    scope_id, month = rated_imports.WHOLE
    database.write(
        lambda session: rated_imports.write(
            session,
            rated_imports.RatedImport(
                source=source,
                scope_id=scope_id,
                month=month,
                position=month,
                digest="" if newest_id is None else str(newest_id),
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
    row = _find(database, SOURCE)
    return row is None or int(row.digest) < newest_id


def finished(database: facade.Database, source: str) -> bool:
    """Return whether an import has copied a source.

    Points that came later are not noticed.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    return _find(database, source) is not None


def _find(
    database: facade.Database, source: str
) -> rated_imports.RatedImport | None:
    """Return the row that ends an import; None without it or the table."""
    name = rated_imports.RatedImport.__tablename__
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table(name):
            return None
    with database.reader() as session:
        return rated_imports.find(session, source, *rated_imports.WHOLE)
