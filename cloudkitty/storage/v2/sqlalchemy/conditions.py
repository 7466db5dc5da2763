# SPDX-License-Identifier: Apache-2.0
"""Conditions that select rows of points."""

import collections.abc
import dataclasses
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.sql import exact_text
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import series

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_INSTANT = _POINTS.c.begin.type
_METRIC = _SERIES.c.metric.in_(sa.bindparam("metrics", expanding=True))

#: Lists in one part of a statement. With more than 16,000 ranges
#: (``optimizer_max_sel_args``), MariaDB reads the whole table.
_LISTS = 9

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


def of_scopes_in(
    scopes: collections.abc.Collection[int], window: periods.Window
) -> sa.ColumnElement[bool]:
    """Return the condition for the points of scopes in a window.

    :param scopes: the rows of at most some hundreds of scopes.
    """
    # Literals, as in ``Shape``.
    rows: sa.BindParameter[int] = sa.bindparam(
        None, scopes, expanding=True, literal_execute=True
    )
    return sa.and_(
        _POINTS.c.scope.in_(rows),
        _POINTS.c.begin >= window.begin,
        _POINTS.c.begin < window.end,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """Cache key of a statement: queries with equal shapes share it.

    Each statement is built once: building takes as long as executing.

    :param scopes: number of selected scopes: ``all``, ``one``, ``some``.
    :param lists: number of lists of their row ids, without ``one``.
    :param names: attributes in the filter.
    :param metrics: whether only some metrics are selected.
    :param offset: whether the query has one; ``limit`` likewise.
    """

    scopes: str
    lists: int
    names: tuple[str, ...]
    metrics: bool
    offset: bool
    limit: bool

    def read(
        self,
        columns: collections.abc.Sequence[sa.ColumnElement[typing.Any]],
        keys: collections.abc.Sequence[sa.ColumnElement[typing.Any]] = (),
    ) -> sa.Subquery:
        """Return the sub-select ``points`` of the selected points.

        A database that joins it with other tables starts from the points.

        :param columns: columns of points, or sums of them.
        :param keys: group by these columns, of which ``scope`` is one.
        """
        parts = [
            sa.select(*columns).where(*conditions).group_by(*keys)
            for conditions in self.parts()
        ]
        if len(parts) == 1:
            return parts[0].subquery("points")
        return sa.union_all(*parts).subquery("points")

    def parts(self) -> list[Conditions]:
        """Return the conditions for the points of disjoint sets of scopes."""
        lists = self._lists(_POINTS.c.scope)
        more = [*_in_window(), *self._of_their_series()]
        return [
            [*more, sa.or_(*lists[first : first + _LISTS])]
            for first in range(0, len(lists), _LISTS)
        ]

    def of_series(self) -> Conditions:
        """Return the conditions for the columns of series."""
        found: Conditions = []
        if self.scopes != "all":
            found.append(sa.or_(*self._lists(_SERIES.c.scope)))
        if self.metrics:
            found.append(_METRIC)
        for number, name in enumerate(self.names):
            values: sa.BindParameter[str] = sa.bindparam(
                f"values_{number}", expanding=True
            )
            found.append(expressions.attribute(name).in_(values))
        return found

    def _of_their_series(self) -> Conditions:
        if not (self.names or self.metrics):
            return []
        mine = sa.select(_SERIES.c.id).where(*self.of_series())
        return [_POINTS.c.series.in_(mine)]

    def _lists(self, column: sa.Column[int]) -> Conditions:
        if self.scopes == "one":
            # Databases resolve it before they plan how to read the points.
            return [column == series.ref()]
        # Numbers, also those of all scopes, and not a sub-select: only those
        # let a database read nothing but the window of each. As literals,
        # because there may be more than databases take parameters.
        return [
            column.in_(
                sa.bindparam(
                    f"scopes_{number}", expanding=True, literal_execute=True
                )
            )
            for number in range(self.lists)
        ] or [sa.false()]

    def page(self, statement: sa.Select[typing.Any]) -> sa.Select[typing.Any]:
        """Return the statement with the query's limit and offset."""
        if self.offset:
            statement = statement.offset(sa.bindparam("offset"))
        if self.limit:
            statement = statement.limit(sa.bindparam("limit"))
        return statement


class Selection(typing.NamedTuple):
    """The shape of a query, and the values for its statement."""

    shape: Shape
    values: dict[str, typing.Any]


def select(
    session: orm.Session, query: base.Query, scope_key: str
) -> Selection:
    """Return the selection of a query.

    :param scope_key: the attribute that has columns of its own.
    """
    values: dict[str, typing.Any] = {
        "begin": query.window.begin,
        "end": query.window.end,
        "offset": query.offset,
        "limit": query.limit,
        "metrics": _possible(query.metrics),
    }
    names = tuple(name for name in query.filters if name != scope_key)
    for number, name in enumerate(names):
        values[f"values_{number}"] = _cleaned(query.filters[name])
    scopes = _how_many(query.filters.get(scope_key))
    lists: list[collections.abc.Sequence[int]] = []
    if scopes == "one":
        possible = _possible(query.filters[scope_key])
        # Nothing has the id NULL.
        values["scope_id"] = possible[0] if possible else None
        values["scope_key"] = scope_key
    else:
        ids = _ids(session, query, scope_key)
        lists = _divided(session, ids)
        values |= {f"scopes_{n}": ids for n, ids in enumerate(lists)}
    shape = Shape(
        scopes=scopes,
        lists=len(lists),
        names=names,
        metrics=bool(query.metrics),
        offset=bool(query.offset),
        limit=query.limit is not None,
    )
    return Selection(shape, values)


def _ids(session: orm.Session, query: base.Query, scope_key: str) -> list[int]:
    """Return the row ids of the selected scopes."""
    if scope_key not in query.filters:
        return series.all_refs(session)
    return series.refs(session, scope_key, _possible(query.filters[scope_key]))


def _divided(
    session: orm.Session, ids: list[int]
) -> list[collections.abc.Sequence[int]]:
    """Return the lists of row ids for one statement.

    MariaDB converts an IN list of 1,000 values or more to a join
    (``in_predicate_conversion_threshold``), which then reads the whole history
    of each scope. PostgreSQL sorts the rows of several lists, but not of one.
    """
    if session.connection().dialect.name in ("mysql", "mariadb"):
        return list(exact_text.chunks(ids))
    return [ids] if ids else []


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
