# SPDX-License-Identifier: Apache-2.0
"""Tables of the database interface for plugins of CloudKitty 25.

Names, arguments and results are those that release 25.0.0 shows when it runs.
"""

import typing

from sqlalchemy import orm

from cloudkitty.compat import process
from cloudkitty.db import collector_mappings
from cloudkitty.db import models
from cloudkitty.db.rules import module_states


class NoSuchMapping(Exception):
    """A service has no collector.

    :ivar service: name of the service.
    """

    def __init__(self, service: str) -> None:
        super().__init__(f"No mapping for service: {service}")
        self.service = service


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


class State:
    """The table ``states``, which neither service uses itself."""

    def get_state(self, name: str) -> int | None:
        """Return a state; None if it is not set."""
        with process.database().reader() as session:
            row = session.get(models.ReportState, name)
            return None if row is None else row.state

    def set_state(self, name: str, state: int) -> int:
        """Store a state and return it."""

        def write(session: orm.Session) -> None:
            row = session.get(models.ReportState, name, with_for_update=True)
            if row is None:
                session.add(
                    models.ReportState(name=name, state=state, s_metadata="")
                )
            else:
                row.state = state

        process.database().write(write)
        return state

    def get_metadata(self, name: str) -> str:
        """Return the text of a state, by default an empty one."""
        with process.database().reader() as session:
            row = session.get(models.ReportState, name)
            return "" if row is None else row.s_metadata or ""

    def set_metadata(self, name: str, metadata: str) -> None:
        """Store the text of a state.

        :raises LookupError: if the state is not set.
        """

        def write(session: orm.Session) -> None:
            row = session.get(models.ReportState, name, with_for_update=True)
            if row is None:
                raise LookupError(f"the state {name} is not set")
            row.s_metadata = metadata

        process.database().write(write)


class ServiceToCollectorMapping:
    """The collectors of services; no processor reads them."""

    def get_mapping(self, service: str) -> collector_mappings.CollectorMapping:
        """Return ``service`` and ``collector``.

        :raises NoSuchMapping: if the service has no collector.
        """
        with process.database().reader() as session:
            found = collector_mappings.get(session, service)
        if found is None:
            raise NoSuchMapping(service)
        return found

    def set_mapping(
        self, service: str, collector: str
    ) -> collector_mappings.CollectorMapping:
        """Store the collector of a service."""
        return process.database().write(
            lambda session: collector_mappings.put(session, service, collector)
        )

    def list_mappings(
        self, collector: str | None = None
    ) -> list[collector_mappings.CollectorMapping]:
        """Return all mappings, or those to one collector."""
        with process.database().reader() as session:
            return collector_mappings.find(session, collector)

    def list_services(self, collector: str | None = None) -> typing.Any:
        """Yield all mappings, or those to one collector."""
        yield from self.list_mappings(collector)

    def delete_mapping(self, service: str) -> None:
        """Delete the mapping of a service.

        :raises NoSuchMapping: if the service has no collector.
        """
        deleted = process.database().write(
            lambda session: collector_mappings.delete(session, service)
        )
        if not deleted:
            raise NoSuchMapping(service)
