# SPDX-License-Identifier: Apache-2.0
"""Queries on ``hashmap_mappings``."""

import dataclasses
import datetime
import decimal
import typing
import uuid

from sqlalchemy import orm

from cloudkitty.db.rules import filters as rule_filters
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import numbers
from cloudkitty.db.rules import records
from cloudkitty.db.rules import services
from cloudkitty.db.sql import exact_text

_Model = rule_models.HashmapMapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mapping(typing.Generic[records.Ref]):
    """A price for a service, or for one value of a field.

    :param id: the row.
    :param mapping_id: UUID, which the API shows.
    :param value: the field's value in text form; ``""`` or None if it belongs
        to a service.
    :param cost: in its shortest form.
    :param map_type: ``flat`` or ``rate``.
    :param service_id: see ``records.Ref``, as for ``field_id`` and
        ``group_id``.
    :param tenant_id: the only scope to which it applies; None: all scopes.
    :param start: start of the validity, inclusive; aware UTC.
    :param end: end of the validity, exclusive; None: unlimited.
    :param deleted: time of the deletion, after which it never applies.
    :param description: like the fields below, None in rules that rate.
    """

    id: int
    mapping_id: str
    value: str | None
    cost: decimal.Decimal
    map_type: str
    service_id: records.Ref | None
    field_id: records.Ref | None
    group_id: records.Ref | None
    tenant_id: str | None
    name: str
    start: datetime.datetime
    end: datetime.datetime | None
    deleted: datetime.datetime | None
    description: str | None = None
    created_at: datetime.datetime | None = None
    created_by: str | None = None
    updated_by: str | None = None
    deleted_by: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filters(rule_filters.OwnerFilters, rule_filters.ValidityFilters):
    """Selection of mappings; None does not filter."""


def create(
    session: orm.Session,
    *,
    cost: decimal.Decimal,
    map_type: str,
    start: datetime.datetime,
    end: datetime.datetime | None = None,
    service_id: int | None = None,
    field_id: int | None = None,
    value: str | None = None,
    group_id: int | None = None,
    tenant_id: str | None = None,
    name: str | None = None,
    created_by: str = "unknown",
    **more: typing.Any,
) -> Mapping[int]:
    """Create a mapping of a service, or of a value of a field.

    Conflicts with the existing rules are not checked.

    :param value: of a field, ``""`` for points without the label; of a
        service None or ``""``.
    :param name: None: generated.
    :param created_by: id of the user.
    :param more: ``mapping_id``, ``created_at``, ``description``.
    :raises ValueError: for a rule with no owner or with both, a missing or
        superfluous value, or a cost that the column would round.
    """
    services.check_owner(service_id, field_id)
    if value is None if field_id is not None else value:
        raise ValueError("a mapping of a field, and no other, needs a value")
    row = _Model(
        mapping_id=records.new_id(more.pop("mapping_id", None)),
        value=value,
        cost=numbers.exact_cost(cost),
        map_type=map_type,
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        tenant_id=tenant_id,
        name=name or uuid.uuid4().hex,
        start=start,
        end=end,
        created_by=created_by,
        **more,
    )
    return records.insert(session, row, Mapping)


def get(session: orm.Session, mapping_id: str) -> Mapping[str] | None:
    """Return a mapping by its UUID, also a deleted one."""
    conditions = [exact_text.one_of(session, _Model.mapping_id, [mapping_id])]
    found = records.select_owned(session, Mapping, _Model, conditions)
    return found[0] if found else None


def find(session: orm.Session, filters: Filters) -> list[Mapping[str]]:
    """Return the mappings that match all filters, oldest row first."""
    found: list[Mapping[str]] = records.select_owned(
        session, Mapping, _Model, _conditions(session, filters)
    )
    return rule_filters.described(found, filters.description)


def find_rivals(
    session: orm.Session,
    *,
    service_id: str | None,
    field_id: str | None,
    group_id: str | None,
    value: str | None,
    tenant_id: str | None,
) -> list[Mapping[str]]:
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
    conditions = _conditions(session, filters)
    if field_id is not None:
        conditions.append(
            exact_text.one_of(session, _Model.value, [value or ""])
        )
    return records.select_owned(session, Mapping, _Model, conditions)


def update(session: orm.Session, row_id: int, **columns: typing.Any) -> None:
    """Set columns of one mapping.

    :param columns: by their names in the table.
    """
    records.update(session, _Model, row_id, columns)


def mark_deleted(
    session: orm.Session,
    row_id: int,
    at: datetime.datetime,
    deleted_by: str,
) -> None:
    """Mark a mapping as deleted: it no longer applies to any period.

    A mapping that is already marked keeps its first mark.
    """
    records.mark_deleted(session, _Model, row_id, at, deleted_by)


def _conditions(
    session: orm.Session, filters: Filters
) -> rule_filters.Conditions:
    return [
        *rule_filters.owned(session, _Model, filters),
        *rule_filters.valid(session, _Model, filters),
    ]
