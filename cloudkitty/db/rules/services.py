# SPDX-License-Identifier: Apache-2.0
"""Queries on the owners of hashmap rules: services, fields, groups.

All are selected by their UUIDs; a text that is no UUID matches nothing.
``hashmap_rules`` creates them.
"""

import dataclasses
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.sql import exact_text

_Service = rule_models.HashmapService
_Field = rule_models.HashmapField
_Group = rule_models.HashmapGroup


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OwnedField:
    """A field, with the UUID of its service."""

    id: int
    field_id: str
    name: str
    service_id: str


def find_services(
    session: orm.Session, service_id: str | None = None
) -> list[hashmap_rules.Service]:
    """Return all services, or the one with a UUID, by row."""
    query = sa.select(_Service).order_by(_Service.id)
    if service_id is not None:
        query = query.where(
            exact_text.one_of(session, _Service.service_id, [service_id])
        )
    return [
        hashmap_rules.Service(
            id=row.id, service_id=row.service_id, name=row.name
        )
        for row in session.scalars(query)
    ]


def find_fields(
    session: orm.Session,
    *,
    service_id: str | None = None,
    field_id: str | None = None,
) -> list[OwnedField]:
    """Return the fields of a service, or the one with a UUID, by row."""
    query = (
        sa.select(_Field, _Service.service_id)
        .join(_Service, _Service.id == _Field.service_id)
        .order_by(_Field.id)
    )
    if service_id is not None:
        query = query.where(
            exact_text.one_of(session, _Service.service_id, [service_id])
        )
    if field_id is not None:
        query = query.where(
            exact_text.one_of(session, _Field.field_id, [field_id])
        )
    return [
        OwnedField(
            id=row.id, field_id=row.field_id, name=row.name, service_id=owner
        )
        for row, owner in session.execute(query)
    ]


def find_groups(
    session: orm.Session, group_id: str | None = None
) -> list[hashmap_rules.Group]:
    """Return all groups, or the one with a UUID, by row."""
    query = sa.select(_Group).order_by(_Group.id)
    if group_id is not None:
        query = query.where(
            exact_text.one_of(session, _Group.group_id, [group_id])
        )
    return [
        hashmap_rules.Group(id=row.id, group_id=row.group_id, name=row.name)
        for row in session.scalars(query)
    ]


def delete_service(session: orm.Session, row_id: int) -> None:
    """Delete a service with its fields and all rules of both.

    Soft-deleted ones too; the foreign keys cascade.
    """
    _delete(session, _Service, _Service.id == row_id)


def delete_field(session: orm.Session, row_id: int) -> None:
    """Delete a field with all its rules, soft-deleted ones too."""
    _delete(session, _Field, _Field.id == row_id)


def delete_group(
    session: orm.Session, row_id: int, *, with_rules: bool
) -> None:
    """Delete a group.

    :param with_rules: delete its rules, soft-deleted ones too; else they
        stay, without a group.
    """
    if with_rules:
        for rule in (rule_models.HashmapMapping, rule_models.HashmapThreshold):
            _delete(session, rule, rule.group_id == row_id)
    _delete(session, _Group, _Group.id == row_id)


def _delete(
    session: orm.Session,
    model: type[typing.Any],
    condition: sa.ColumnElement[bool],
) -> None:
    session.execute(
        sa.delete(model)
        .where(condition)
        .execution_options(synchronize_session=False)
    )
