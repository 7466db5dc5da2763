# SPDX-License-Identifier: Apache-2.0
"""The schema of the service's database: one alembic tree, one head."""

import collections.abc
import contextlib
import pathlib
import typing

import alembic.autogenerate
import alembic.command
import alembic.config
import alembic.migration
import alembic.script
import alembic.util
import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.db import models
from cloudkitty.db import points
from cloudkitty.db import task_models  # noqa: F401 - adds to models.Base

#: Upstream keeps its versions in ``cloudkitty_alembic`` and other tables; they
#: stay as they are, so that its own commands go on working.
VERSION_TABLE = "cloudkitty_schema_version"
METADATA = [models.Base.metadata, points.PointsBase.metadata]
_TREE = pathlib.Path(__file__).parent / "alembic"
#: Any number will do, as long as it stays the same.
_LOCK = {"key": 0x0C10D417}
#: How a connection, not a transaction, takes a lock and gives it back: most
#: changes of tables on MySQL end the transaction they are in.
_LOCKS = {
    "postgresql": (
        sa.text("SELECT pg_advisory_lock(:key)"),
        sa.text("SELECT pg_advisory_unlock(:key)"),
    ),
    "mysql": (
        sa.text("SELECT GET_LOCK(CONCAT('cloudkitty-schema-', :key), 600)"),
        sa.text("SELECT RELEASE_LOCK(CONCAT('cloudkitty-schema-', :key))"),
    ),
}


def head() -> str:
    """Return the newest revision of the tree."""
    script = alembic.script.ScriptDirectory.from_config(_config())
    return str(script.get_current_head())


def known(revision: str) -> bool:
    """Return whether the tree of this release has the revision."""
    script = alembic.script.ScriptDirectory.from_config(_config())
    return any(each.revision == revision for each in script.walk_revisions())


def version(database: facade.Database) -> str | None:
    """Return the revision the database is at; None before the first."""
    with database.engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE}
        )
        return context.get_current_revision()


def upgrade(database: facade.Database, revision: str = "head") -> None:
    """Bring the schema to ``revision``; nothing happens if it is there.

    Tables that upstream made are taken over as they are and get what they
    lack; no row of them changes.

    :raises alembic.util.CommandError: for a revision the tree has not.
    """
    with _locked(database) as connection:
        alembic.command.upgrade(_config(connection), revision)


def stamp(database: facade.Database, revision: str) -> None:
    """Say that the schema is at ``revision`` without doing anything.

    :raises alembic.util.CommandError: for a revision the tree has not.
    """
    with _locked(database) as connection:
        alembic.command.stamp(_config(connection), revision)


def differences(database: facade.Database) -> list[object]:
    """Return what the models have and the database lacks, or the reverse.

    Tables of others, such as upstream's version tables, do not count.
    """
    known = {name for metadata in METADATA for name in metadata.tables}

    def ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in known

    with database.engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "include_object": ours,
                "target_metadata": METADATA,
                "compare_type": True,
            },
        )
        # alembic takes several, as in its environments, without saying so.
        metadata = typing.cast("sa.MetaData", METADATA)
        return list(alembic.autogenerate.compare_metadata(context, metadata))


@contextlib.contextmanager
def _locked(
    database: facade.Database,
) -> collections.abc.Iterator[sa.Connection]:
    """Yield a connection that no other host migrates beside.

    On SQLite that is the writing transaction itself, there all of the
    migration happens or nothing.
    """
    engine = database.engine.execution_options(**facade.BEGIN_IMMEDIATE)
    with engine.connect() as connection:
        take, give_back = _LOCKS.get(database.dialect, (None, None))
        if database.dialect == "sqlite":
            # A table that is made anew would take its children along. Only
            # outside of a transaction, and for this connection alone.
            _set_foreign_keys(connection, "OFF")
        if take is not None:
            if connection.scalar(take, _LOCK) == 0:
                raise alembic.util.CommandError(
                    "another migration of this server has not ended in "
                    "10 minutes"
                )
            connection.commit()
        else:
            # Now: alembic commits each revision where nothing is begun.
            connection.begin()
        try:
            yield connection
            connection.commit()
        finally:
            if give_back is not None and not connection.invalidated:
                connection.rollback()
                connection.execute(give_back, _LOCK)
                connection.commit()
            if database.dialect == "sqlite":
                connection.rollback()
                _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: sa.Connection, value: str) -> None:
    driver: typing.Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA foreign_keys = {value}")


def _config(connection: sa.Connection | None = None) -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_TREE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
