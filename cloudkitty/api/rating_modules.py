# SPDX-License-Identifier: Apache-2.0
"""Reads and changes of rating modules, for both versions of the API."""

import collections.abc
import contextlib
import logging

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import hooks
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.common import log_fields
from cloudkitty.common import rpc
from cloudkitty.rating import modules

LOG = logging.getLogger(__name__)

#: Largest absolute value that the column can store.
MAX_PRIORITY = validate_number.MAX_INTEGER


def list_all() -> list[modules.ModuleInfo]:
    """Return all modules, by name."""
    services = hooks.services()
    with services.database.reader() as session:
        return modules.list_all(session, services.rating_modules)


def find(name: str) -> modules.ModuleInfo:
    """Return one module.

    :raises cloudkitty.api.errors.NotFound: if it does not exist.
    """
    services = hooks.services()
    with _answered(name), services.database.reader() as session:
        return modules.find(session, services.rating_modules, name)


def priority(value: object) -> int:
    """Validate and return a priority."""
    found = validate_number.integer(
        "priority", value, minimum=-MAX_PRIORITY, maximum=MAX_PRIORITY
    )
    if found == 0:
        raise validate.invalid(
            "priority",
            value,
            "has the same meaning as 1",
            "1 or more, or less than 0 to run after the modules with 1",
        )
    return found


def change(
    name: str, enabled: bool | None, priority: int | None
) -> modules.ModuleInfo:
    """Change a module, notify the processors and return the module.

    :param enabled: new value; ``None`` keeps the current value.
    :param priority: new value; ``None`` keeps the current value.
    :raises cloudkitty.api.errors.NotFound: if the module does not exist.
    :raises cloudkitty.api.errors.Conflict: if the module is always in force,
        or cannot be loaded.
    """
    services = hooks.services()
    with _answered(name):
        before, after = modules.change(
            services.database,
            services.rating_modules,
            name,
            enabled=enabled,
            priority=priority,
        )
    if after != before:
        LOG.info(
            *log_fields.event(
                "rating module changed",
                module=name,
                enabled=after.enabled,
                priority=after.priority,
                user=hooks.context().user_id,
            ),
        )
        changed = after.enabled != before.enabled
        _tell(name, after.enabled if changed else None)
    return after


def _tell(name: str, enabled: bool | None) -> None:
    try:
        hooks.services().rpc.module_changed(name, enabled)
    except rpc.Unavailable:
        # The change is stored, and processors read it before each rating
        # run. An error response would suggest that nothing was changed.
        LOG.warning(
            *log_fields.event(
                "processors not notified, the message bus is away: they "
                "detect the change themselves",
                module=name,
            )
        )


@contextlib.contextmanager
def _answered(name: str) -> collections.abc.Iterator[None]:
    shown = validate.shown(name)
    try:
        yield
    except modules.UnknownModule:
        raise errors.NotFound(
            error_codes.MODULE_NOT_FOUND,
            f"rating module {shown} does not exist: send a module_id from "
            "the list of modules",
        ) from None
    except modules.Unusable:
        raise errors.Conflict(
            error_codes.MODULE_BROKEN,
            f"rating module {shown} cannot be loaded, so it cannot be "
            "enabled: the log of the service contains the cause",
        ) from None
    except modules.AlwaysOn:
        raise errors.Conflict(
            error_codes.MODULE_ALWAYS_ON,
            f"rating module {shown} is always in force: send no values other "
            "than enabled true and priority 1",
        ) from None
