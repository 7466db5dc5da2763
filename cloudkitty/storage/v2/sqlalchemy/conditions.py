# SPDX-License-Identifier: Apache-2.0
"""Which rows a writer or a reader means."""

import collections.abc

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import series

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_SCOPES = expressions.SCOPES

Conditions = list[sa.ColumnElement[bool]]


def of_scope(
    scope: int,
    window: periods.Window,
    metrics: collections.abc.Collection[str] | None,
) -> Conditions:
    """Return what holds for exactly the scope's points in the window.

    :param scope: the row of the scope.
    :param metrics: only these; None for all.
    """
    found = [_POINTS.c.scope == scope, *_in_window(window)]
    if metrics is not None:
        mine = sa.select(_SERIES.c.id).where(
            _SERIES.c.scope == scope, _SERIES.c.metric.in_(_possible(metrics))
        )
        found.append(_POINTS.c.series.in_(mine))
    return found


def matching(
    session: orm.Session, query: base.Query, scope_key: str
) -> Conditions:
    """Return what holds for the points that a reader asks for.

    :param scope_key: the attribute that stands in columns of its own.
    """
    found = _in_window(query.window)
    of_series: Conditions = []
    if query.metrics:
        of_series.append(_SERIES.c.metric.in_(_possible(query.metrics)))
    for name, values in query.filters.items():
        if name == scope_key:
            # Their numbers, and not a sub-select: only those let a database
            # read nothing but the window of each.
            scopes = series.refs(session, scope_key, _possible(values))
            found.append(_POINTS.c.scope.in_(scopes))
            of_series.append(_SERIES.c.scope.in_(scopes))
        else:
            of_series.append(expressions.attribute(name).in_(_cleaned(values)))
    if set(query.filters) - {scope_key} or query.metrics:
        found.append(
            _POINTS.c.series.in_(sa.select(_SERIES.c.id).where(*of_series))
        )
    return found


def _in_window(window: periods.Window) -> Conditions:
    return [_POINTS.c.begin >= window.begin, _POINTS.c.begin < window.end]


def _possible(values: collections.abc.Iterable[str]) -> list[str]:
    """Return the values that an identifier can have; none may be left."""
    return sorted({text for text in values if attributes.is_clean(text)})


def _cleaned(values: collections.abc.Iterable[str]) -> list[str]:
    return sorted({attributes.clean(text) for text in values})
