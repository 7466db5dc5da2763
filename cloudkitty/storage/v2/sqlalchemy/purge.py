# SPDX-License-Identifier: Apache-2.0
"""Delete points, series and scopes for good.

A series exists also without points, and a writer identifies it before it
inserts points. Both hold the lock of the scope's row from the first statement
to the commit, so neither sees the other's half of the work.
"""

import collections.abc
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import rowcount
from cloudkitty.storage import base
from cloudkitty.storage.importing import months
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import replace
from cloudkitty.storage.v2.sqlalchemy import series as ck_series
from cloudkitty.storage.v2.sqlalchemy import sqlite
from cloudkitty.storage.v2.sqlalchemy import totals

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES
_SCOPES = expressions.SCOPES
_DAYS = expressions.DAYS
#: Scopes that are looked for at once.
_PAGE = 1000


class Orphans(typing.NamedTuple):
    """Numbers of rows without points.

    :param looked: scopes that were looked at.
    """

    series: int = 0
    scopes: int = 0
    looked: int = 0

    def plus(self, other: "Orphans") -> "Orphans":
        """Return the sums."""
        return Orphans(*map(sum, zip(self, other, strict=True)))


def delete(
    session: orm.Session,
    scope: scopes.Scope,
    window: periods.Window,
    expected: months.Sums | None,
) -> months.Sums | None:
    """Delete the points of a window, if they have the expected sums.

    :param expected: None deletes whatever is there.
    :returns: the sums of the deleted points; None if they are others.
    """
    if ck_series.hold(session, scope, make=False) is None:
        return {} if not expected else None
    sqlite.prepare(session.connection())
    query = base.Query(
        window=window, filters={scope.scope_key: [scope.identifier]}
    )
    # The points themselves are compared, not the sums of their days.
    rows = totals.total(
        session, query, ["type"], scope.scope_key, days=False
    ).rows
    found: months.Sums = {
        row.groups["type"]: (row.points, row.qty, row.rate) for row in rows
    }
    if expected is not None and found != expected:
        return None
    replace.delete(session, scope, window, None)
    return found


def count_scopes(database: facade.Database) -> int:
    """Return the number of scopes that had points at any time."""
    with database.reader() as session:
        query = sa.select(sa.func.count()).select_from(_SCOPES)
        return session.scalar(query) or 0


def orphans(
    database: facade.Database, *, dry_run: bool
) -> collections.abc.Iterator[Orphans]:
    """Delete series without points, and scopes without points and series.

    Yields the numbers of each scope. A scope is locked only if a read
    without a lock has found something to delete.

    :param dry_run: count, and delete nothing.
    """
    last = 0
    while rows := _page(database, last):
        last = rows[-1]
        for row in rows:
            yield _of_scope(database, row, dry_run=dry_run)


def _page(database: facade.Database, after: int) -> list[int]:
    query = (
        sa.select(_SCOPES.c.id)
        .where(_SCOPES.c.id > after)
        .order_by(_SCOPES.c.id)
        .limit(_PAGE)
    )
    with database.reader() as session:
        return list(session.scalars(query))


def _of_scope(
    database: facade.Database, scope: int, *, dry_run: bool
) -> Orphans:
    with database.reader() as session:
        found = list(
            session.scalars(
                sa.select(_SERIES.c.id).where(
                    _SERIES.c.scope == scope, _unused(scope, _SERIES.c.id)
                )
            )
        )
        empty = _is_empty(session, scope)
    if dry_run:
        return Orphans(len(found), int(empty), 1)
    deleted = 0
    for piece in exact_text.chunks(found):
        deleted += database.write(_SeriesDeletion(scope, piece))
    gone = database.write(_ScopeDeletion(scope)) if empty else 0
    return Orphans(deleted, gone, 1)


class _SeriesDeletion:
    """Deletes series that still have no points; returns their number."""

    def __init__(
        self, scope: int, ids: collections.abc.Collection[int]
    ) -> None:
        self._scope = scope
        self._ids = ids

    def __call__(self, session: orm.Session) -> int:
        if not _lock(session, self._scope):
            return 0
        days = sa.delete(_DAYS).where(
            _DAYS.c.scope == self._scope,
            _DAYS.c.series.in_(self._ids),
            _unused(self._scope, _DAYS.c.series),
        )
        session.connection().execute(days)
        statement = sa.delete(_SERIES).where(
            _SERIES.c.id.in_(self._ids), _unused(self._scope, _SERIES.c.id)
        )
        return rowcount.count(session, statement)


class _ScopeDeletion:
    """Deletes a scope that still has nothing; returns 1 if it did."""

    def __init__(self, scope: int) -> None:
        self._scope = scope

    def __call__(self, session: orm.Session) -> int:
        mine = _SERIES.c.scope == self._scope
        if not (
            _lock(session, self._scope)
            and _is_empty(session, self._scope)
            and session.scalar(sa.select(_SERIES.c.id).where(mine).limit(1))
            is None
        ):
            return 0
        # SQLite gives the number of a deleted row to a new scope.
        days = sa.delete(_DAYS).where(_DAYS.c.scope == self._scope)
        session.connection().execute(days)
        statement = sa.delete(_SCOPES).where(_SCOPES.c.id == self._scope)
        return rowcount.count(session, statement)


def _lock(session: orm.Session, scope: int) -> bool:
    """Lock the row as writers do; return whether it exists."""
    statement = sa.select(_SCOPES.c.id).where(_SCOPES.c.id == scope)
    return session.scalar(statement.with_for_update()) is not None


def _unused(scope: int, series: sa.Column[int]) -> sa.ColumnElement[bool]:
    # Read once for all series: no index begins with the series.
    used = sa.select(_POINTS.c.series).where(_POINTS.c.scope == scope)
    return series.not_in(used.distinct())


def _is_empty(session: orm.Session, scope: int) -> bool:
    statement = sa.select(_POINTS.c.series).where(_POINTS.c.scope == scope)
    return session.scalar(statement.limit(1)) is None
