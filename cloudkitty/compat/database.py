# SPDX-License-Identifier: Apache-2.0
"""SQL sessions and module states for plugins of CloudKitty 25."""

import contextlib

from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.compat import process
from cloudkitty.db import migration
from cloudkitty.db.rules import module_states


def session_for_read() -> contextlib.AbstractContextManager[orm.Session]:
    """Return a context manager of a session in a reading transaction."""
    return process.database().reader()


def session_for_write() -> contextlib.AbstractContextManager[orm.Session]:
    """Return a context manager of a session, committed at the end."""
    return process.database().writer()


class ModuleInfo:
    """The states of rating modules in the database."""

    def get_state(self, name: str) -> bool:
        """Return whether a module is enabled."""
        return self._get(name).enabled

    def set_state(self, name: str, state: bool) -> bool:
        """Store whether a module is enabled."""
        process.database().write(
            lambda session: module_states.set_enabled(
                session, name, bool(state)
            )
        )
        return bool(state)

    def get_priority(self, name: str) -> int:
        """Return the priority of a module."""
        return self._get(name).priority

    def set_priority(self, name: str, priority: int) -> int:
        """Store the priority of a module; the column's 0 is read as 1."""
        process.database().write(
            lambda session: module_states.set_priority(
                session, name, int(priority) or 1
            )
        )
        return int(priority)

    def _get(self, name: str) -> module_states.ModuleState:
        with process.database().reader() as session:
            found = module_states.get_all(session)
        return found.get(name, module_states.ModuleState())


class Api:
    """The entry of the database interface of CloudKitty 25.

    States and mappings of collectors are not available: no plugin of this
    service uses them.
    """

    def get_module_info(self) -> ModuleInfo:
        """Return the states of the rating modules."""
        return ModuleInfo()

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
