# SPDX-License-Identifier: Apache-2.0
"""Sums of quantity and price."""

import collections.abc
import dataclasses
import datetime
import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage import daily
from cloudkitty.storage import grouping
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import selection

_SERIES = expressions.SERIES
_SCOPES = expressions.SCOPES
#: The columns of the sums of a group.
_SUMS = ("qty", "rate", "points", "unknown", "first_series")


class _Unknown(Exception):
    """The sum of a day has not fitted its column."""


def total(
    session: orm.Session,
    query: base.Query,
    groupby: collections.abc.Sequence[str],
    scope_key: str,
    *,
    days: bool = True,
    by_day: bool = False,
) -> base.Totals:
    """Return the requested page of rows and the number of all.

    :param days: read the sums of whole days where they exist.
    :param by_day: return a row for each day in UTC.
    """
    groups = dataclasses.replace(grouping.parse(groupby), by_day=by_day)
    days = days and not groups.by_time
    try:
        return _total(session, query, groups, scope_key, days)
    except _Unknown:
        return _total(session, query, groups, scope_key, False)


def _total(
    session: orm.Session,
    query: base.Query,
    groups: grouping.Grouping,
    scope_key: str,
    days: bool,
) -> base.Totals:
    """Return the totals.

    :param days: read the sums of whole days.
    :raises _Unknown: if one of these sums is unknown.
    """
    scopes = selection.Scopes(session, query, scope_key)
    shape, values = selection.select(query, scopes, days=days)
    page, count = _statements(shape, groups, scope_key)
    connection = session.connection()
    rows = connection.execute(page, values).all()
    if any(row.unknown for row in rows):
        raise _Unknown
    if not shape.paged:
        number = len(rows)
    elif rows:
        number = rows[0].total
    else:
        number = connection.scalar(count, values) or 0
    return base.Totals(
        total=number, rows=[_row(row, query, groups) for row in rows]
    )


@functools.lru_cache(maxsize=128)
def _statements(
    shape: selection.Shape, groups: grouping.Grouping, scope_key: str
) -> tuple[sa.Select[typing.Any], sa.Select[typing.Any]]:
    """Return the statements for a page and for the number of rows."""
    sums = _sums(shape, groups, scope_key)
    page = sums
    if shape.paged:
        page = page.add_columns(sa.func.count().over().label("total"))
    # The series last: MySQL sorts texts by their first 1024 bytes only, and
    # all pages must have the same order.
    page = page.order_by(
        *(
            sums.selected_columns[name]
            for name in (*_times_of(groups), *_names(groups), "first_series")
        )
    )
    number = sa.select(sa.func.count()).select_from(sums.subquery("sums"))
    return shape.page(page), number


def _sums(
    shape: selection.Shape, groups: grouping.Grouping, scope_key: str
) -> sa.Select[typing.Any]:
    """Return the statement for the sums, one row for each group."""
    # Without attributes, points are added up to the groups at once.
    at_once = shape.keyed and not (
        set(groups.columns) - {grouping.METRIC, scope_key}
    )
    inner = _grouped_at_once if at_once else _grouped_by_series
    parts = shape.parts_of(lambda table: inner(table, groups, scope_key))
    if at_once and len(parts) == 1 and scope_key not in groups.columns:
        # Its rows are the groups. Without groups there is one row if there
        # are no points. MariaDB copies the rows of a sub-select.
        return parts[0].having(sa.func.count() > 0)
    points = selection.points_of(parts)
    times = [points.c[name] for name in _times_of(groups)]
    keys: list[sa.ColumnElement[typing.Any]] = list(times)
    origin: sa.FromClause = points
    if not at_once:
        origin = origin.join(_SERIES, _SERIES.c.id == points.c.first_series)
    if scope_key in groups.columns:
        # Not the column itself: MariaDB would read all days of each scope
        # instead (LATERAL DERIVED).
        scope = points.c.scope + sa.literal_column("0", sa.Integer())
        origin = origin.join(_SCOPES, _SCOPES.c.id == scope)
    names = _names(groups)
    for name, label in zip(groups.columns, names, strict=True):
        column = _column(name, scope_key)
        if at_once and name == grouping.METRIC:
            column = points.c[label]
        elif at_once:
            column = expressions.text(_SCOPES.c.scope_id)
        keys.append(column.label(label))
    if at_once and len(parts) == 1:
        sums = (points.c[name] for name in _SUMS)
        return sa.select(*keys, *sums).select_from(origin)
    # PostgreSQL sums big integers up to a decimal.
    count = sa.cast(sa.func.sum(points.c.points), sa.BigInteger)
    return (
        sa.select(
            *keys,
            expressions.exact_sum(points.c.qty).label("qty"),
            expressions.exact_sum(points.c.rate).label("rate"),
            count.label("points"),
            sa.func.max(points.c.unknown).label("unknown"),
            sa.func.min(points.c.first_series).label("first_series"),
        )
        .select_from(origin)
        # By names: databases that bind parameters on the server do not see
        # that two expressions with parameters are equal.
        .group_by(*times, *map(sa.literal_column, names))
        # Without groups there is one row of NULLs if there are no points.
        .having(sa.func.sum(points.c.points) > 0)
    )


def _times_of(groups: grouping.Grouping) -> list[str]:
    """Return the columns of ``_sums`` with the time of a group."""
    times = ["begin", "end"] if groups.by_time else []
    return [*times, "day"] if groups.by_day else times


def _names(groups: grouping.Grouping) -> list[str]:
    """Return the columns of ``_sums`` for the columns of the grouping."""
    return [f"group_{index}" for index in range(len(groups.columns))]


def _grouped_by_series(
    table: sa.Table, groups: grouping.Grouping, scope_key: str
) -> sa.Select[typing.Any]:
    """Return the sums of each series.

    An attribute is then looked up once for each series, not for each point.
    """
    keys: list[sa.ColumnElement[typing.Any]] = [
        table.c.scope,
        table.c.series,
        *_times(table, groups),
    ]
    return sa.select(*keys, *_sums_of(table)).group_by(*keys)


def _grouped_at_once(
    table: sa.Table, groups: grouping.Grouping, scope_key: str
) -> sa.Select[typing.Any]:
    """Return the sums of each scope, metric and time that are asked for."""
    keys: list[sa.ColumnElement[typing.Any]] = []
    if scope_key in groups.columns:
        keys.append(table.c.scope)
    keys += _times(table, groups)
    origin: sa.FromClause = table
    if grouping.METRIC in groups.columns:
        label = _names(groups)[groups.columns.index(grouping.METRIC)]
        keys.append(expressions.text(_SERIES.c.metric).label(label))
        origin = table.join(_SERIES, _SERIES.c.id == table.c.series)
    return (
        sa.select(*keys, *_sums_of(table)).select_from(origin).group_by(*keys)
    )


def _times(
    table: sa.Table, groups: grouping.Grouping
) -> list[sa.ColumnElement[typing.Any]]:
    """Return the period or the day of points, or of sums of days."""
    if groups.by_time:
        return [table.c.begin, table.c.end]
    if not groups.by_day:
        return []
    if table is expressions.DAYS:
        return [table.c.day]
    return [expressions.day(table.c.begin).label("day")]


def _sums_of(table: sa.Table) -> list[sa.ColumnElement[typing.Any]]:
    """Return the sums of points, or of sums of days.

    ``unknown`` is 1 if the sum of a day is unknown.
    """
    count: sa.ColumnElement[typing.Any] = sa.func.count()
    unknown: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer())
    if table is expressions.DAYS:
        count = sa.cast(sa.func.sum(table.c.points), sa.BigInteger)
        missing = table.c.qty.is_(None) | table.c.price.is_(None)
        unknown = sa.func.max(sa.case((missing, 1), else_=0))
    return [
        expressions.exact_sum(table.c.qty).label("qty"),
        expressions.exact_sum(table.c.price).label("rate"),
        count.label("points"),
        unknown.label("unknown"),
        sa.func.min(table.c.series).label("first_series"),
    ]


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
    begin, end = query.window.begin, query.window.end
    if groups.by_time:
        begin, end = row.begin, row.end
    elif groups.by_day:
        begin = daily.midnight(row.day)
        end = begin + datetime.timedelta(days=1)
    return base.TotalRow(
        begin=begin,
        end=end,
        qty=storage_checks.checked_sum(row.qty),
        rate=storage_checks.checked_sum(row.rate),
        points=row.points,
        groups={
            name: getattr(row, f"group_{index}")
            for index, name in enumerate(groups.columns)
        },
    )
