# SPDX-License-Identifier: Apache-2.0
"""Mappings and states of collectors that clients write.

The processor does not read them: ``[collect] collector`` selects the
collector. The states share a table with those of the rating modules.
"""

import collections.abc
import typing

from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.db import collector_mappings
from cloudkitty.db import facade
from cloudkitty.db.rules import module_states

T = typing.TypeVar("T")

_PREFIX = module_states.COLLECTOR_PREFIX
#: Characters of a collector's or a service's name.
MAX_NAME = 255 - len(_PREFIX)


def enabled(database: facade.Database, name: str) -> bool:
    """Return whether the record of a collector is enabled."""
    with database.reader() as session:
        state = module_states.get_all(session).get(f"{_PREFIX}{name}")
    return state is not None and state.enabled


def set_enabled(database: facade.Database, name: str, value: bool) -> None:
    """Record whether a collector is enabled."""
    _write(
        database,
        lambda session: module_states.set_enabled(
            session, f"{_PREFIX}{name}", value
        ),
    )


def set_mapping(
    database: facade.Database, service: str, collector: str
) -> collector_mappings.CollectorMapping:
    """Record the collector of a service; replace an earlier record."""
    return _write(
        database,
        lambda session: collector_mappings.put(session, service, collector),
    )


def _write(
    database: facade.Database,
    work: collections.abc.Callable[[orm.Session], T],
) -> T:
    try:
        return database.write(work)
    except db_exception.DBDuplicateEntry:
        # Another process inserted the row between the read and the write.
        return database.write(work)
