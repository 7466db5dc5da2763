# SPDX-License-Identifier: Apache-2.0
"""Read and write the rows of rules as dataclasses.

A dataclass of a table has fields named after its columns. Fields without a
default are read wherever the row is; the others only for edits.
"""

import collections.abc
import dataclasses
import datetime
import typing
import uuid

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db import base
from cloudkitty.db.rules import models as rule_models

#: Type of the references of a rule to its service, field and group: row ids
#: in rules that rate, UUIDs in rules that are edited.
Ref = typing.TypeVar("Ref", int, str)
_R = typing.TypeVar("_R")
_Validated = type[rule_models.HashmapMapping | rule_models.PyscriptsScript]


def names(kind: type[typing.Any]) -> tuple[str, ...]:
    """Return the columns of a dataclass that are always read."""
    return tuple(
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING
    )


def build(kind: type[_R], values: collections.abc.Iterable[typing.Any]) -> _R:
    """Return the dataclass of a row.

    :param values: of the columns ``names(kind)``.
    """
    return _canonical(kind, dict(zip(names(kind), values, strict=True)))


def insert(session: orm.Session, row: base.Base, kind: type[_R]) -> _R:
    """Insert a row and return it.

    :raises oslo_db.exception.DBDuplicateEntry: if a unique key is taken.
    """
    session.add(row)
    session.flush()
    return build(kind, [getattr(row, name) for name in names(kind)])


def select_owned(
    session: orm.Session,
    kind: type[_R],
    model: type[rule_models.HashmapMapping | rule_models.HashmapThreshold],
    conditions: collections.abc.Iterable[sa.ColumnElement[bool]],
) -> list[_R]:
    """Return the hashmap rules that meet the conditions, by row.

    They have all columns, and the UUIDs of their owners and groups.
    """
    service, field = rule_models.HashmapService, rule_models.HashmapField
    group = rule_models.HashmapGroup
    query = (
        sa.select(model, service.service_id, field.field_id, group.group_id)
        .outerjoin(service, service.id == model.service_id)
        .outerjoin(field, field.id == model.field_id)
        .outerjoin(group, group.id == model.group_id)
        .where(*conditions)
        .order_by(model.id)
        # Refresh rows that an UPDATE of this transaction has changed.
        .execution_options(populate_existing=True)
    )
    refs = ("service_id", "field_id", "group_id")
    return [
        from_row(kind, row, **dict(zip(refs, uuids, strict=True)))
        for row, *uuids in session.execute(query)
    ]


def from_row(kind: type[_R], row: base.Base, **replaced: typing.Any) -> _R:
    """Return the dataclass of a row with all its columns.

    :param replaced: values that differ from those of the columns.
    """
    columns = {
        field.name: getattr(row, field.name)
        for field in dataclasses.fields(typing.cast(typing.Any, kind))
        if field.name not in replaced
    }
    return _canonical(kind, {**columns, **replaced})


def update(
    session: orm.Session,
    model: type[typing.Any],
    row_id: int,
    columns: collections.abc.Mapping[str, typing.Any],
) -> None:
    """Set columns of one row."""
    session.execute(
        sa.update(model)
        .where(model.id == row_id)
        .values(columns)
        .execution_options(synchronize_session=False)
    )


def mark_deleted(
    session: orm.Session,
    model: _Validated,
    row_id: int,
    at: datetime.datetime,
    deleted_by: str,
) -> None:
    """Mark one row as deleted; a row that is marked keeps its first mark."""
    session.execute(
        sa.update(model)
        .where(model.id == row_id, model.deleted.is_(None))
        .values(deleted=at, deleted_by=deleted_by)
        .execution_options(synchronize_session=False)
    )


def delete(
    session: orm.Session,
    model: type[typing.Any],
    condition: sa.ColumnElement[bool],
) -> None:
    """Delete the rows that meet the condition."""
    session.execute(
        sa.delete(model)
        .where(condition)
        .execution_options(synchronize_session=False)
    )


def new_id(requested: str | None = None) -> str:
    """Return the requested UUID, or a new one."""
    return requested or str(uuid.uuid4())


def _canonical(kind: type[_R], fields: dict[str, typing.Any]) -> _R:
    for name in ("cost", "level"):
        # The databases pad with zeros, SQLite does not: the shortest form
        # gives prices the same digits on all of them.
        if fields.get(name) is not None:
            fields[name] = money.canonical(fields[name])
    return kind(**fields)
