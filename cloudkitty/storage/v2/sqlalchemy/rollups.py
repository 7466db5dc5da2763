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
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import sqlite

_POINTS = expressions.POINTS
_SCOPES = expressions.SCOPES
_DAYS = expressions.DAYS
_DAY = datetime.timedelta(days=1)
_MICROSECOND = datetime.timedelta(microseconds=1)

Windows = collections.abc.Mapping[int, periods.Window]


class _State(typing.NamedTuple):
    """The state of the sums of a scope.

    :param rolled_before: None if no day has a sum.
    :param oldest: beginning of its first point; ``newest`` of its last one.
    """

    rolled_before: datetime.date | None
    oldest: datetime.datetime | None
    newest: datetime.datetime | None


class _Days(typing.NamedTuple):
    """Days to sum up again, both inclusive."""

    first: datetime.date
    last: datetime.date
    rolled_before: datetime.date


def refresh(session: orm.Session, windows: Windows) -> None:
    """Sum up the days again in which points have changed.

    A constant number of statements for some hundreds of scopes with equal
    windows.

    :param windows: the periods that changed, by the row id of the scope. The
        transaction has locked these rows.
    """
    connection = session.connection()
    sqlite.prepare(connection)
    changed: dict[_Days, list[int]] = collections.defaultdict(list)
    for scope, state in _read(connection, windows).items():
        days = _affected(windows[scope], state)
        if days is not None:
            changed[days].append(scope)
    for days, scopes in changed.items():
        for piece in exact_text.chunks(scopes):
            _sum_up(connection, days, list(piece))


def _read(connection: sa.Connection, windows: Windows) -> dict[int, _State]:
    """Return the scopes that may have days to sum up."""
    if not windows:
        return {}
    values = {
        "first": min(window.begin for window in windows.values()).date(),
        "after": max(window.end for window in windows.values()).date(),
    }
    return {
        row.id: _State(row.rolled_before, row.oldest, row.newest)
        for piece in exact_text.chunks(windows)
        for row in connection.execute(_READ, {"scopes": list(piece), **values})
    }


def _affected(window: periods.Window, state: _State) -> _Days | None:
    """Return the days to sum up; None if none of them is complete."""
    first = window.begin.astimezone(datetime.UTC).date()
    end = window.end.astimezone(datetime.UTC)
    before = state.rolled_before
    if before is None:
        # Also points of a release without sums.
        before = min(first, (state.oldest or window.begin).date())
    after = _rolled_before(before, end, state)
    if after > before:
        # Also the days since then, which have no sums. Without any sums, also
        # rows of days that were left behind.
        known = state.rolled_before is not None
        earliest = min(first, before) if known else datetime.date.min
        return _Days(earliest, after - _DAY, after)
    if first >= before:
        return None
    last = min((end - _MICROSECOND).date(), before - _DAY)
    return _Days(first, last, before)


def _rolled_before(
    before: datetime.date, end: datetime.datetime, state: _State
) -> datetime.date:
    """Return the new ``rolled_before``: never more than a day after a point.

    Otherwise a deletion of everything would let later periods be summed up
    one by one.
    """
    if state.newest is None:
        return before
    after = end.date()
    if after > state.newest.date():
        after = state.newest.date() + _DAY
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
    connection.execute(_ADVANCE, values)


def _instant(day: datetime.date, time: datetime.time) -> datetime.datetime:
    return datetime.datetime.combine(day, time, datetime.UTC)


def _selected(column: sa.Column[int]) -> sa.ColumnElement[bool]:
    # As literals, because servers plan a range for each.
    return column.in_(
        sa.bindparam("scopes", expanding=True, literal_execute=True)
    )


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
    _SCOPES.c.rolled_before,
    _first(_POINTS.c.begin.asc()).label("oldest"),
    _first(_POINTS.c.begin.desc()).label("newest"),
).where(
    _selected(_SCOPES.c.id),
    # Live rating of the current day reads no row.
    sa.or_(
        _SCOPES.c.rolled_before.is_(None),
        _SCOPES.c.rolled_before < sa.bindparam("after"),
        _SCOPES.c.rolled_before > sa.bindparam("first"),
    ),
)
_DELETE = sa.delete(_DAYS).where(
    _selected(_DAYS.c.scope),
    _DAYS.c.day.between(sa.bindparam("first"), sa.bindparam("last")),
)
_ADVANCE = (
    sa.update(_SCOPES)
    .values(rolled_before=sa.bindparam("before"))
    .where(_selected(_SCOPES.c.id))
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
            _selected(_POINTS.c.scope),
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
