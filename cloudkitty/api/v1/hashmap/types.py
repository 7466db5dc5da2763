# SPDX-License-Identifier: Apache-2.0
"""Responses of hashmap's part of the API."""

import collections.abc
import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api.v1 import wire
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds

MAP_TYPES = ("flat", "rate")

#: Number of decimal places in responses: the scale of the columns.
_COST_PLACES = 28
_LEVEL_PLACES = 8


class Service(ordered.Base):
    """A metric with rules."""

    service_id = wsme.types.text
    name = wsme.types.text

    @classmethod
    def from_row(cls, row: hashmap_services.Service) -> typing.Self:
        """Return the wire form of a row."""
        return cls(service_id=row.service_id, name=row.name)


class Field(ordered.Base):
    """An attribute of a service's points, with rules."""

    field_id = wsme.types.text
    name = wsme.types.text
    service_id = wsme.types.text

    @classmethod
    def from_row(cls, row: hashmap_services.Field[str]) -> typing.Self:
        """Return the wire form of a row."""
        return cls(
            field_id=row.field_id, name=row.name, service_id=row.service_id
        )


class Group(ordered.Base):
    """Rules that are combined before they are added to others."""

    group_id = wsme.types.text
    name = wsme.types.text

    @classmethod
    def from_row(cls, row: hashmap_services.Group) -> typing.Self:
        """Return the wire form of a row."""
        return cls(group_id=row.group_id, name=row.name)


class Mapping(ordered.Base):
    """A price for a service, or for one value of a field."""

    mapping_id = wsme.types.text
    #: Value of the field; blank or null for a service.
    value = ordered.nullable(wsme.types.text)
    type = wsme.types.text
    #: A decimal number as a string.
    cost = wsme.types.text
    service_id = ordered.nullable(wsme.types.text)
    field_id = ordered.nullable(wsme.types.text)
    group_id = ordered.nullable(wsme.types.text)
    #: Scope to which it applies; null for every scope.
    tenant_id = ordered.nullable(wsme.types.text)
    name = ordered.nullable(wsme.types.text)
    description = ordered.nullable(wsme.types.text)
    #: Times are UTC, without an offset.
    start = ordered.nullable(wsme.types.text)
    end = ordered.nullable(wsme.types.text)
    created_at = ordered.nullable(wsme.types.text)
    deleted = ordered.nullable(wsme.types.text)
    created_by = ordered.nullable(wsme.types.text)
    updated_by = ordered.nullable(wsme.types.text)
    deleted_by = ordered.nullable(wsme.types.text)

    @classmethod
    def from_row(cls, row: hashmap_mappings.Mapping[str]) -> typing.Self:
        """Return the wire form of a row."""
        return cls(
            mapping_id=row.mapping_id,
            value=row.value,
            type=row.map_type,
            cost=wire.padded(row.cost, _COST_PLACES),
            service_id=row.service_id,
            field_id=row.field_id,
            group_id=row.group_id,
            tenant_id=row.tenant_id,
            name=row.name,
            description=row.description,
            start=wire.time(row.start),
            end=wire.time(row.end),
            created_at=wire.time(row.created_at),
            deleted=wire.time(row.deleted),
            created_by=row.created_by,
            updated_by=row.updated_by,
            deleted_by=row.deleted_by,
        )


class Threshold(ordered.Base):
    """A price that applies from a level of a quantity or field value."""

    threshold_id = wsme.types.text
    #: Decimal numbers as strings.
    level = wsme.types.text
    cost = wsme.types.text
    type = wsme.types.text
    service_id = ordered.nullable(wsme.types.text)
    field_id = ordered.nullable(wsme.types.text)
    group_id = ordered.nullable(wsme.types.text)
    tenant_id = ordered.nullable(wsme.types.text)

    @classmethod
    def from_row(cls, row: hashmap_thresholds.Threshold[str]) -> typing.Self:
        """Return the wire form of a row."""
        return cls(
            threshold_id=row.threshold_id,
            level=wire.padded(row.level, _LEVEL_PLACES),
            cost=wire.padded(row.cost, _COST_PLACES),
            type=row.map_type,
            service_id=row.service_id,
            field_id=row.field_id,
            group_id=row.group_id,
            tenant_id=row.tenant_id,
        )


class Rules(ordered.Base):
    """All rules with their services, fields and groups."""

    services = [Service]
    fields = [Field]
    groups = [Group]
    mappings = [Mapping]
    thresholds = [Threshold]

    @classmethod
    def from_rows(
        cls,
        services: collections.abc.Iterable[hashmap_services.Service],
        fields: collections.abc.Iterable[hashmap_services.Field[str]],
        groups: collections.abc.Iterable[hashmap_services.Group],
        mappings: collections.abc.Iterable[hashmap_mappings.Mapping[str]],
        thresholds: collections.abc.Iterable[
            hashmap_thresholds.Threshold[str]
        ],
    ) -> typing.Self:
        """Return the wire form of rows."""
        return cls(
            services=[*map(Service.from_row, services)],
            fields=[*map(Field.from_row, fields)],
            groups=[*map(Group.from_row, groups)],
            mappings=[*map(Mapping.from_row, mappings)],
            thresholds=[*map(Threshold.from_row, thresholds)],
        )


class ChangedPrice(ordered.Base):
    """A mapping that ends, and the one that follows."""

    old = Mapping
    new = Mapping


class Services(ordered.Base):
    """A list of services."""

    services = [Service]


class Fields(ordered.Base):
    """A list of fields."""

    fields = [Field]


class Groups(ordered.Base):
    """A list of groups."""

    groups = [Group]


class Mappings(ordered.Base):
    """A list of mappings."""

    mappings = [Mapping]


class Thresholds(ordered.Base):
    """A list of thresholds."""

    thresholds = [Threshold]
