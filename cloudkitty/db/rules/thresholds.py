# SPDX-License-Identifier: Apache-2.0
"""Queries on ``hashmap_thresholds``."""

import dataclasses
import decimal
import typing

from sqlalchemy import orm

from cloudkitty.db.rules import filters as rule_filters
from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import numbers
from cloudkitty.db.rules import records
from cloudkitty.db.rules import services
from cloudkitty.db.sql import exact_text

_Model = rule_models.HashmapThreshold


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(typing.Generic[records.Ref]):
    """A price from a quantity, or from a field's value, on.

    :param id: the row.
    :param threshold_id: UUID, which the API shows.
    :param level: it applies from this level on, which is in its shortest
        form; None, which the column allows: never.
    :param cost: in its shortest form.
    :param map_type: ``flat`` or ``rate``.
    :param service_id: see ``records.Ref``, as for ``field_id`` and
        ``group_id``.
    :param tenant_id: the only scope to which it applies; None: all scopes.
    """

    id: int
    threshold_id: str
    level: decimal.Decimal | None
    cost: decimal.Decimal
    map_type: str
    service_id: records.Ref | None
    field_id: records.Ref | None
    group_id: records.Ref | None
    tenant_id: str | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filters(rule_filters.OwnerFilters):
    """Selection of thresholds; None does not filter."""


def create(
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
) -> Threshold[int]:
    """Create a threshold of a service or of a field.

    :param threshold_id: its UUID; None: generated.
    :raises ValueError: for a rule with no owner or with both, or a cost or
        level that the column would round.
    :raises oslo_db.exception.DBDuplicateEntry: if the level is taken.
    """
    services.check_owner(service_id, field_id)
    row = _Model(
        threshold_id=records.new_id(threshold_id),
        level=numbers.exact_level(level),
        cost=numbers.exact_cost(cost),
        map_type=map_type,
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        tenant_id=tenant_id,
    )
    return records.insert(session, row, Threshold)


def get(session: orm.Session, threshold_id: str) -> Threshold[str] | None:
    """Return a threshold by its UUID."""
    conditions = [
        exact_text.one_of(session, _Model.threshold_id, [threshold_id])
    ]
    found = records.select_owned(session, Threshold, _Model, conditions)
    return found[0] if found else None


def find(session: orm.Session, filters: Filters) -> list[Threshold[str]]:
    """Return the thresholds that match all filters, oldest row first."""
    conditions = rule_filters.owned(session, _Model, filters)
    return records.select_owned(session, Threshold, _Model, conditions)


def update(session: orm.Session, row_id: int, **columns: typing.Any) -> None:
    """Set columns of one threshold.

    :param columns: by their names in the table.
    :raises oslo_db.exception.DBDuplicateEntry: if the level is taken.
    """
    records.update(session, _Model, row_id, columns)


def delete(session: orm.Session, row_id: int) -> None:
    """Delete a threshold."""
    records.delete(session, _Model, _Model.id == row_id)
