# SPDX-License-Identifier: Apache-2.0
"""Sums of quantity and price."""

import collections.abc
import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage import grouping
from cloudkitty.storage.v2.sqlalchemy import conditions
from cloudkitty.storage.v2.sqlalchemy import expressions

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_SCOPES = expressions.SCOPES


def total(
    session: orm.Session,
    query: base.Query,
    groupby: collections.abc.Sequence[str],
    scope_key: str,
) -> base.Totals:
    """Return the requested page of rows and the number of all."""
    groups = grouping.parse(groupby)
    shape, values = conditions.select(session, query, scope_key)
    page, count = _statements(shape, groups, scope_key)
    connection = session.connection()
    rows = connection.execute(page, values).all()
    total = rows[0].total if rows else connection.scalar(count, values)
    return base.Totals(
        total=total or 0,
        rows=[_row(row, query, groups) for row in rows],
    )


@functools.lru_cache(maxsize=128)
def _statements(
    shape: conditions.Shape, groups: grouping.Grouping, scope_key: str
) -> tuple[sa.Select[typing.Any], sa.Select[typing.Any]]:
    """Return the statements for a page and for the number of rows."""
    sums = _sums(shape, groups, scope_key)
    names: list[sa.ColumnElement[typing.Any]] = [
        sa.literal_column(name) for name in _names(groups)
    ]
    page = shape.page(
        sums.add_columns(sa.func.count().over().label("total"))
        # The series last: MySQL sorts texts by their first 1024 bytes
        # only, and all pages must have the same order.
        .order_by(*names, sa.literal_column("first_series"))
    )
    return page, sa.select(sa.func.count()).select_from(sums.subquery("sums"))


def _sums(
    shape: conditions.Shape, groups: grouping.Grouping, scope_key: str
) -> sa.Select[typing.Any]:
    """Return the statement for the sums, one row for each group.

    It adds up each series first, then the sums of series, so that an
    attribute is looked up once for each series, not for each point.
    """
    points = _sums_of_series(shape, groups)
    keys: list[sa.ColumnElement[typing.Any]] = []
    if groups.by_time:
        keys += [points.c.begin, points.c.end]
    keys += [
        _column(name, scope_key).label(f"group_{index}")
        for index, name in enumerate(groups.columns)
    ]
    origin = points.join(_SERIES, _SERIES.c.id == points.c.series)
    if scope_key in groups.columns:
        origin = origin.join(_SCOPES, _SCOPES.c.id == points.c.scope)
    # PostgreSQL sums big integers up to a decimal.
    count = sa.cast(sa.func.sum(points.c.points), sa.BigInteger)
    return (
        sa.select(
            *keys,
            expressions.exact_sum(points.c.qty).label("qty"),
            expressions.exact_sum(points.c.price).label("rate"),
            count.label("points"),
            sa.func.min(points.c.series).label("first_series"),
        )
        .select_from(origin)
        # By names: databases that bind parameters on the server do not see
        # that two expressions with parameters are equal.
        .group_by(*map(sa.literal_column, _names(groups)))
        # Without groups there is one row of NULLs if there are no points.
        .having(sa.func.sum(points.c.points) > 0)
    )


def _names(groups: grouping.Grouping) -> list[str]:
    """Return the columns of ``_sums`` that define a group."""
    time = ["points.begin", "points.end"] if groups.by_time else []
    return time + [f"group_{index}" for index in range(len(groups.columns))]


def _sums_of_series(
    shape: conditions.Shape, groups: grouping.Grouping
) -> sa.Subquery:
    keys: list[sa.ColumnElement[typing.Any]] = [
        _POINTS.c.scope,
        _POINTS.c.series,
    ]
    if groups.by_time:
        keys += [_POINTS.c.begin, _POINTS.c.end]
    return shape.read(
        [
            *keys,
            expressions.exact_sum(_POINTS.c.qty).label("qty"),
            expressions.exact_sum(_POINTS.c.price).label("price"),
            sa.func.count().label("points"),
        ],
        keys,
    )


def _column(name: str, scope_key: str) -> sa.ColumnElement[str]:
    if name == grouping.METRIC:
        return expressions.text(_SERIES.c.metric)
    if name == scope_key:
        return sa.case(
            (
                _SCOPES.c.scope_key == scope_key,
                expressions.text(_SCOPES.c.scope_id),
            ),
            else_=expressions.attribute(name),
        )
    return expressions.attribute(name)


def _row(
    row: sa.Row[typing.Any], query: base.Query, groups: grouping.Grouping
) -> base.TotalRow:
    return base.TotalRow(
        begin=row.begin if groups.by_time else query.window.begin,
        end=row.end if groups.by_time else query.window.end,
        qty=storage_checks.checked_sum(row.qty),
        rate=storage_checks.checked_sum(row.rate),
        points=row.points,
        groups={
            name: getattr(row, f"group_{index}")
            for index, name in enumerate(groups.columns)
        },
    )
