# SPDX-License-Identifier: Apache-2.0
"""Sums of quantity and price."""

import collections.abc
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.storage import base
from cloudkitty.storage import grouping
from cloudkitty.storage.v2.sqlalchemy import conditions
from cloudkitty.storage.v2.sqlalchemy import expressions

_POINT = expressions.POINT


def total(
    session: orm.Session,
    query: base.Query,
    groupby: collections.abc.Sequence[str],
    scope_key: str,
) -> base.Totals:
    """Return the asked page of rows and the number of all."""
    groups = grouping.parse(groupby)
    sums = _sums(query, groups, scope_key)
    rows = session.execute(_page(sums, query)).all()
    if rows:
        count = rows[0].total
    else:
        count = session.scalar(sa.select(sa.func.count()).select_from(sums))
    return base.Totals(
        total=count or 0,
        rows=[_row(row, query, groups) for row in rows],
    )


def _sums(
    query: base.Query, groups: grouping.Grouping, scope_key: str
) -> sa.Subquery:
    """Return the statement that adds up, one row a group."""
    keys: list[sa.ColumnElement[typing.Any]] = []
    if groups.by_time:
        keys += [_POINT.begin.label("begin"), _POINT.end.label("end")]
    keys += [
        _column(name, scope_key).label(f"group_{index}")
        for index, name in enumerate(groups.columns)
    ]
    # Grouped by plain names: databases that bind parameters on the server
    # do not see that two expressions with parameters are the same.
    points = (
        sa.select(*keys, _POINT.qty.label("qty"), _POINT.price.label("price"))
        .where(*conditions.matching(query, scope_key))
        .subquery("points")
    )
    names = [points.columns[key.name] for key in keys]
    sums = (
        sa.select(
            *names,
            expressions.exact_sum(points.columns.qty).label("qty"),
            expressions.exact_sum(points.columns.price).label("rate"),
            sa.func.count().label("points"),
        )
        .group_by(*names)
        .subquery("sums")
    )
    # Without groups there is a row of nothing where there is no point.
    return sa.select(sums).where(sums.columns.points > 0).subquery("page")


def _column(name: str, scope_key: str) -> sa.ColumnElement[str]:
    if name == grouping.METRIC:
        return expressions.text(_POINT.metric)
    if name == scope_key:
        return sa.case(
            (
                expressions.exactly(_POINT.scope_key, scope_key),
                expressions.text(_POINT.scope_id),
            ),
            else_=expressions.attribute(name),
        )
    return expressions.attribute(name)


def _page(sums: sa.Subquery, query: base.Query) -> sa.Select[typing.Any]:
    order = [
        column
        for column in sums.columns
        if column.name not in ("qty", "rate", "points")
    ]
    return (
        sa.select(sums, sa.func.count().over().label("total"))
        .order_by(*order)
        .offset(query.offset or None)
        .limit(query.limit)
    )


def _row(
    row: sa.Row[typing.Any], query: base.Query, groups: grouping.Grouping
) -> base.TotalRow:
    return base.TotalRow(
        begin=row.begin if groups.by_time else query.window.begin,
        end=row.end if groups.by_time else query.window.end,
        qty=base.checked_sum(row.qty),
        rate=base.checked_sum(row.rate),
        points=row.points,
        groups={
            name: getattr(row, f"group_{index}")
            for index, name in enumerate(groups.columns)
        },
    )
