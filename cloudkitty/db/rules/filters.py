# SPDX-License-Identifier: Apache-2.0
"""Conditions for queries on rules of hashmap and on scripts."""

import collections.abc
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.sql import exact_text

Conditions = list[sa.ColumnElement[bool]]


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


def about_time(
    model: type[rule_models.HashmapMapping | rule_models.PyscriptsScript],
    *,
    start_from: datetime.datetime | None,
    end_before: datetime.datetime | None,
    active_at: datetime.datetime | None,
) -> Conditions:
    """Return the conditions on a validity; None does not filter.

    :param start_from: it begins then or later.
    :param end_before: it ends before.
    :param active_at: it is in force then, and not deleted.
    """
    conditions: Conditions = []
    if start_from is not None:
        conditions.append(model.start >= start_from)
    if end_before is not None:
        conditions.append(model.end < end_before)
    if active_at is not None:
        conditions += [
            model.start <= active_at,
            model.end.is_(None) | (model.end > active_at),
            model.deleted.is_(None),
        ]
    return conditions


def owned(
    model: type[rule_models.HashmapMapping | rule_models.HashmapThreshold],
    conditions: Conditions,
) -> "sa.Select[typing.Any, str, str, str]":
    """Return the statement that reads rules with their owners, by id.

    A row is the rule and the UUIDs of its service, field and group.
    """
    service, field = rule_models.HashmapService, rule_models.HashmapField
    group = rule_models.HashmapGroup
    return (
        sa.select(model, service.service_id, field.field_id, group.group_id)
        .outerjoin(service, service.id == model.service_id)
        .outerjoin(field, field.id == model.field_id)
        .outerjoin(group, group.id == model.group_id)
        .where(*conditions)
        .order_by(model.id)
        # Refresh rows that an UPDATE of this transaction has changed.
        .execution_options(populate_existing=True)
    )
