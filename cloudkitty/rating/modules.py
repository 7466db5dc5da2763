# SPDX-License-Identifier: Apache-2.0
"""The installed rating modules and their states."""

import collections.abc
import dataclasses
import typing

from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.db import facade
from cloudkitty.db.rules import module_states
from cloudkitty.rating import base
from cloudkitty.rating import broken

#: Installed modules by name, as ``loader.modules`` returns them.
Found = collections.abc.Mapping[str, type[base.RatingModule]]
#: A module, or its maker of ``loader.bind``.
M = typing.TypeVar("M", bound=type[base.RatingModule] | base.Maker)


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


def read(
    session: orm.Session, found: collections.abc.Mapping[str, M]
) -> dict[str, tuple[M | type[base.RatingModule], module_states.ModuleState]]:
    """Return the modules with their states, by name; one statement.

    A module without a row is disabled. The row of an always-on module is
    ignored. A module that is enabled and not installed has a stand-in: points
    must not be rated without it, and it can be disabled.

    :param found: the installed modules.
    """
    stored = module_states.get_all(session)
    known = {**found, **_missing(stored, found)}
    return {
        name: (
            module,
            module_states.ModuleState(enabled=True)
            if module.always_on
            else stored.get(name, module_states.ModuleState()),
        )
        for name, module in known.items()
    }


def _missing(
    stored: collections.abc.Mapping[str, module_states.ModuleState],
    installed: collections.abc.Container[str],
) -> dict[str, type[base.RatingModule]]:
    return {
        name: broken.make(name, "no installed package declares it")
        for name, state in stored.items()
        if state.enabled
        and name not in installed
        and not name.startswith(module_states.COLLECTOR_PREFIX)
    }


def list_all(session: orm.Session, found: Found) -> list[ModuleInfo]:
    """Return all modules of ``read``, by name."""
    return [
        ModuleInfo(
            module_id=name,
            description=module.description,
            enabled=state.enabled,
            hot_config=module.hot_config,
            priority=state.priority,
        )
        for name, (module, state) in sorted(read(session, found).items())
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
        known = {
            name: module for name, (module, _) in read(session, found).items()
        }
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
