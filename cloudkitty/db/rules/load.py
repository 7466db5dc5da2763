# SPDX-License-Identifier: Apache-2.0
"""Queries on the hashmap tables: the rules of the ``hashmap`` module."""

import collections.abc
import dataclasses
import datetime
import decimal
import functools
import typing
import uuid

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db import base
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import json_rows

#: (digits, decimal places) of the columns.
_COST = (40, 28)
_LEVEL = (20, 8)


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
class Field:
    """An attribute of a service's points that has rules."""

    id: int
    field_id: str
    name: str
    service_id: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are combined before they are added up with others."""

    id: int
    group_id: str
    name: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A price for a service, or for one value of a field.

    :param value: the field's value in text form; None if it belongs to a
        service.
    :param map_type: ``flat`` or ``rate``.
    :param tenant_id: the only scope to which it applies; None: all scopes.
    :param start: start of the validity, inclusive.
    :param end: end of the validity, exclusive; None: unlimited.
    :param deleted: time of the deletion, after which it never applies.
    """

    id: int
    mapping_id: str
    value: str | None
    cost: decimal.Decimal
    map_type: str
    service_id: int | None
    field_id: int | None
    group_id: int | None
    tenant_id: str | None
    name: str
    start: datetime.datetime
    end: datetime.datetime | None
    deleted: datetime.datetime | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A price from a quantity, or from a field's value, on.

    :param level: it applies from this level on; None, which the column
        allows: never.
    """

    id: int
    threshold_id: str
    level: decimal.Decimal | None
    cost: decimal.Decimal
    map_type: str
    service_id: int | None
    field_id: int | None
    group_id: int | None
    tenant_id: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules that can apply to one scope.

    Services, fields and groups are in the order of their creation; rules for
    all scopes precede the scope's own.
    """

    services: tuple[Service, ...] = ()
    fields: tuple[Field, ...] = ()
    groups: tuple[Group, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    thresholds: tuple[Threshold, ...] = ()


def load(session: orm.Session, scope_id: str | None) -> Rules:
    """Return all rules that can apply to a scope, at any time.

    :param scope_id: the scope; None for the rules of all scopes only.
    """
    # No rule can have a scope id that databases cannot store.
    tenant = scope_id if exact_text.storable(scope_id or "") else None
    found: dict[str, list[typing.Any]] = {table: [] for table in _TABLES}
    # One statement, so that the owners of all rules are included.
    for table, text in session.connection().execute(_LOAD, {"tenant": tenant}):
        found[table].append(_read(table, text))
    for rows_of_one in found.values():
        rows_of_one.sort(key=lambda row: row.id)
    return Rules(
        services=tuple(found["services"]),
        fields=tuple(found["fields"]),
        groups=tuple(found["groups"]),
        mappings=_of_scope(found["mappings"], scope_id),
        thresholds=_of_scope(found["thresholds"], scope_id),
    )


def create_service(
    session: orm.Session, name: str, service_id: str | None = None
) -> Service:
    """Create the service of a metric, which can then have rules.

    :param service_id: its UUID; None: generated.
    :raises oslo_db.exception.DBDuplicateEntry: if it already exists.
    """
    row = rule_models.HashmapService(service_id=_id(service_id), name=name)
    return _inserted(Service, _add(session, row))


def create_field(
    session: orm.Session,
    service_id: int,
    name: str,
    field_id: str | None = None,
) -> Field:
    """Create the field of an attribute, which can then have rules.

    :param field_id: its UUID; None: generated.
    :raises oslo_db.exception.DBDuplicateEntry: if it already exists.
    """
    row = rule_models.HashmapField(
        field_id=_id(field_id), service_id=service_id, name=name
    )
    return _inserted(Field, _add(session, row))


def create_group(
    session: orm.Session, name: str, group_id: str | None = None
) -> Group:
    """Create a group.

    :param group_id: its UUID; None: generated.
    :raises oslo_db.exception.DBDuplicateEntry: if the name is taken.
    """
    row = rule_models.HashmapGroup(group_id=_id(group_id), name=name)
    return _inserted(Group, _add(session, row))


def create_mapping(
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
) -> Mapping:
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
    _check_owner(service_id, field_id)
    if value is None if field_id is not None else value:
        raise ValueError("a mapping of a field, and no other, needs a value")
    row = rule_models.HashmapMapping(
        mapping_id=_id(more.pop("mapping_id", None)),
        value=value,
        cost=exact_cost(cost),
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
    return _inserted(Mapping, _add(session, row))


def create_threshold(
    session: orm.Session,
    *,
    level: decimal.Decimal,
    cost: decimal.Decimal,
    map_type: str,
    service_id: int | None = None,
    field_id: int | None = None,
    group_id: int | None = None,
    tenant_id: str | None = None,
    threshold_id: str | None = None,
) -> Threshold:
    """Create a threshold of a service or of a field.

    :param threshold_id: its UUID; None: generated.
    :raises ValueError: for a rule with no owner or with both, or a cost or
        level that the column would round.
    :raises oslo_db.exception.DBDuplicateEntry: if the level is taken.
    """
    _check_owner(service_id, field_id)
    row = rule_models.HashmapThreshold(
        threshold_id=_id(threshold_id),
        level=exact_level(level),
        cost=exact_cost(cost),
        map_type=map_type,
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        tenant_id=tenant_id,
    )
    return _inserted(Threshold, _add(session, row))


def exact_cost(cost: decimal.Decimal) -> decimal.Decimal:
    """Return the shortest form of a cost that the column stores exactly.

    :raises ValueError: if the column would round it.
    """
    return _exact("cost", cost, _COST)


def exact_level(level: decimal.Decimal) -> decimal.Decimal:
    """Return the shortest form of a level that the column stores exactly.

    :raises ValueError: if the column would round it.
    """
    return _exact("level", level, _LEVEL)


_M = typing.TypeVar("_M", bound=base.Base)
_R = typing.TypeVar("_R", Service, Field, Group, Mapping, Threshold)
_Rule = typing.TypeVar("_Rule", Mapping, Threshold)


def _names(kind: type[_R]) -> tuple[str, ...]:
    """Return the columns of a kind, which its fields are named after."""
    return tuple(field.name for field in dataclasses.fields(kind))


#: The fields of the result of ``load``: their types and tables.
_TABLES: dict[str, tuple[type[typing.Any], type[base.Base]]] = {
    "services": (Service, rule_models.HashmapService),
    "fields": (Field, rule_models.HashmapField),
    "groups": (Group, rule_models.HashmapGroup),
    "mappings": (Mapping, rule_models.HashmapMapping),
    "thresholds": (Threshold, rule_models.HashmapThreshold),
}
_PACKED = {
    table: json_rows.Row([getattr(model, name) for name in _names(kind)])
    for table, (kind, model) in _TABLES.items()
}


def _select(table: str) -> typing.Any:
    """Return the statement that reads a table: its name and packed rows."""
    _, model = _TABLES[table]
    query: typing.Any = sa.select(
        sa.literal_column(f"'{table}'").label("source"), _PACKED[table].column
    ).select_from(model)
    tenant = model.__table__.columns.get("tenant_id")
    if tenant is None:
        return query
    mine = sa.bindparam("tenant", type_=tenant.type)
    return query.where(tenant.is_(None) | (tenant == mine))


# Compiled once: compiling takes as long as executing.
_LOAD = sa.union_all(*map(_select, _TABLES))


# Most rules have not changed since the last task.
@functools.lru_cache(maxsize=4096)
def _read(table: str, text: str) -> typing.Any:
    """Decode one row selected by ``_LOAD``."""
    kind, _ = _TABLES[table]
    return _built(kind, _PACKED[table].values(text))


def _inserted(kind: type[_R], row: base.Base) -> _R:
    """Return a row that was just inserted."""
    return _built(kind, [getattr(row, name) for name in _names(kind)])


def _built(kind: type[_R], values: collections.abc.Iterable[typing.Any]) -> _R:
    fields = dict(zip(_names(kind), values, strict=True))
    for name in ("cost", "level"):
        # The databases pad with zeros, SQLite does not: the shortest form
        # gives prices the same digits on all of them.
        if fields.get(name) is not None:
            fields[name] = money.canonical(fields[name])
    return kind(**fields)


def _of_scope(
    rules: collections.abc.Iterable[_Rule], scope_id: str | None
) -> tuple[_Rule, ...]:
    """Return the rules of all scopes, then the scope's own."""
    # Compare again: the database may fold case.
    mine = [rule for rule in rules if rule.tenant_id in (None, scope_id)]
    return tuple(sorted(mine, key=lambda rule: rule.tenant_id is not None))


def _id(given: str | None) -> str:
    return given or str(uuid.uuid4())


def _add(session: orm.Session, row: _M) -> _M:
    session.add(row)
    session.flush()
    return row


def _check_owner(service_id: int | None, field_id: int | None) -> None:
    if (service_id is None) == (field_id is None):
        raise ValueError("a rule needs either a service or a field")


def _exact(
    name: str, value: decimal.Decimal, size: tuple[int, int]
) -> decimal.Decimal:
    """Return ``value`` if the column stores it exactly.

    Databases round longer numbers, in different ways.
    """
    digits, places = size
    if value.is_finite() and value.adjusted() < digits - places:
        short = money.canonical(value)
        decimals = -typing.cast(int, short.as_tuple().exponent)
        if short == value and decimals <= places:
            return short
    raise ValueError(
        f"{name} must have at most {digits - places} digits before and "
        f"{places} after the point"
    )
