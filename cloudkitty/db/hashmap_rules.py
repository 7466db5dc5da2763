# SPDX-License-Identifier: Apache-2.0
"""Queries on the hashmap tables: the rules of the ``hashmap`` module."""

import dataclasses
import datetime
import decimal
import functools
import typing
import uuid

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db import exact
from cloudkitty.db import models

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

    :param value: the field's value in text form; None for a service's.
    :param map_type: ``flat`` or ``rate``.
    :param tenant_id: the only scope it is for; None for all.
    :param start: in force from here on, inclusive.
    :param end: until here, exclusive; None for ever.
    :param deleted: when it was deleted; it is in force no more.
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

    :param level: it is in force from here on; None (the column allows it)
        for never.
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

    Services, fields and groups are in the order of their making; rules that
    are for all scopes stand before the scope's own.
    """

    services: tuple[Service, ...] = ()
    fields: tuple[Field, ...] = ()
    groups: tuple[Group, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    thresholds: tuple[Threshold, ...] = ()


def load(session: orm.Session, scope_id: str | None) -> Rules:
    """Return all rules that can apply to a scope, at whatever time.

    :param scope_id: the scope; None for the rules of all scopes only.
    """
    # Rules first: so what a rule refers to is read after the rule, and there.
    mappings = _rules(session, models.HashmapMapping, scope_id)
    thresholds = _rules(session, models.HashmapThreshold, scope_id)
    named: dict[str, list[typing.Any]] = {"s": [], "f": [], "g": []}
    for row in session.connection().execute(_NAMED):
        named[row.kind].append(row)
    return Rules(
        services=tuple(
            Service(id=row.id, service_id=row.uuid, name=row.name)
            for row in named["s"]
        ),
        fields=tuple(
            Field(
                id=row.id,
                field_id=row.uuid,
                name=row.name,
                service_id=row.service_id,
            )
            for row in named["f"]
        ),
        groups=tuple(
            Group(id=row.id, group_id=row.uuid, name=row.name)
            for row in named["g"]
        ),
        mappings=tuple(map(_mapping, mappings)),
        thresholds=tuple(map(_threshold, thresholds)),
    )


def create_service(
    session: orm.Session, name: str, service_id: str | None = None
) -> Service:
    """Make a metric one that can have rules.

    :param service_id: None for one made up.
    :raises oslo_db.exception.DBDuplicateEntry: if it is one already.
    """
    row = models.HashmapService(service_id=_id(service_id), name=name)
    return _service(_add(session, row))


def create_field(
    session: orm.Session,
    service_id: int,
    name: str,
    field_id: str | None = None,
) -> Field:
    """Make an attribute of a service one that can have rules.

    :param field_id: None for one made up.
    :raises oslo_db.exception.DBDuplicateEntry: if it is one already.
    """
    row = models.HashmapField(
        field_id=_id(field_id), service_id=service_id, name=name
    )
    return _field(_add(session, row))


def create_group(
    session: orm.Session, name: str, group_id: str | None = None
) -> Group:
    """Make a group.

    :param group_id: None for one made up.
    :raises oslo_db.exception.DBDuplicateEntry: if the name is taken.
    """
    row = models.HashmapGroup(group_id=_id(group_id), name=name)
    return _group(_add(session, row))


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
    """Make a mapping of a service, or of a value of a field.

    Whether it goes with the rules that are there is not looked at.

    :param value: of a service's one nothing, or ``""`` as upstream has it.
    :param name: None for one made up.
    :param created_by: id of the user who does it.
    :param more: ``mapping_id``, ``created_at``, ``description``.
    :raises ValueError: for a rule of neither or both, a value that does not
        go with it, or a cost that the column would round.
    """
    _check_owner(service_id, field_id)
    if bool(value) != (field_id is not None):
        raise ValueError("a value goes with a field, and only with one")
    row = models.HashmapMapping(
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
    return _mapping(_add(session, row))


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
    """Make a threshold of a service or of a field.

    :param threshold_id: None for one made up.
    :raises ValueError: for one of neither or both, or a cost or level that
        the column would round.
    :raises oslo_db.exception.DBDuplicateEntry: if there is one at the level.
    """
    _check_owner(service_id, field_id)
    row = models.HashmapThreshold(
        threshold_id=_id(threshold_id),
        level=exact_level(level),
        cost=exact_cost(cost),
        map_type=map_type,
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        tenant_id=tenant_id,
    )
    return _threshold(_add(session, row))


def exact_cost(cost: decimal.Decimal) -> decimal.Decimal:
    """Return the shortest form of a cost that the column keeps.

    :raises ValueError: for one that it would round.
    """
    return _exact("cost", cost, _COST)


def exact_level(level: decimal.Decimal) -> decimal.Decimal:
    """Return the shortest form of a level that the column keeps.

    :raises ValueError: for one that it would round.
    """
    return _exact("level", level, _LEVEL)


_R = typing.TypeVar("_R", bound=models.Base)


@functools.cache
def _of(model: type[models.Base]) -> sa.Select[typing.Any]:
    """Return the statement that reads the rules of all and of a scope.

    Plain rows, by id; made once.
    """
    columns = model.__table__.columns
    kind = Mapping if model is models.HashmapMapping else Threshold
    tenant = columns.tenant_id
    return (
        sa.select(*(columns[f.name] for f in dataclasses.fields(kind)))
        .where(tenant.is_(None) | (tenant == sa.bindparam("tenant")))
        .order_by(columns.id)
    )


def _kind(
    kind: str,
    model: type[models.HashmapService]
    | type[models.HashmapField]
    | type[models.HashmapGroup],
    uuid: typing.Any,
    service_id: typing.Any,
) -> sa.Select[typing.Any]:
    return sa.select(
        sa.literal_column(f"'{kind}'").label("kind"),
        model.id.label("id"),
        uuid.label("uuid"),
        model.name.label("name"),
        service_id.label("service_id"),
    )


_NO_SERVICE = sa.literal_column("0", sa.Integer)
#: Services, fields and groups, each by id, in one statement.
_NAMED = sa.union_all(
    _kind(
        "s",
        models.HashmapService,
        models.HashmapService.service_id,
        _NO_SERVICE,
    ),
    _kind(
        "f",
        models.HashmapField,
        models.HashmapField.field_id,
        models.HashmapField.service_id,
    ),
    _kind("g", models.HashmapGroup, models.HashmapGroup.group_id, _NO_SERVICE),
).order_by("id")


def _rules(
    session: orm.Session,
    model: type[models.HashmapMapping] | type[models.HashmapThreshold],
    scope_id: str | None,
) -> list[typing.Any]:
    """Return the rules of all scopes, then the scope's own, each by id."""
    # What no database can hold is nobody's rule.
    tenant = scope_id if exact.storable(scope_id or "") else None
    found = session.connection().execute(_of(model), {"tenant": tenant})
    # Not sorted by the database: they do not agree where NULL belongs.
    return sorted(
        # Once more: the database may fold case.
        (rule for rule in found if rule.tenant_id in (None, scope_id)),
        key=lambda rule: (rule.tenant_id is not None, rule.id),
    )


def _id(given: str | None) -> str:
    return given or str(uuid.uuid4())


def _add(session: orm.Session, row: _R) -> _R:
    session.add(row)
    session.flush()
    return row


def _check_owner(service_id: int | None, field_id: int | None) -> None:
    if (service_id is None) == (field_id is None):
        raise ValueError("a rule is either a service's or a field's")


def _exact(
    name: str, value: decimal.Decimal, size: tuple[int, int]
) -> decimal.Decimal:
    """Return ``value`` if the column keeps it as it is.

    Databases round what is too long, not all in the same way.
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


def _service(row: typing.Any) -> Service:
    return Service(id=row.id, service_id=row.service_id, name=row.name)


def _field(row: typing.Any) -> Field:
    return Field(
        id=row.id,
        field_id=row.field_id,
        name=row.name,
        service_id=row.service_id,
    )


def _group(row: typing.Any) -> Group:
    return Group(id=row.id, group_id=row.group_id, name=row.name)


def _mapping(row: typing.Any) -> Mapping:
    return Mapping(
        mapping_id=row.mapping_id,
        value=row.value,
        name=row.name,
        start=row.start,
        end=row.end,
        deleted=row.deleted,
        **_common(row),
    )


def _threshold(row: typing.Any) -> Threshold:
    return Threshold(
        threshold_id=row.threshold_id,
        level=None if row.level is None else money.canonical(row.level),
        **_common(row),
    )


def _common(row: typing.Any) -> dict[str, typing.Any]:
    return {
        "id": row.id,
        # The databases pad with zeros, SQLite does not: the shortest form
        # gives prices the same digits on all of them.
        "cost": money.canonical(row.cost),
        "map_type": row.map_type,
        "service_id": row.service_id,
        "field_id": row.field_id,
        "group_id": row.group_id,
        "tenant_id": row.tenant_id,
    }
