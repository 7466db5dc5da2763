# SPDX-License-Identifier: Apache-2.0
"""Queries on ``modules_state``: the states of the rating modules."""

import dataclasses

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.rules import models as rule_models

_Model = rule_models.ModuleState
#: Rows with it are states of collectors in the API of version 1.
COLLECTOR_PREFIX = "collector_"
# Compiled once: compiling takes as long as executing.
_SELECT = sa.select(_Model.name, _Model.state, _Model.priority)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModuleState:
    """State of one rating module.

    :param priority: a larger one runs earlier.
    """

    enabled: bool = False
    priority: int = 1


def get_all(session: orm.Session) -> dict[str, ModuleState]:
    """Return module name to state; a module without a row is disabled."""
    return {
        row.name: ModuleState(
            enabled=row.state,
            # Upstream reads NULL and 0 as 1.
            priority=row.priority or 1,
        )
        for row in session.connection().execute(_SELECT)
    }


def set_enabled(session: orm.Session, name: str, enabled: bool) -> None:
    """Enable or disable a module."""
    row = session.get(_Model, name, with_for_update=True)
    if row is None:
        session.add(_Model(name=name, state=enabled, priority=1))
    else:
        row.state = enabled
    session.flush()


def set_priority(session: orm.Session, name: str, priority: int) -> None:
    """Set a module's priority in the chain."""
    row = session.get(_Model, name, with_for_update=True)
    if row is None:
        session.add(_Model(name=name, state=False, priority=priority))
    else:
        row.priority = priority
    session.flush()
