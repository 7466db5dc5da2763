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
from cloudkitty.db.sql import row_ids
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import page_window
from cloudkitty.storage.v2.sqlalchemy import selection

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_SCOPES = expressions.SCOPES


def retrieve(
    session: orm.Session, query: base.Query, scope_key: str
) -> base.Frames:
    """Return the requested page of points and the number of all."""
    scopes = selection.Scopes(session, query, scope_key)
    total, narrow = page_window.find(query, scopes)
    if narrow is None:
        return base.Frames(total=total, frames=[])
    rows = _read(narrow, scopes)
    if len(rows) != _expected(query, total):
        # A writer has changed the points since they were counted, and may
        # have added a scope.
        rows = _read(query, selection.Scopes(session, query, scope_key))
        total = _total(query, total, len(rows))
    wanted = {row.series for row in rows}
    series = _series(session, wanted)
    if len(series) < len(wanted):
        raise base.StorageError(
            "points were purged while they were read: repeat the request"
        )
    return base.Frames(total=total, frames=_merge(rows, series))


def _total(query: base.Query, counted: int, shown: int) -> int:
    """Return the number of all points, which the page does not contradict."""
    if shown == query.limit:
        return max(counted, query.offset + shown)
    # The last page: no point follows it.
    return query.offset + shown if shown else min(counted, query.offset)


def _expected(query: base.Query, total: int) -> int:
    """Return the number of points of the page."""
    rest = max(0, total - query.offset)
    return rest if query.limit is None else min(rest, query.limit)


def _read(
    query: base.Query, scopes: selection.Scopes
) -> collections.abc.Sequence[sa.Row[typing.Any]]:
    shape, values = selection.select(query, scopes)
    connection = scopes.session.connection()
    return connection.execute(_statement(shape), values).all()


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
def _statement(shape: selection.Shape) -> sa.Select[typing.Any]:
    """Return the statement for a page."""
    columns = ("begin", "end", "series", "seq", "scope", "qty", "price")
    points = shape.read(
        lambda table: sa.select(*(table.c[name] for name in columns))
    )
    # Not the column itself: MariaDB would begin with the scopes, and read all
    # points of each.
    scope = points.c.scope + sa.literal_column("0", sa.Integer())
    return shape.page(
        sa.select(
            points.c.begin,
            points.c.end,
            points.c.series,
            points.c.qty,
            points.c.price,
        )
        .join(_SERIES, _SERIES.c.id == points.c.series)
        .join(_SCOPES, _SCOPES.c.id == scope)
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
            sa.select(_SERIES).where(row_ids.among(_SERIES.c.id, piece))
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
