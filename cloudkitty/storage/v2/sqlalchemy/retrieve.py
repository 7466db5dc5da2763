# SPDX-License-Identifier: Apache-2.0
"""Read points from the database."""

import collections.abc
import functools
import itertools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.db.sql import exact_text
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import selection

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_SCOPES = expressions.SCOPES


def retrieve(
    session: orm.Session, query: base.Query, scope_key: str
) -> base.Frames:
    """Return the requested page of points and the number of all."""
    shape, values = selection.select(session, query, scope_key)
    page, count = _statements(shape)
    connection = session.connection()
    rows = connection.execute(page, values).all()
    total = rows[0].total if rows else connection.scalar(count, values)
    wanted = {row.series for row in rows}
    series = _series(session, wanted)
    if len(series) < len(wanted):
        raise base.StorageError(
            "points were purged while they were read: repeat the request"
        )
    return base.Frames(total=total or 0, frames=_merge(rows, series))


def scope_ids(session: orm.Session, scope_key: str) -> list[str]:
    """Return the identifiers of scopes that have points, sorted."""
    has_points = sa.exists().where(_POINTS.c.scope == _SCOPES.c.id)
    return sorted(
        session.scalars(
            sa.select(_SCOPES.c.scope_id).where(
                _SCOPES.c.scope_key == scope_key, has_points
            )
        )
    )


def empty(session: orm.Session) -> bool:
    """Return whether there is no point."""
    return session.scalar(sa.select(_POINTS.c.series).limit(1)) is None


@functools.lru_cache(maxsize=128)
def _statements(
    shape: selection.Shape,
) -> tuple[sa.Select[typing.Any], sa.Select[typing.Any]]:
    """Return the statements for a page and for the count."""
    columns = ("begin", "end", "series", "seq", "scope", "qty", "price")
    points = shape.read(
        lambda table: sa.select(*(table.c[name] for name in columns))
    )
    count = sa.select(sa.func.count()).select_from(
        shape.read(lambda table: sa.select(table.c.seq))
    )
    # One statement, so that the count and the page are consistent.
    page = shape.page(
        sa.select(
            points.c.begin,
            points.c.end,
            points.c.series,
            points.c.qty,
            points.c.price,
            count.scalar_subquery().label("total"),
        )
        .join(_SERIES, _SERIES.c.id == points.c.series)
        .join(_SCOPES, _SCOPES.c.id == points.c.scope)
        # The last one only orders points that one scope wrote at once.
        .order_by(
            points.c.begin,
            points.c.end,
            expressions.text(_SERIES.c.metric),
            expressions.text(_SCOPES.c.scope_id),
            points.c.scope,
            points.c.seq,
        )
    )
    return page, count


#: Metric, unit, attributes and description: the point without its row.
_Series = tuple[str, str, dict[str, str], dict[str, str], str | None]


def _series(
    session: orm.Session, ids: collections.abc.Iterable[int]
) -> dict[int, _Series]:
    """Return the series of the rows of points; series never change."""
    return {
        row.id: (
            row.metric,
            row.unit,
            attributes.texts(row.groupby),
            attributes.texts(row.metadata),
            row.description,
        )
        for piece in exact_text.chunks(sorted(ids))
        for row in session.execute(
            sa.select(_SERIES).where(_SERIES.c.id.in_(piece))
        )
    }


def _merge(
    rows: typing.Sequence[sa.Row[typing.Any]],
    series: collections.abc.Mapping[int, _Series],
) -> list[dataframe.DataFrame]:
    frames = []
    for (start, end), group in itertools.groupby(
        rows, key=lambda row: (row.begin, row.end)
    ):
        frame = dataframe.DataFrame(start, end)
        for row in group:
            metric, unit, groupby, metadata, description = series[row.series]
            point = dataframe.make_point(
                (
                    unit,
                    money.canonical(row.qty),
                    money.canonical(row.price),
                    groupby,
                    metadata,
                    description,
                )
            )
            frame.add_point(point, metric)
        frames.append(frame)
    return frames
