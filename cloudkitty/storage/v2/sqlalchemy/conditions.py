# SPDX-License-Identifier: Apache-2.0
"""Conditions that select rows of points."""

import collections.abc
import typing

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db.sql import row_ids
from cloudkitty.storage import attributes
from cloudkitty.storage.v2.sqlalchemy import expressions

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_INSTANT = _POINTS.c.begin.type
#: Of ``possible`` metrics.
OF_METRICS = _SERIES.c.metric.in_(sa.bindparam("metrics", expanding=True))

Conditions = list[sa.ColumnElement[bool]]


def of_scope(*, some_metrics: bool) -> Conditions:
    """Return the conditions for the points of one scope in a window.

    Its parameters are ``of_scope_parameters``.

    :param some_metrics: whether only some metrics are selected.
    """
    scope: sa.BindParameter[int] = sa.bindparam("scope")
    found = [_POINTS.c.scope == scope, *_in_window()]
    if some_metrics:
        mine = sa.select(_SERIES.c.id).where(
            _SERIES.c.scope == scope, OF_METRICS
        )
        found.append(_POINTS.c.series.in_(mine))
    return found


def of_scope_parameters(
    scope: int,
    window: periods.Window,
    metrics: collections.abc.Collection[str] | None,
) -> dict[str, typing.Any]:
    """Return the values for ``of_scope``.

    :param scope: the row of the scope.
    """
    return {
        "scope": scope,
        "begin": window.begin,
        "end": window.end,
        "metrics": possible(metrics or ()),
    }


def of_scopes_in(
    scopes: collections.abc.Collection[int], window: periods.Window
) -> sa.ColumnElement[bool]:
    """Return the condition for the points of scopes in a window.

    :param scopes: the rows of at most some hundreds of scopes.
    """
    return sa.and_(
        row_ids.among(_POINTS.c.scope, scopes),
        _POINTS.c.begin >= window.begin,
        _POINTS.c.begin < window.end,
    )


def _in_window() -> Conditions:
    return [
        _POINTS.c.begin >= sa.bindparam("begin", type_=_INSTANT),
        _POINTS.c.begin < sa.bindparam("end", type_=_INSTANT),
    ]


def possible(values: collections.abc.Iterable[str]) -> list[str]:
    """Return the values that an identifier can have; none may be left."""
    return sorted({text for text in values if attributes.is_clean(text)})


def cleaned(values: collections.abc.Iterable[str]) -> list[str]:
    """Return the values that an attribute can have in the tables."""
    return sorted({attributes.clean(text) for text in values})
