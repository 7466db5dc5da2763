# SPDX-License-Identifier: Apache-2.0
"""Queries on the owners of hashmap rules: services, fields, groups.

All are selected by their UUIDs; a text that is no UUID matches nothing.
"""

import dataclasses
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.rules import filters as rule_filters
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import records

_Service = rule_models.HashmapService
_Field = rule_models.HashmapField
_Group = rule_models.HashmapGroup


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A metric that has rules.

    :param id: the row, which rules refer to.
    :param service_id: UUID, which the API shows.
    :param name: the metric's ``alt_name``.
    """

    id: int
    service_id: str
    name: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Field(typing.Generic[records.Ref]):
    """An attribute of a service's points that has rules.

    :param service_id: see ``records.Ref``.
    """

    id: int
    field_id: str
    name: str
    service_id: records.Ref


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are combined before they are added up with others."""

    id: int
    group_id: str
    name: str


def create_service(
    session: orm.Session, name: str, service_id: str | None = None
) -> Service:
    """Create the service of a metric, which can then have rules.

    :param service_id: its UUID; None: generated.
    :raises oslo_db.exception.DBDuplicateEntry: if it already exists.
    """
    row = _Service(service_id=records.new_id(service_id), name=name)
    return records.insert(session, row, Service)


def create_field(
    session: orm.Session,
    service_id: int,
    name: str,
    field_id: str | None = None,
) -> Field[int]:
    """Create the field of an attribute, which can then have rules.

    :param field_id: its UUID; None: generated.
    :raises oslo_db.exception.DBDuplicateEntry: if it already exists.
    """
    row = _Field(
        field_id=records.new_id(field_id), service_id=service_id, name=name
    )
    return records.insert(session, row, Field)


def create_group(
    session: orm.Session, name: str, group_id: str | None = None
) -> Group:
    """Create a group.

    :param group_id: its UUID; None: generated.
    :raises oslo_db.exception.DBDuplicateEntry: if the name is taken.
    """
    row = _Group(group_id=records.new_id(group_id), name=name)
    return records.insert(session, row, Group)


def check_owner(service_id: int | None, field_id: int | None) -> None:
    """Check that a rule has exactly one owner.

    :raises ValueError: if not.
    """
    if (service_id is None) == (field_id is None):
        raise ValueError("a rule needs either a service or a field")


def find_services(
    session: orm.Session, service_id: str | None = None
) -> list[Service]:
    """Return all services, or the one with a UUID, by row."""
    wanted = rule_filters.equal(session, [(_Service.service_id, service_id)])
    query = sa.select(_Service).where(*wanted).order_by(_Service.id)
    return [records.from_row(Service, row) for row in session.scalars(query)]


def find_fields(
    session: orm.Session,
    *,
    service_id: str | None = None,
    field_id: str | None = None,
) -> list[Field[str]]:
    """Return the fields of a service, or the one with a UUID, by row."""
    wanted = rule_filters.equal(
        session,
        [(_Service.service_id, service_id), (_Field.field_id, field_id)],
    )
    query = (
        sa.select(_Field, _Service.service_id)
        .join(_Service, _Service.id == _Field.service_id)
        .where(*wanted)
        .order_by(_Field.id)
    )
    return [
        records.from_row(Field, row, service_id=owner)
        for row, owner in session.execute(query)
    ]


def find_groups(
    session: orm.Session, group_id: str | None = None
) -> list[Group]:
    """Return all groups, or the one with a UUID, by row."""
    wanted = rule_filters.equal(session, [(_Group.group_id, group_id)])
    query = sa.select(_Group).where(*wanted).order_by(_Group.id)
    return [records.from_row(Group, row) for row in session.scalars(query)]


def delete_service(session: orm.Session, row_id: int) -> None:
    """Delete a service with its fields and all rules of both.

    Soft-deleted ones too; the foreign keys cascade.
    """
    records.delete(session, _Service, _Service.id == row_id)


def delete_field(session: orm.Session, row_id: int) -> None:
    """Delete a field with all its rules, soft-deleted ones too."""
    records.delete(session, _Field, _Field.id == row_id)


def delete_group(
    session: orm.Session, row_id: int, *, with_rules: bool
) -> None:
    """Delete a group.

    :param with_rules: delete its rules, soft-deleted ones too; else they
        stay, without a group.
    """
    if with_rules:
        for rule in (rule_models.HashmapMapping, rule_models.HashmapThreshold):
            records.delete(session, rule, rule.group_id == row_id)
    records.delete(session, _Group, _Group.id == row_id)
