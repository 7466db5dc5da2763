# SPDX-License-Identifier: Apache-2.0
"""Migrations of the tables that a plugin of CloudKitty 25 has.

Each plugin has an alembic repository and a version table of its own.
"""

import importlib
import logging
import pathlib
import typing

import alembic.command
import alembic.config
import alembic.context
import alembic.migration
import sqlalchemy as sa

from cloudkitty.common import log_fields
from cloudkitty.compat import process

LOG = logging.getLogger(__name__)


def load_alembic_config(repository: str) -> alembic.config.Config:
    """Return the configuration of a repository.

    :param repository: folder with ``env.py`` and ``versions``. Its
        ``alembic.ini``, inside or beside it, is read if it exists.
    """
    folder = pathlib.Path(repository)
    for ini in (folder / "alembic.ini", folder.parent / "alembic.ini"):
        if ini.is_file():
            config = alembic.config.Config(str(ini))
            break
    else:
        config = alembic.config.Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(config: alembic.config.Config, version: str | None) -> None:
    """Upgrade the tables to a revision; None is the newest."""
    alembic.command.upgrade(config, version or "head")


def stamp(config: alembic.config.Config, version: str | None) -> None:
    """Store a revision without changing any table; None is the newest."""
    alembic.command.stamp(config, version or "head")


def version(config: alembic.config.Config) -> typing.Any:
    """Print the revision of the tables."""
    return alembic.command.current(config)


def revision(
    config: alembic.config.Config,
    message: str = "",
    autogenerate: bool = False,
) -> typing.Any:
    """Create a revision in the repository."""
    return alembic.command.revision(
        config, message=message, autogenerate=autogenerate
    )


def run_migrations_online(
    target_metadata: sa.MetaData, version_table: str
) -> None:
    """Run the migrations: called by ``env.py`` of a repository."""
    with process.database().engine.connect() as connection:
        alembic.context.configure(
            connection=connection,
            target_metadata=target_metadata,
            version_table=version_table,
        )
        with alembic.context.begin_transaction():
            alembic.context.run_migrations()
        connection.commit()


def plugin_migrations() -> dict[str, typing.Any]:
    """Return the migrations of the rating modules that have some, by name.

    A module that cannot be loaded is ignored.
    """
    found = {}
    for entry_point in importlib.metadata.entry_points(
        group="cloudkitty.rating.processors"
    ):
        try:
            module = entry_point.load()
            if hasattr(module, "db_api") and hasattr(
                module, "cloudkitty_adapter"
            ):
                found[entry_point.name] = module.db_api.get_migration()
        # A plugin may raise anything.
        except Exception as error:
            LOG.warning(
                *log_fields.event(
                    "migrations of a rating module cannot be loaded",
                    module=entry_point.name,
                    error=type(error).__name__,
                )
            )
    return found
