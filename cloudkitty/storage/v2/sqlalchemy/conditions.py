# SPDX-License-Identifier: Apache-2.0
"""Conditions that select rows of points."""

import collections.abc
import dataclasses
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import series

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_INSTANT = _POINTS.c.begin.type
_METRIC = _SERIES.c.metric.in_(sa.bindparam("metrics", expanding=True))

Conditions = list[sa.ColumnElement[bool]]


def of_scope(*, some_metrics: bool) -> Conditions:
    """Return the conditions for the points of one scope in a window.

    Its parameters are ``of_scope_parameters``.

    :param some_metrics: whether only some metrics are selected.
    """
    scope: sa.BindParameter[int] = sa.bindparam("scope")
    found = [_POINTS.c.scope == scope, *_in_window()]
    if some_metrics:
        mine = sa.select(_SERIES.c.id).where(_SERIES.c.scope == scope, _METRIC)
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
        "metrics": _possible(metrics or ()),
    }


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """Cache key of a statement: queries with equal shapes share it.

    Each statement is built once: building takes as long as executing.

    :param scopes: number of selected scopes: ``all``, ``one``, ``some``.
    :param names: attributes in the filter.
    :param metrics: whether only some metrics are selected.
    :param offset: whether the query has one; ``limit`` likewise.
    """

    scopes: str
    names: tuple[str, ...]
    metrics: bool
    offset: bool
    limit: bool

    @classmethod
    def of(cls, query: base.Query, scope_key: str) -> typing.Self:
        """Return the shape of ``query``.

        :param scope_key: the attribute that has columns of its own.
        """
        return cls(
            scopes=_how_many(query.filters.get(scope_key)),
            names=tuple(name for name in query.filters if name != scope_key),
            metrics=bool(query.metrics),
            offset=bool(query.offset),
            limit=query.limit is not None,
        )

    def conditions(self) -> Conditions:
        """Return the conditions for the selected points."""
        found = self.of_points()
        if self.names or self.metrics:
            mine = sa.select(_SERIES.c.id).where(*self.of_series())
            found.append(_POINTS.c.series.in_(mine))
        return found

    def of_points(self) -> Conditions:
        """Return the conditions for the columns of points."""
        return [*_in_window(), self._of_scopes(_POINTS.c.scope)]

    def of_series(self) -> Conditions:
        """Return the conditions for the columns of series."""
        found: Conditions = []
        if self.scopes != "all":
            found.append(self._of_scopes(_SERIES.c.scope))
        if self.metrics:
            found.append(_METRIC)
        for number, name in enumerate(self.names):
            values: sa.BindParameter[str] = sa.bindparam(
                f"values_{number}", expanding=True
            )
            found.append(expressions.attribute(name).in_(values))
        return found

    def _of_scopes(self, column: sa.Column[int]) -> sa.ColumnElement[bool]:
        if self.scopes == "one":
            # Databases resolve it before they plan how to read the points.
            return column == series.ref()
        # Numbers, also those of all scopes, and not a sub-select: only those
        # let a database read nothing but the window of each. As literals,
        # because there may be more than databases take parameters.
        return column.in_(
            sa.bindparam("scopes", expanding=True, literal_execute=True)
        )

    def page(self, statement: sa.Select[typing.Any]) -> sa.Select[typing.Any]:
        """Return the statement with the query's limit and offset."""
        if self.offset:
            statement = statement.offset(sa.bindparam("offset"))
        if self.limit:
            statement = statement.limit(sa.bindparam("limit"))
        return statement


def parameters(
    session: orm.Session, query: base.Query, shape: Shape, scope_key: str
) -> dict[str, typing.Any]:
    """Return the values for the statement of the query's shape."""
    found: dict[str, typing.Any] = {
        "begin": query.window.begin,
        "end": query.window.end,
        "offset": query.offset,
        "limit": query.limit,
        "metrics": _possible(query.metrics),
    }
    if shape.scopes == "all":
        found["scopes"] = series.all_refs(session)
    else:
        possible = _possible(query.filters[scope_key])
        if shape.scopes == "some":
            found["scopes"] = series.refs(session, scope_key, possible)
        # Of one; nothing has the id NULL.
        found["scope_id"] = possible[0] if possible else None
        found["scope_key"] = scope_key
    for number, name in enumerate(shape.names):
        found[f"values_{number}"] = _cleaned(query.filters[name])
    return found


def _how_many(asked: collections.abc.Collection[str] | None) -> str:
    if asked is None:
        return "all"
    return "one" if len(asked) == 1 else "some"


def _in_window() -> Conditions:
    return [
        _POINTS.c.begin >= sa.bindparam("begin", type_=_INSTANT),
        _POINTS.c.begin < sa.bindparam("end", type_=_INSTANT),
    ]


def _possible(values: collections.abc.Iterable[str]) -> list[str]:
    """Return the values that an identifier can have; none may be left."""
    return sorted({text for text in values if attributes.is_clean(text)})


def _cleaned(values: collections.abc.Iterable[str]) -> list[str]:
    return sorted({attributes.clean(text) for text in values})
