# SPDX-License-Identifier: Apache-2.0
"""Rows to points."""

import itertools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import conditions
from cloudkitty.storage.v2.sqlalchemy import expressions

_POINT = expressions.POINT
_COLUMNS = (
    _POINT.begin,
    _POINT.end,
    _POINT.metric,
    _POINT.unit,
    _POINT.qty,
    _POINT.price,
    _POINT.groupby,
    _POINT.metadata_.label("metadata"),
    _POINT.description,
)
#: A later replacement gives new ids, so they only order points that one
#: scope wrote at once.
_ORDER = (
    _POINT.begin,
    _POINT.end,
    expressions.text(_POINT.metric),
    expressions.text(_POINT.scope_id),
    _POINT.id,
)


def retrieve(
    session: orm.Session, query: base.Query, scope_key: str
) -> base.Frames:
    """Return the asked page of points and the number of all."""
    where = conditions.matching(query, scope_key)
    count = sa.select(sa.func.count(_POINT.id)).where(*where)
    # One statement, so that the count and the page tell of one instant.
    rows = session.execute(
        sa.select(*_COLUMNS, count.scalar_subquery().label("total"))
        .where(*where)
        .order_by(*_ORDER)
        .offset(query.offset or None)
        .limit(query.limit)
    ).all()
    total = rows[0].total if rows else session.scalar(count)
    return base.Frames(total=total or 0, frames=_merge(rows))


def _merge(
    rows: typing.Sequence[sa.Row[typing.Any]],
) -> list[dataframe.DataFrame]:
    frames = []
    for (start, end), group in itertools.groupby(
        rows, key=lambda row: (row.begin, row.end)
    ):
        frame = dataframe.DataFrame(start, end)
        for row in group:
            frame.add_point(_point(row), row.metric)
        frames.append(frame)
    return frames


def _point(row: sa.Row[typing.Any]) -> dataframe.DataPoint:
    return dataframe.DataPoint(
        unit=row.unit,
        qty=money.canonical(row.qty),
        price=money.canonical(row.price),
        groupby=attributes.texts(row.groupby),
        metadata=attributes.texts(row.metadata),
        description=row.description,
    )
