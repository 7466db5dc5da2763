# SPDX-License-Identifier: Apache-2.0
"""Filters of the lists of hashmap rules and of scripts."""

import collections.abc
import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.sql import exact_text

Conditions = list[sa.ColumnElement[bool]]
_Described = typing.TypeVar("_Described", bound="_HasDescription")


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnerFilters:
    """Selection of hashmap rules by owner, group and scope.

    None does not filter.

    :param service_id: UUID of the owner, as is ``field_id``.
    :param no_group: only rules without a group.
    :param general: only rules for all scopes.
    """

    service_id: str | None = None
    field_id: str | None = None
    group_id: str | None = None
    no_group: bool = False
    tenant_id: str | None = None
    general: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class ValidityFilters:
    """Selection of rules that have a validity, by it and by users.

    None does not filter.

    :param deleted: include soft-deleted rules.
    :param start_from: rules that start then or later.
    :param end_before: rules that end before.
    :param active_at: rules in force at this instant.
    :param description: a part of it, case-insensitive.
    """

    name: str | None = None
    deleted: bool = False
    start_from: datetime.datetime | None = None
    end_before: datetime.datetime | None = None
    active_at: datetime.datetime | None = None
    created_by: str | None = None
    updated_by: str | None = None
    deleted_by: str | None = None
    description: str | None = None


class _HasDescription(typing.Protocol):
    @property
    def description(self) -> str | None: ...


def equal(
    session: orm.Session,
    pairs: collections.abc.Iterable[tuple[typing.Any, str | None]],
) -> Conditions:
    """Return the conditions that columns equal the given texts.

    :param pairs: column and text; None matches every value.
    """
    return [
        exact_text.one_of(session, column, [wanted])
        for column, wanted in pairs
        if wanted is not None
    ]


def owned(
    session: orm.Session,
    model: type[rule_models.HashmapMapping | rule_models.HashmapThreshold],
    filters: OwnerFilters,
) -> Conditions:
    """Return the conditions of the filters, for ``records.select_owned``."""
    conditions = equal(
        session,
        (
            (rule_models.HashmapService.service_id, filters.service_id),
            (rule_models.HashmapField.field_id, filters.field_id),
            (rule_models.HashmapGroup.group_id, filters.group_id),
            (model.tenant_id, filters.tenant_id),
        ),
    )
    if filters.no_group:
        conditions.append(model.group_id.is_(None))
    if filters.general:
        conditions.append(model.tenant_id.is_(None))
    return conditions


def valid(
    session: orm.Session,
    model: type[rule_models.HashmapMapping | rule_models.PyscriptsScript],
    filters: ValidityFilters,
) -> Conditions:
    """Return the conditions of the filters, except for the description."""
    conditions = equal(
        session,
        (
            (model.name, filters.name),
            (model.created_by, filters.created_by),
            (model.updated_by, filters.updated_by),
            (model.deleted_by, filters.deleted_by),
        ),
    )
    if filters.start_from is not None:
        conditions.append(model.start >= filters.start_from)
    if filters.end_before is not None:
        conditions.append(model.end < filters.end_before)
    if filters.active_at is not None:
        conditions += [
            model.start <= filters.active_at,
            model.end.is_(None) | (model.end > filters.active_at),
            model.deleted.is_(None),
        ]
    elif not filters.deleted:
        conditions.append(model.deleted.is_(None))
    return conditions


def described(
    rules: list[_Described], description: str | None
) -> list[_Described]:
    """Return the rules with the text in their description.

    Not in SQL: databases fold the case of letters differently.

    :param description: case-insensitive; None selects all rules.
    """
    if description is None:
        return rules
    part = description.casefold()
    return [
        rule for rule in rules if part in (rule.description or "").casefold()
    ]
