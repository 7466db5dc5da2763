# SPDX-License-Identifier: Apache-2.0
"""The schemas of the databases: revisions, each with one head.

The service's database has every table. A database that holds nothing but
rated points has revisions of its own, which call the same frozen steps
(``db/alembic/points_*.py``) as those of the service. Upstream's table of rated
points has upstream's revision; only ``[storage] version = 1`` needs it.
"""

import collections.abc
import contextlib
import dataclasses
import pathlib
import typing

import alembic.autogenerate
import alembic.command
import alembic.config
import alembic.migration
import alembic.script
import alembic.util
import sqlalchemy as sa

from cloudkitty.db import engine as ck_engine
from cloudkitty.db import facade
from cloudkitty.db import models
from cloudkitty.db import points
from cloudkitty.db import rated_data_frames

_FOLDER = pathlib.Path(__file__).parent / "alembic"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tree:
    """The revisions of one kind of database.

    :param folder: folder of the revisions, below ``db/alembic``.
    :param version_table: table with the revision of the database.
    :param metadata: the tables at the newest revision.
    :param required: those of them that ``db.schema`` checks at a start.
    :param option: option with the URL of the database, for messages.
    :param command: command that upgrades the database, for messages.
    :param superseded: revisions that only upstream's command upgrades.
    """

    folder: str
    version_table: str
    metadata: tuple[sa.MetaData, ...]
    required: sa.MetaData
    option: str
    command: str
    superseded: tuple[str, ...] = ()


#: Upstream keeps its versions in ``cloudkitty_alembic`` and other tables; they
#: are not changed, so that its own commands still work.
VERSION_TABLE = "cloudkitty_schema_version"
SERVICE = Tree(
    folder="versions",
    version_table=VERSION_TABLE,
    metadata=(models.METADATA, points.PointsBase.metadata),
    # The storage checks where it keeps its points.
    required=models.METADATA,
    option="[database] connection",
    command="cloudkitty-dbsync upgrade",
)
#: The version table has a name of its own: two URLs may name one database.
POINTS = Tree(
    folder="points_versions",
    version_table="cloudkitty_points_version",
    metadata=(points.PointsBase.metadata,),
    required=points.PointsBase.metadata,
    option="[storage_sqlalchemy] connection",
    command="cloudkitty-storage-init",
)
#: Its version table and revision are upstream's.
RATED_DATA_FRAMES = Tree(
    folder="rated_data_frames_versions",
    version_table="storage_sqlalchemy_alembic",
    metadata=(rated_data_frames.METADATA,),
    required=rated_data_frames.METADATA,
    option="[storage] version = 1",
    command="cloudkitty-storage-init",
    superseded=(
        "17fd1b237aa3",
        "792b438b663",
        "307430ab38bc",
        "c703a1bad612",
    ),
)
#: Upstream's version tables, the revisions of its release 25, and the commands
#: that upgrade to them.
_UPSTREAM = (
    ("cloudkitty_alembic", "385e33fef139", "cloudkitty-dbsync upgrade"),
    ("hashmap_alembic", "8a591f85865f", "cloudkitty-dbsync upgrade"),
    ("pyscripts_alembic", "c6e4cda29654", "cloudkitty-dbsync upgrade"),
    ("storage_states_alembic", "9feccd32", "cloudkitty-storage-init"),
)
#: An arbitrary number that must not change.
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


def head(tree: Tree = SERVICE) -> str:
    """Return the newest revision of the tree."""
    script = alembic.script.ScriptDirectory.from_config(_config(tree=tree))
    return str(script.get_current_head())


def known(revision: str, tree: Tree = SERVICE) -> bool:
    """Return whether the tree of this release has the revision."""
    script = alembic.script.ScriptDirectory.from_config(_config(tree=tree))
    return any(each.revision == revision for each in script.walk_revisions())


def version(database: facade.Database, tree: Tree = SERVICE) -> str | None:
    """Return the revision the database is at; None before the first."""
    with database.engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(
            connection, opts={"version_table": tree.version_table}
        )
        return context.get_current_revision()


def check_upstream(connection: sa.Connection) -> None:
    """Refuse tables of an older upstream, which no revision can take over.

    :raises alembic.util.CommandError: names the command of upstream.
    """
    inspector = sa.inspect(connection)
    for name, head, command in _UPSTREAM:
        if not inspector.has_table(name):
            continue
        table = sa.table(name, sa.column("version_num"))
        there = connection.scalars(sa.select(table.c.version_num)).all()
        if there and list(there) != [head]:
            raise alembic.util.CommandError(
                f"upstream's tables are at revision {', '.join(there)} of "
                f"{name}, not at {head}: run {command} of CloudKitty 25 first"
            )


def upgrade(
    database: facade.Database, revision: str = "head", tree: Tree = SERVICE
) -> None:
    """Upgrade the schema to ``revision``; do nothing if it is up to date.

    Tables of upstream are kept, without a change of their rows, and get the
    missing columns and indexes. Tables of points that an earlier version
    created without a revision are upgraded, and get one.

    :raises alembic.util.CommandError: for an unknown revision.
    """
    with _locked(database) as connection:
        alembic.command.upgrade(_config(connection, tree), revision)


def stamp(database: facade.Database, revision: str) -> None:
    """Record that the schema is at ``revision`` without changing it.

    :raises alembic.util.CommandError: for an unknown revision.
    """
    with _locked(database) as connection:
        alembic.command.stamp(_config(connection), revision)


def differences(
    database: facade.Database, tree: Tree = SERVICE
) -> list[object]:
    """Return the differences between the models and the database.

    Other tables, such as upstream's version tables, are ignored.
    """
    known = {name for each in tree.metadata for name in each.tables}

    def ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in known

    with database.engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(
            connection,
            opts={
                "version_table": tree.version_table,
                "include_object": ours,
                "target_metadata": list(tree.metadata),
                "compare_type": True,
            },
        )
        # alembic takes several, as in its environments, without saying so.
        metadata = typing.cast("sa.MetaData", list(tree.metadata))
        return list(alembic.autogenerate.compare_metadata(context, metadata))


@contextlib.contextmanager
def _locked(
    database: facade.Database,
) -> collections.abc.Iterator[sa.Connection]:
    """Yield a connection that excludes migrations by other hosts.

    On SQLite it is in the writing transaction, so the migration is atomic.
    """
    engine = database.engine.execution_options(**ck_engine.BEGIN_IMMEDIATE)
    with engine.connect() as connection:
        take, give_back = _LOCKS.get(database.dialect, (None, None))
        if database.dialect == "sqlite":
            # Rebuilding a table would delete the rows of its child tables.
            # Allowed only outside of a transaction; affects this connection.
            _set_foreign_keys(connection, "OFF")
        if take is not None:
            if connection.scalar(take, _LOCK) == 0:
                raise alembic.util.CommandError(
                    "another migration on this server did not end within "
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


def _config(
    connection: sa.Connection | None = None, tree: Tree = SERVICE
) -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("version_locations", str(_FOLDER / tree.folder))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["tree"] = tree
    return config
