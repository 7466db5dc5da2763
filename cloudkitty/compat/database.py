# SPDX-License-Identifier: Apache-2.0
"""SQL sessions and the database interface for plugins of CloudKitty 25."""

import contextlib

from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.compat import process
from cloudkitty.compat import states
from cloudkitty.db import migration

NoSuchMapping = states.NoSuchMapping


def session_for_read() -> contextlib.AbstractContextManager[orm.Session]:
    """Return a context manager of a session in a reading transaction."""
    return process.database().reader()


def session_for_write() -> contextlib.AbstractContextManager[orm.Session]:
    """Return a context manager of a session, committed at the end."""
    return process.database().writer()


class Api:
    """The entry of the database interface of CloudKitty 25."""

    def get_module_info(self) -> states.ModuleInfo:
        """Return the states of the rating modules."""
        return states.ModuleInfo()

    def get_state(self) -> states.State:
        """Return the table ``states``."""
        return states.State()

    def get_service_to_collector_mapping(
        self,
    ) -> states.ServiceToCollectorMapping:
        """Return the collectors of services."""
        return states.ServiceToCollectorMapping()

    def get_migration(self) -> type["Migration"]:
        """Return the migrations of the service's tables."""
        return Migration


class Migration:
    """The migrations of the service's tables."""

    @staticmethod
    def upgrade(revision: str = "head") -> None:
        """Upgrade the tables to a revision."""
        migration.upgrade(process.database(), revision)

    @staticmethod
    def version() -> str | None:
        """Return the revision of the tables."""
        return migration.version(process.database())

    @staticmethod
    def stamp(revision: str) -> None:
        """Store a revision without changing any table."""
        migration.stamp(process.database(), revision)

    @staticmethod
    def revision(message: str, autogenerate: bool) -> None:
        """Refuse: the revisions of the service are part of the package.

        :raises cloudkitty.common.exceptions.CloudKittyError: always.
        """
        raise exceptions.CloudKittyError(
            "the revisions of the service cannot be created by a plugin"
        )


def get_instance() -> Api:
    """Return the database interface."""
    return Api()
