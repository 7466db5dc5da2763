# SPDX-License-Identifier: Apache-2.0
"""Queries on ``hashmap_thresholds`` for edits of thresholds."""

import dataclasses
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db.rules import filters as rule_filters
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.sql import exact_text

_Model = rule_models.HashmapThreshold
_Service = rule_models.HashmapService
_Field = rule_models.HashmapField
_Group = rule_models.HashmapGroup


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All of one threshold.

    :param id: the row; the other ids of rules are the UUIDs that the API
        shows.
    :param level: in its shortest form; None (the column allows it) for one
        that never applies.
    """

    id: int
    threshold_id: str
    level: decimal.Decimal | None
    cost: decimal.Decimal
    map_type: str
    service_id: str | None
    field_id: str | None
    group_id: str | None
    tenant_id: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Selection of thresholds; None does not filter.

    :param service_id: UUID of the owner, as is ``field_id``.
    :param no_group: only thresholds without a group.
    :param general: only thresholds for all scopes.
    """

    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    no_group: bool = False
    tenant_id: str | None = None
    general: bool = False


def get(session: orm.Session, threshold_id: str) -> Record | None:
    """Return a threshold by its UUID."""
    found = _select(
        session,
        [exact_text.one_of(session, _Model.threshold_id, [threshold_id])],
    )
    return found[0] if found else None


def find(session: orm.Session, filters: Filters) -> list[Record]:
    """Return the thresholds that match all filters, oldest row first."""
    pairs: tuple[tuple[typing.Any, str | None], ...] = (
        (_Service.service_id, filters.service_id),
        (_Field.field_id, filters.field_id),
        (_Group.group_id, filters.group_id),
        (_Model.tenant_id, filters.tenant_id),
    )
    conditions = [
        exact_text.one_of(session, column, [wanted])
        for column, wanted in pairs
        if wanted is not None
    ]
    if filters.no_group:
        conditions.append(_Model.group_id.is_(None))
    if filters.general:
        conditions.append(_Model.tenant_id.is_(None))
    return _select(session, conditions)


def update(session: orm.Session, row_id: int, **columns: typing.Any) -> None:
    """Set columns of one threshold.

    :param columns: by their names in the table.
    :raises oslo_db.exception.DBDuplicateEntry: if the level is taken.
    """
    session.execute(
        sa.update(_Model)
        .where(_Model.id == row_id)
        .values(columns)
        .execution_options(synchronize_session=False)
    )


def delete(session: orm.Session, row_id: int) -> None:
    """Delete a threshold."""
    session.execute(
        sa.delete(_Model)
        .where(_Model.id == row_id)
        .execution_options(synchronize_session=False)
    )


def _select(
    session: orm.Session, conditions: list[sa.ColumnElement[bool]]
) -> list[Record]:
    query = rule_filters.owned(_Model, conditions)
    return [
        Record(
            id=row.id,
            threshold_id=row.threshold_id,
            level=None if row.level is None else money.canonical(row.level),
            cost=money.canonical(row.cost),
            map_type=row.map_type,
            service_id=service_id,
            field_id=field_id,
            group_id=group_id,
            tenant_id=row.tenant_id,
        )
        for row, service_id, field_id, group_id in session.execute(query)
    ]
