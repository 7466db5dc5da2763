# SPDX-License-Identifier: Apache-2.0
"""The points that a query selects, as parts of a statement."""

import collections.abc
import dataclasses
import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import conditions
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import series
from cloudkitty.storage.v2.sqlalchemy import whole_days

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_DAYS = expressions.DAYS
#: Lists in one part of a statement. With more than 16,000 ranges
#: (``optimizer_max_sel_args``), MariaDB reads the whole table.
_LISTS = 9

Conditions = conditions.Conditions


class Part(typing.NamedTuple):
    """Points of some scopes in a window, or the sums of their days.

    :param days: whether the sums of days are read.
    :param number: of the parameters of the window.
    :param lists: numbers of the lists of scopes, from the first to the last.
    """

    days: bool
    number: int
    lists: range


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """Cache key of a statement: queries with equal shapes share it.

    Each statement is built once: building takes as long as executing.

    :param one: whether one scope is selected, by its name in the statement.
    :param listed: whether only some scopes are selected, by lists.
    :param keyed: whether all of them have the service's scope key.
    :param parts: disjoint sets of points.
    :param names: attributes in the filter.
    :param metrics: whether only some metrics are selected.
    :param offset: whether the query has one; ``limit`` likewise.
    """

    one: bool
    listed: bool
    keyed: bool
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    metrics: bool
    offset: bool
    limit: bool

    @property
    def days(self) -> bool:
        """Whether sums of days are read."""
        return any(part.days for part in self.parts)

    @property
    def paged(self) -> bool:
        """Whether only a page of the answer is requested."""
        return self.offset or self.limit

    def read(
        self,
        select: collections.abc.Callable[[sa.Table], sa.Select[typing.Any]],
    ) -> sa.Subquery:
        """Return the sub-select ``points`` of the selected points.

        A database that joins it with other tables starts from the points.

        :param select: returns the statement without conditions, from points
            or from sums of days.
        """
        return points_of(self.parts_of(select))

    def parts_of(
        self,
        select: collections.abc.Callable[[sa.Table], sa.Select[typing.Any]],
    ) -> list[sa.Select[typing.Any]]:
        """Return the statements of disjoint sets of the selected points.

        :param select: as for ``read``.
        """
        parts = []
        for part in self.parts:
            table = _DAYS if part.days else _POINTS
            parts.append(select(table).where(*self._conditions(part, table)))
        return parts

    def of_series(self) -> Conditions:
        """Return the conditions for the columns of series."""
        found: Conditions = []
        if self.one:
            found.append(_SERIES.c.scope == series.ref())
        elif self.listed:
            lists = {n for part in self.parts for n in part.lists}
            found.append(_in_lists(_SERIES.c.scope, sorted(lists)))
        if self.metrics:
            found.append(conditions.OF_METRICS)
        for number, name in enumerate(self.names):
            values: sa.BindParameter[str] = sa.bindparam(
                f"values_{number}", expanding=True
            )
            found.append(expressions.attribute(name).in_(values))
        return found

    def _conditions(self, part: Part, table: sa.Table) -> Conditions:
        column = table.c.day if part.days else table.c.begin
        begin, end = (
            sa.bindparam(f"{name}_{part.number}", type_=column.type)
            for name in ("begin", "end")
        )
        found = [column >= begin, column < end]
        if self.one:
            # Databases resolve it before they plan how to read the points.
            found.append(table.c.scope == series.ref())
        else:
            found.append(_in_lists(table.c.scope, part.lists))
        if self.names or self.metrics:
            mine = sa.select(_SERIES.c.id).where(*self.of_series())
            found.append(table.c.series.in_(mine))
        return found

    def page(self, statement: sa.Select[typing.Any]) -> sa.Select[typing.Any]:
        """Return the statement with the query's limit and offset."""
        if self.offset:
            statement = statement.offset(sa.bindparam("offset"))
        if self.limit:
            statement = statement.limit(sa.bindparam("limit"))
        return statement


def points_of(parts: list[sa.Select[typing.Any]]) -> sa.Subquery:
    """Return the sub-select ``points`` of all rows of the parts."""
    if len(parts) == 1:
        return parts[0].subquery("points")
    return sa.union_all(*parts).subquery("points")


def _in_lists(
    column: sa.Column[int], numbers: collections.abc.Iterable[int]
) -> sa.ColumnElement[bool]:
    # Numbers, also those of all scopes, and not a sub-select: only those let a
    # database read nothing but the window of each.
    return sa.or_(
        sa.false(),
        *(
            row_ids.among(column, name=f"scopes_{number}")
            for number in numbers
        ),
    )


class Selection(typing.NamedTuple):
    """The shape of a query, and the values for its statement."""

    shape: Shape
    values: dict[str, typing.Any]


class Scopes:
    """The scopes that queries with the same filter select, read once.

    :param scope_key: the attribute that has columns of its own.
    """

    def __init__(
        self, session: orm.Session, query: base.Query, scope_key: str
    ) -> None:
        self.session = session
        self.scope_key = scope_key
        #: The identifiers in the filter; None selects all scopes.
        self.asked = query.filters.get(scope_key)

    @functools.cached_property
    def states(self) -> list[series.State]:
        """The scopes that have a row."""
        if self.asked is None:
            return series.all_states(self.session)
        names = conditions.possible(self.asked)
        return series.states(self.session, self.scope_key, names)


def select(
    query: base.Query, scopes: Scopes, *, days: bool = False
) -> Selection:
    """Return the selection of a query.

    :param scopes: those that the query selects.
    :param days: read sums of whole days where they exist.
    """
    values: dict[str, typing.Any] = {
        "begin": query.window.begin,
        "end": query.window.end,
        "offset": query.offset,
        "limit": query.limit,
        "metrics": conditions.possible(query.metrics),
    }
    scope_key, asked = scopes.scope_key, scopes.asked
    names = tuple(name for name in query.filters if name != scope_key)
    for number, name in enumerate(names):
        values[f"values_{number}"] = conditions.cleaned(query.filters[name])
    days = days and whole_days.between(query.window) is not None
    one = asked is not None and len(asked) == 1 and not days
    keyed = True
    if one:
        parts = [_one(values, query, scope_key)]
    else:
        states = scopes.states
        keyed = all(state.scope_key == scope_key for state in states)
        window = query.window
        pieces = (
            whole_days.divide(window, states)
            if days
            else [whole_days.undivided(window, states)]
        )
        parts = _parts(scopes.session, pieces, values)
    shape = Shape(
        one=one,
        listed=asked is not None and not one,
        keyed=keyed,
        parts=tuple(parts),
        names=names,
        metrics=bool(query.metrics),
        offset=bool(query.offset),
        limit=query.limit is not None,
    )
    return Selection(shape, values)


def _one(
    values: dict[str, typing.Any], query: base.Query, scope_key: str
) -> Part:
    possible = conditions.possible(query.filters[scope_key])
    values |= {
        # Nothing has the id NULL.
        "scope_id": possible[0] if possible else None,
        "scope_key": scope_key,
        "begin_0": query.window.begin,
        "end_0": query.window.end,
    }
    return Part(False, 0, range(0))


def _parts(
    session: orm.Session,
    pieces: list[whole_days.Piece],
    values: dict[str, typing.Any],
) -> list[Part]:
    """Return the parts of a statement; add their parameters to ``values``."""
    parts = []
    count = 0
    for number, piece in enumerate(pieces):
        values |= {f"begin_{number}": piece.begin, f"end_{number}": piece.end}
        first = count
        for ids in _divided(session, piece.scopes):
            values[f"scopes_{count}"] = ids
            count += 1
        parts += [
            Part(piece.days, number, range(at, min(at + _LISTS, count)))
            for at in range(first, count, _LISTS)
        ]
    if not parts:
        values |= {"begin_0": values["begin"], "end_0": values["end"]}
        parts.append(Part(False, 0, range(0)))
    return parts


def _divided(
    session: orm.Session, ids: whole_days.Ids
) -> list[whole_days.Ids]:
    """Return the lists of row ids for one statement.

    MariaDB converts an IN list of 1,000 values or more to a join
    (``in_predicate_conversion_threshold``), which then reads the whole history
    of each scope. PostgreSQL sorts the rows of several lists, but not of one.
    """
    if session.connection().dialect.name in ("mysql", "mariadb"):
        return list(exact_text.chunks(ids))
    return [ids] if ids else []
