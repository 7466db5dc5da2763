# SPDX-License-Identifier: Apache-2.0
"""Whether all rows of ``rated_data_frames`` are imported."""

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
