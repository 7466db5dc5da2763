# SPDX-License-Identifier: Apache-2.0
"""Number and sums of points by period and metric."""

import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import selection

_SERIES = expressions.SERIES


def count(
    session: orm.Session, query: base.Query, scope_key: str
) -> list[base.Count]:
    """Return the counts, with equal consecutive periods in one row."""
    scopes = selection.Scopes(session, query, scope_key)
    shape, values = selection.select(query, scopes)
    rows = session.connection().execute(_statement(shape), values)
    return [
        base.Count(
            row.begin,
            row.end,
            row.periods,
            row.metric,
            row.points,
            qty=storage_checks.checked_sum(row.qty),
            rate=storage_checks.checked_sum(row.price),
        )
        for row in rows
    ]


@functools.lru_cache(maxsize=16)
def _statement(shape: selection.Shape) -> sa.Select[typing.Any]:
    """Return the statement.

    A row for each period would cost a client in Python more time than the
    database needs to count: ``SELECT`` of a month by the hour is 744 rows for
    each metric, almost all of them equal. It is one row for each day then.
    """
    runs = _runs(_counts(shape))
    keys = (
        runs.c.metric,
        runs.c.points,
        runs.c.length,
        runs.c.day,
        runs.c.run,
    )
    rows = (
        sa.select(
            sa.func.min(runs.c.begin).label("begin"),
            sa.func.max(runs.c.end).label("end"),
            sa.func.count().label("periods"),
            expressions.exact_sum(runs.c.qty).label("qty"),
            expressions.exact_sum(runs.c.price).label("price"),
            *keys,
        )
        .group_by(*keys)
        .subquery("rows_of_runs")
    )
    if not shape.one:
        return sa.select(rows)
    others = [column for column in rows.c if column.name != "metric"]
    return sa.select(*others, _SERIES.c.metric).join_from(
        rows, _SERIES, _SERIES.c.id == rows.c.metric
    )


def _counts(shape: selection.Shape) -> sa.Subquery:
    """Return the counts of each period."""
    columns = ("begin", "end", "series", "qty", "price")
    points = shape.read(
        lambda table: sa.select(*(table.c[name] for name in columns))
    )
    metrics = _metrics(shape)
    keys = (points.c.begin, points.c.end, metrics.c.metric)
    return (
        sa.select(
            *keys,
            sa.func.count().label("points"),
            expressions.exact_sum(points.c.qty).label("qty"),
            expressions.exact_sum(points.c.price).label("price"),
        )
        .select_from(points.join(metrics, metrics.c.id == points.c.series))
        .group_by(*keys)
        .subquery("counts")
    )


def _metrics(shape: selection.Shape) -> sa.Subquery:
    """Return the metric of each series: its text, or one of its series.

    MariaDB takes twice the time to group by the text. But for the number it
    reads all series of the scope, so there is a text for more than one.
    """
    metric: sa.ColumnElement[typing.Any] = expressions.text(_SERIES.c.metric)
    if not shape.one:
        return sa.select(_SERIES.c.id, metric.label("metric")).subquery("mine")
    number = sa.func.min(_SERIES.c.id).over(partition_by=metric)
    return (
        sa.select(_SERIES.c.id, number.label("metric"))
        .where(*shape.of_series())
        .subquery("mine")
    )


def _runs(counts: sa.Subquery) -> sa.Subquery:
    """Return the counts with ``run``, equal in consecutive equal periods.

    The beginning grows by ``length`` from one such period to the next, and
    so does its number times ``length``: the difference stays the same.
    """
    columns = counts.c
    length = expressions.seconds(columns.begin, columns.end)
    # A day is the unit of the totals of tasks.
    day = expressions.day(columns.begin)
    number = sa.func.row_number().over(
        partition_by=(columns.metric, columns.points, length, day),
        order_by=columns.begin,
    )
    origin = sa.bindparam("begin", type_=columns.begin.type)
    since = expressions.seconds(origin, columns.begin)
    return sa.select(
        *columns,
        length.label("length"),
        day.label("day"),
        (since - number * length).label("run"),
    ).subquery("runs")
