# SPDX-License-Identifier: Apache-2.0
"""Queries on ``hashmap_mappings`` for edits of mappings."""

import dataclasses
import datetime
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db.rules import filters as rule_filters
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.sql import exact_text

_Model = rule_models.HashmapMapping
_Service = rule_models.HashmapService
_Field = rule_models.HashmapField
_Group = rule_models.HashmapGroup


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All of one mapping.

    :param id: the row; the other ids of rules are the UUIDs that the API
        shows.
    :param value: of the field; of a service's mapping ``""`` or None.
    :param cost: in its shortest form.
    :param start: start of the validity, inclusive; aware UTC.
    :param end: end of the validity, exclusive; None: unlimited.
    :param deleted: time of the deletion; None if it is not deleted.
    """

    id: int
    mapping_id: str
    value: str | None
    cost: decimal.Decimal
    map_type: str
    service_id: str | None
    field_id: str | None
    group_id: str | None
    tenant_id: str | None
    name: str
    start: datetime.datetime
    end: datetime.datetime | None
    description: str | None
    created_at: datetime.datetime
    deleted: datetime.datetime | None
    created_by: str
    updated_by: str | None
    deleted_by: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Selection of mappings; None does not filter.

    :param service_id: UUID of the owner, as is ``field_id``.
    :param no_group: only mappings without a group.
    :param general: only mappings for all scopes.
    :param deleted: include soft-deleted mappings.
    :param start_from: mappings that start then or later.
    :param end_before: mappings that end before.
    :param active_at: mappings in force at this instant.
    :param description: a part of it, case-insensitive.
    """

    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    no_group: bool = False
    tenant_id: str | None = None
    general: bool = False
    name: str | None = None
    deleted: bool = False
    start_from: datetime.datetime | None = None
    end_before: datetime.datetime | None = None
    active_at: datetime.datetime | None = None
    created_by: str | None = None
    updated_by: str | None = None
    deleted_by: str | None = None
    description: str | None = None


def get(session: orm.Session, mapping_id: str) -> Record | None:
    """Return a mapping by its UUID, also a deleted one."""
    found = _select(
        session, [exact_text.one_of(session, _Model.mapping_id, [mapping_id])]
    )
    return found[0] if found else None


def find(session: orm.Session, filters: Filters) -> list[Record]:
    """Return the mappings that match all filters, oldest row first."""
    found = _select(
        session,
        [
            *_equal(session, filters),
            *rule_filters.about_time(
                _Model,
                start_from=filters.start_from,
                end_before=filters.end_before,
                active_at=filters.active_at,
            ),
            *_about_absence(filters),
        ],
    )
    if filters.description is None:
        return found
    # Databases fold the case of letters differently.
    part = filters.description.casefold()
    return [
        record
        for record in found
        if part in (record.description or "").casefold()
    ]


def find_rivals(
    session: orm.Session,
    *,
    service_id: str | None,
    field_id: str | None,
    group_id: str | None,
    value: str | None,
    tenant_id: str | None,
) -> list[Record]:
    """Return the mappings of one slot, whenever they are in force.

    :param service_id: UUID of the owner, or ``field_id``.
    :param value: of a field's mapping.
    """
    filters = Filters(
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        no_group=group_id is None,
        tenant_id=tenant_id,
        general=tenant_id is None,
    )
    conditions = [*_equal(session, filters), *_about_absence(filters)]
    if field_id is not None:
        conditions.append(
            exact_text.one_of(session, _Model.value, [value or ""])
        )
    return _select(session, conditions)


def update(session: orm.Session, row_id: int, **columns: typing.Any) -> None:
    """Set columns of one mapping.

    :param columns: by their names in the table.
    """
    session.execute(
        sa.update(_Model)
        .where(_Model.id == row_id)
        .values(columns)
        .execution_options(synchronize_session=False)
    )


def mark_deleted(
    session: orm.Session,
    row_id: int,
    at: datetime.datetime,
    deleted_by: str,
) -> None:
    """Mark a mapping as deleted: it no longer applies to any period.

    A mapping that is already marked keeps its first mark.
    """
    session.execute(
        sa.update(_Model)
        .where(_Model.id == row_id, _Model.deleted.is_(None))
        .values(deleted=at, deleted_by=deleted_by)
        .execution_options(synchronize_session=False)
    )


def _select(
    session: orm.Session, conditions: list[sa.ColumnElement[bool]]
) -> list[Record]:
    query = rule_filters.owned(_Model, conditions)
    return [_record(row, *owners) for row, *owners in session.execute(query)]


def _equal(
    session: orm.Session, filters: Filters
) -> list[sa.ColumnElement[bool]]:
    return rule_filters.equal(
        session,
        (
            (_Service.service_id, filters.service_id),
            (_Field.field_id, filters.field_id),
            (_Group.group_id, filters.group_id),
            (_Model.tenant_id, filters.tenant_id),
            (_Model.name, filters.name),
            (_Model.created_by, filters.created_by),
            (_Model.updated_by, filters.updated_by),
            (_Model.deleted_by, filters.deleted_by),
        ),
    )


def _about_absence(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.no_group:
        conditions.append(_Model.group_id.is_(None))
    if filters.general:
        conditions.append(_Model.tenant_id.is_(None))
    if not filters.deleted:
        conditions.append(_Model.deleted.is_(None))
    return conditions


def _record(
    row: rule_models.HashmapMapping,
    service_id: str | None,
    field_id: str | None,
    group_id: str | None,
) -> Record:
    return Record(
        id=row.id,
        mapping_id=row.mapping_id,
        value=row.value,
        cost=money.canonical(row.cost),
        map_type=row.map_type,
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        tenant_id=row.tenant_id,
        name=row.name,
        start=row.start,
        end=row.end,
        description=row.description,
        created_at=row.created_at,
        deleted=row.deleted,
        created_by=row.created_by,
        updated_by=row.updated_by,
        deleted_by=row.deleted_by,
    )
