# SPDX-License-Identifier: Apache-2.0
"""Whether the tables of the database are those of this release."""

import sqlalchemy as sa

from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import models
from cloudkitty.db import task_models  # noqa: F401 - adds to models.Base

_UPGRADE = "run cloudkitty-dbsync upgrade"


class WrongSchema(exceptions.InvalidConfiguration):
    """The database does not have the tables of this release."""


def check(database: facade.Database) -> None:
    """Refuse a service's database on which this release cannot work.

    :raises WrongSchema: in one sentence with the command that helps.
    :raises oslo_db.exception.DBError: if the database cannot be asked.
    """
    found, needed = migration.version(database), migration.head()
    if found is None:
        raise WrongSchema(
            f"[database] connection: the database has no tables: {_UPGRADE}"
        )
    if found != needed:
        raise WrongSchema(
            f"[database] connection: the database is at revision {found}, "
            f"this release needs {needed}: {_remedy(found)}"
        )
    lacking = missing(database, models.Base.metadata)
    if lacking:
        raise WrongSchema(
            f"[database] connection: the database is at revision {found} but "
            f"lacks {', '.join(lacking)}: restore it from a backup"
        )


def _remedy(found: str) -> str:
    if migration.known(found):
        return _UPGRADE
    return "a newer release has upgraded it; install that release"


def missing(database: facade.Database, metadata: sa.MetaData) -> list[str]:
    """Return the tables and columns that the database lacks, sorted.

    :param metadata: the expected tables.
    :returns: texts such as ``column cloudkitty_rated_points.price``.
    :raises oslo_db.exception.DBError: if the database cannot be asked.
    """
    with database.engine.connect() as connection:
        inspector = sa.inspect(connection)
        tables = set(inspector.get_table_names())
        lacking = []
        for table in metadata.sorted_tables:
            if table.name not in tables:
                lacking.append(f"table {table.name}")
                continue
            columns = {
                column["name"] for column in inspector.get_columns(table.name)
            }
            lacking += [
                f"column {table.name}.{column.name}"
                for column in table.columns
                if column.name not in columns
            ]
    return sorted(lacking)
