# SPDX-License-Identifier: Apache-2.0
"""Sums of whole days, kept in the transaction that changes their points.

A scope has exact sums of all days before its ``rolled_before``, and readers
use them only for those days. Live rating rates the current day period by
period, and sums a day up once, with its last period.
"""

import collections
import collections.abc
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import sqlite

_POINTS = expressions.POINTS
_SCOPES = expressions.SCOPES
_DAYS = expressions.DAYS
_DAY = datetime.timedelta(days=1)
_MICROSECOND = datetime.timedelta(microseconds=1)


class Change(typing.NamedTuple):
    """The periods of a scope in which points have changed.

    :param rolled_before: of the scope, whose row is locked; see
        ``series.State``.
    """

    window: periods.Window
    rolled_before: datetime.date | None

    @property
    def first(self) -> datetime.date:
        """The first day."""
        return periods.day_of(self.window.begin)

    @property
    def end(self) -> datetime.datetime:
        """The end, in UTC."""
        return self.window.end.astimezone(datetime.UTC)

    @property
    def may_advance(self) -> bool:
        """Whether more days may be complete than have sums."""
        before = self.rolled_before
        return before is None or before < self.end.date()


class _Stored(typing.NamedTuple):
    """The first and the last beginning of the points of a scope."""

    oldest: datetime.datetime | None
    newest: datetime.datetime | None


class _Days(typing.NamedTuple):
    """Days to sum up again, both inclusive.

    :param rolled_before: the new one; None if it remains.
    """

    first: datetime.date
    last: datetime.date
    rolled_before: datetime.date | None


def refresh(
    session: orm.Session, changes: collections.abc.Mapping[int, Change]
) -> None:
    """Sum up the days again in which points have changed.

    A constant number of statements for some hundreds of scopes with equal
    windows; none for periods of a day that is not complete.

    :param changes: by the row id of the scope. The transaction has locked
        these rows.
    """
    connection = session.connection()
    sqlite.prepare(connection)
    stored = _read(
        connection,
        [scope for scope, change in changes.items() if change.may_advance],
    )
    changed: dict[_Days, list[int]] = collections.defaultdict(list)
    for scope, change in changes.items():
        days = _affected(change, stored.get(scope))
        if days is not None:
            changed[days].append(scope)
    for days, scopes in changed.items():
        for piece in exact_text.chunks(scopes):
            _sum_up(connection, days, list(piece))


def _read(
    connection: sa.Connection, scopes: collections.abc.Collection[int]
) -> dict[int, _Stored]:
    return {
        row.id: _Stored(row.oldest, row.newest)
        for piece in exact_text.chunks(scopes)
        for row in connection.execute(_READ, {"scopes": list(piece)})
    }


def _affected(change: Change, stored: _Stored | None) -> _Days | None:
    """Return the days to sum up; None if none of them is complete.

    :param stored: None unless the change may advance ``rolled_before``.
    """
    first, before = change.first, change.rolled_before
    if stored is not None:
        if before is None:
            # Also points of a release without sums.
            before = min(first, (stored.oldest or change.window.begin).date())
        after = _rolled_before(before, change.end, stored)
        if after > before:
            # Also the days since then, which have no sums. Without any sums,
            # also rows of days that were left behind.
            known = change.rolled_before is not None
            earliest = min(first, before) if known else datetime.date.min
            return _Days(earliest, after - _DAY, after)
    if before is None or first >= before:
        return None
    last = min((change.end - _MICROSECOND).date(), before - _DAY)
    return _Days(first, last, None)


def _rolled_before(
    before: datetime.date, end: datetime.datetime, stored: _Stored
) -> datetime.date:
    """Return the new ``rolled_before``: never more than a day after a point.

    Otherwise a deletion of everything would let later periods be summed up
    one by one.
    """
    if stored.newest is None:
        return before
    after = end.date()
    if after > stored.newest.date():
        after = stored.newest.date() + _DAY
    return max(before, after)


def _sum_up(connection: sa.Connection, days: _Days, scopes: list[int]) -> None:
    values = {
        "scopes": scopes,
        "first": days.first,
        "last": days.last,
        "begin": _instant(days.first, datetime.time.min),
        "end": _instant(days.last, datetime.time.max),
        "before": days.rolled_before,
    }
    connection.execute(_DELETE, values)
    connection.execute(_INSERT, values)
    if days.rolled_before is not None:
        connection.execute(_ADVANCE, values)


def _instant(day: datetime.date, time: datetime.time) -> datetime.datetime:
    return datetime.datetime.combine(day, time, datetime.UTC)


def _first(
    order: sa.ColumnElement[datetime.datetime],
) -> sa.ScalarSelect[datetime.datetime]:
    """Return the first beginning of a scope's points in the order.

    For MIN and MAX, MariaDB reads all points of the scope.
    """
    return (
        sa.select(_POINTS.c.begin)
        .where(_POINTS.c.scope == _SCOPES.c.id)
        .order_by(order)
        .limit(1)
        .correlate(_SCOPES)
        .scalar_subquery()
    )


_INSTANT = _POINTS.c.begin.type
_READ = sa.select(
    _SCOPES.c.id,
    _first(_POINTS.c.begin.asc()).label("oldest"),
    _first(_POINTS.c.begin.desc()).label("newest"),
).where(row_ids.among(_SCOPES.c.id, name="scopes"))
_DELETE = sa.delete(_DAYS).where(
    row_ids.among(_DAYS.c.scope, name="scopes"),
    _DAYS.c.day.between(sa.bindparam("first"), sa.bindparam("last")),
)
_ADVANCE = (
    sa.update(_SCOPES)
    .values(rolled_before=sa.bindparam("before"))
    .where(row_ids.among(_SCOPES.c.id, name="scopes"))
)


def _insertion() -> sa.Insert:
    """Return the INSERT of the sums of days."""
    day = expressions.day(_POINTS.c.begin)
    keys = (_POINTS.c.scope, day, _POINTS.c.series)
    sums = (
        sa.select(
            _POINTS.c.scope,
            day.label("day"),
            _POINTS.c.series,
            sa.func.count().label("points"),
            expressions.exact_sum(_POINTS.c.qty).label("qty"),
            expressions.exact_sum(_POINTS.c.price).label("price"),
        )
        .where(
            row_ids.among(_POINTS.c.scope, name="scopes"),
            _POINTS.c.begin.between(
                sa.bindparam("begin", type_=_INSTANT),
                sa.bindparam("end", type_=_INSTANT),
            ),
        )
        .group_by(*keys)
        .subquery("sums")
    )
    return _DAYS.insert().from_select(
        ["scope", "day", "series", "points", "qty", "price"],
        sa.select(
            sums.c.scope,
            sums.c.day,
            sums.c.series,
            sums.c.points,
            expressions.fitting(sums.c.qty),
            expressions.fitting(sums.c.price),
        ),
    )


_INSERT = _insertion()
