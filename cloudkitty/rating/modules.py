# SPDX-License-Identifier: Apache-2.0
"""The installed rating modules and their states."""

import collections.abc
import dataclasses

from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.db.rules import module_states
from cloudkitty.rating import base
from cloudkitty.rating import broken

#: Installed modules by name, as ``loader.modules`` returns them.
Found = collections.abc.Mapping[str, type[base.RatingModule]]


class UnknownModule(exceptions.CloudKittyError):
    """No rating module has the name."""


class Unusable(exceptions.CloudKittyError):
    """The module cannot be loaded, so it cannot be enabled."""


class AlwaysOn(exceptions.CloudKittyError):
    """The module is always enabled, and its priority is fixed."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModuleInfo:
    """A rating module and its state.

    :param module_id: its entry-point name.
    :param description: one sentence.
    :param enabled: whether it prices anything.
    :param hot_config: whether its rules can be changed through the API.
    :param priority: a larger one runs earlier; never 0.
    """

    module_id: str
    description: str
    enabled: bool
    hot_config: bool
    priority: int


def states(
    session: orm.Session,
    found: collections.abc.Mapping[str, type[base.RatingModule] | base.Maker],
) -> dict[str, module_states.ModuleState]:
    """Return the states of the modules, by name.

    A module without a row is disabled. The row of an always-on module is
    ignored.
    """
    stored = module_states.get_all(session)
    return {
        name: module_states.ModuleState(enabled=True)
        if module.always_on
        else stored.get(name, module_states.ModuleState())
        for name, module in found.items()
    }


def missing(
    session: orm.Session, found: collections.abc.Iterable[str]
) -> dict[str, type[base.RatingModule]]:
    """Return stand-ins of the modules that are enabled and not installed.

    Points must not be rated without them. They can be disabled.

    :param found: names of the installed modules.
    """
    installed = set(found)
    return {
        name: broken.make(name, "no installed package declares it")
        for name, state in module_states.get_all(session).items()
        if state.enabled
        and name not in installed
        and not name.startswith(module_states.COLLECTOR_PREFIX)
    }


def list_all(session: orm.Session, found: Found) -> list[ModuleInfo]:
    """Return all modules, by name; also those that are ``missing``."""
    found = {**found, **missing(session, found)}
    in_force = states(session, found)
    return [
        ModuleInfo(
            module_id=name,
            description=found[name].description,
            enabled=in_force[name].enabled,
            hot_config=found[name].hot_config,
            priority=in_force[name].priority,
        )
        for name in sorted(found)
    ]


def find(session: orm.Session, found: Found, name: str) -> ModuleInfo:
    """Return one module.

    :raises UnknownModule: if no module has this name.
    """
    for info in list_all(session, found):
        if info.module_id == name:
            return info
    raise UnknownModule(name)


def set_enabled(
    session: orm.Session, found: Found, name: str, enabled: bool
) -> None:
    """Enable or disable a module, if its state differs.

    :raises UnknownModule: if no module has this name.
    :raises AlwaysOn: if it cannot be disabled.
    :raises Unusable: if it cannot be enabled.
    """
    if find(session, found, name).enabled == enabled:
        return
    _require_settable(found, name)
    if enabled and issubclass(found[name], broken.BrokenModule):
        raise Unusable(name)
    module_states.set_enabled(session, name, enabled)


def set_priority(
    session: orm.Session, found: Found, name: str, priority: int
) -> None:
    """Set a module's priority in the chain, if it differs.

    :param priority: the higher priority runs earlier. 0 is not allowed: it is
        read as 1.
    :raises UnknownModule: if no module has this name.
    :raises AlwaysOn: if its priority cannot be set.
    """
    if find(session, found, name).priority == priority:
        return
    _require_settable(found, name)
    if priority == 0:
        raise ValueError("the priority 0 is read as 1")
    module_states.set_priority(session, name, priority)


def change(
    database: facade.Database,
    found: Found,
    name: str,
    *,
    enabled: bool | None = None,
    priority: int | None = None,
) -> tuple[ModuleInfo, ModuleInfo]:
    """Change both in one transaction; return the module before and after it.

    :param enabled: None: no change.
    :param priority: None: no change.
    :raises UnknownModule: if no module has this name.
    :raises AlwaysOn: if the change is not allowed; nothing has changed.
    :raises Unusable: if the module cannot be enabled; nothing has changed.
    """

    def work(session: orm.Session) -> tuple[ModuleInfo, ModuleInfo]:
        # One that is not installed is unknown as soon as it is disabled.
        known = {**found, **missing(session, found)}
        before = find(session, known, name)
        if enabled is not None:
            set_enabled(session, known, name, enabled)
        if priority is not None:
            set_priority(session, known, name, priority)
        return before, find(session, known, name)

    try:
        return database.write(work)
    except db_exception.DBDuplicateEntry:
        # Another process inserted the row between the read and the write.
        return database.write(work)


def _require_settable(found: Found, name: str) -> None:
    if found[name].always_on:
        raise AlwaysOn(name)
