# SPDX-License-Identifier: Apache-2.0
"""Check that the tables of a database are those of this release."""

import sqlalchemy as sa

from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.db import migration


class WrongSchema(exceptions.InvalidConfiguration):
    """The database does not have the tables of this release."""


def check(
    database: facade.Database, tree: migration.Tree = migration.SERVICE
) -> None:
    """Refuse a database on which this release cannot work.

    :param tree: the service's revisions, or those of a points' database.
    :raises WrongSchema: its text names the command that repairs it.
    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    found, needed = migration.version(database, tree), migration.head(tree)
    if found is None:
        raise WrongSchema(
            f"{tree.option}: the database has no schema revision: "
            f"run {tree.command}"
        )
    if found != needed:
        raise WrongSchema(
            f"{tree.option}: the database is at revision {found}, "
            f"this release needs {needed}: {_remedy(found, tree)}"
        )
    lacking = missing(database, tree.required)
    if lacking:
        raise WrongSchema(
            f"{tree.option}: the database is at revision {found} but "
            f"lacks {', '.join(lacking)}: restore it from a backup"
        )


def check_upgradable(database: facade.Database, tree: migration.Tree) -> None:
    """Refuse a database that ``migration.upgrade`` cannot upgrade.

    :raises WrongSchema: its text names the remedy.
    :raises alembic.util.CommandError: the same for tables of upstream.
    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    found = migration.version(database, tree)
    if found is None and tree == migration.SERVICE:
        with database.engine.connect() as connection:
            migration.check_upstream(connection)
    if found is not None and not migration.known(found, tree):
        raise WrongSchema(
            f"{tree.option}: the table {tree.version_table} is at revision "
            f"{found}: {_remedy(found, tree)}"
        )


def _remedy(found: str, tree: migration.Tree) -> str:
    if migration.known(found, tree):
        return f"run {tree.command}"
    if found in tree.superseded:
        return f"run {tree.command} of CloudKitty 25 first"
    return "a newer release has upgraded it; install that release"


def missing(database: facade.Database, metadata: sa.MetaData) -> list[str]:
    """Return the tables and columns that the database lacks, sorted.

    :param metadata: the expected tables.
    :returns: texts such as ``column cloudkitty_rated_points.price``.
    :raises oslo_db.exception.DBError: if the database is unavailable.
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
