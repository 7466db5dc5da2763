# SPDX-License-Identifier: Apache-2.0
"""Queries on ``service_to_collector_mappings``.

The processor does not read them; they are stored for clients.
"""

import dataclasses

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import models

_Model = models.ServiceToCollectorMapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CollectorMapping:
    """The recorded collector of a service."""

    service: str
    collector: str


def find(
    session: orm.Session, collector: str | None = None
) -> list[CollectorMapping]:
    """Return mappings by service.

    :param collector: only mappings to it; None selects all.
    """
    query = sa.select(_Model).order_by(_Model.service)
    if collector is not None:
        query = query.where(_Model.collector == collector)
    return [_mapping(row) for row in session.scalars(query)]


def get(session: orm.Session, service: str) -> CollectorMapping | None:
    """Return the mapping of a service."""
    row = session.get(_Model, service)
    return None if row is None else _mapping(row)


def put(
    session: orm.Session, service: str, collector: str
) -> CollectorMapping:
    """Insert a mapping, or overwrite the existing one."""
    row = session.get(_Model, service, with_for_update=True)
    if row is None:
        row = _Model(service=service, collector=collector)
        session.add(row)
    else:
        row.collector = collector
    session.flush()
    return _mapping(row)


def delete(session: orm.Session, service: str) -> bool:
    """Delete the mapping of a service; return whether it existed."""
    row = session.get(_Model, service, with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def _mapping(row: models.ServiceToCollectorMapping) -> CollectorMapping:
    return CollectorMapping(service=row.service, collector=row.collector)
