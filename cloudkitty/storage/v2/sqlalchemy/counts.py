# SPDX-License-Identifier: Apache-2.0
"""Number of points by period and metric, without sums."""

import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import conditions
from cloudkitty.storage.v2.sqlalchemy import expressions

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES


def count(
    session: orm.Session, query: base.Query, scope_key: str
) -> list[base.Count]:
    """Return a count for each period and metric that has points."""
    shape = conditions.Shape.of(query, scope_key)
    values = conditions.parameters(session, query, shape, scope_key)
    rows = session.connection().execute(_statement(shape), values)
    return [base.Count(*row) for row in rows]


@functools.lru_cache(maxsize=16)
def _statement(shape: conditions.Shape) -> sa.Select[typing.Any]:
    keys = (_POINTS.c.begin, _POINTS.c.end, _SERIES.c.metric)
    return (
        sa.select(*keys, sa.func.count().label("points"))
        .select_from(_POINTS.join(_SERIES, _SERIES.c.id == _POINTS.c.series))
        .where(*shape.conditions())
        .group_by(*keys)
    )
