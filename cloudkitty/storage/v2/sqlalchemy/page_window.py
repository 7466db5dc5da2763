# SPDX-License-Identifier: Apache-2.0
"""Find the periods that a page of points touches, from counts.

So the database sorts and reads only the points of those periods.
"""

import collections.abc
import dataclasses
import datetime
import functools
import typing

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.storage import daily
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import selection
from cloudkitty.storage.v2.sqlalchemy import whole_days

_DAYS = expressions.DAYS
#: Length of the window that is counted first if not all points are, and the
#: factor by which it grows until the page is in it.
_FIRST = datetime.timedelta(hours=1)
_GROWTH = 4


class Page(typing.NamedTuple):
    """Where the points of a page are.

    :param total: number of points that match, as in ``base.Frames``.
    :param query: selects the same page in a shorter window; None if the page
        is empty.
    """

    total: int
    query: base.Query | None


def find(query: base.Query, scopes: selection.Scopes) -> Page:
    """Return where the page is.

    :param scopes: those that the query selects.
    """
    if query.counted or query.limit is None:
        return _in_window(query, scopes)
    return _ahead(query, query.offset + query.limit, scopes)


def _ahead(query: base.Query, end: int, scopes: selection.Scopes) -> Page:
    """Return where the page is, without a count of what is far behind it.

    :param end: number of points up to the end of the page.
    """
    window, length = query.window, _FIRST
    while length < window.end - window.begin:
        part = periods.Window(window.begin, window.begin + length)
        found = _in_window(dataclasses.replace(query, window=part), scopes)
        if found.total > end:
            return found
        length *= _GROWTH
    return _in_window(query, scopes)


def _in_window(query: base.Query, scopes: selection.Scopes) -> Page:
    if whole_days.between(query.window) is None:
        return _in_periods(query, scopes)
    days = _counts(query, scopes, by_day=True)
    found = _narrow(query, days, daily.midnight)
    if found is not None:
        found = _in_periods(found, scopes).query
    return Page(sum(count for _, count in days), found)


def _in_periods(query: base.Query, scopes: selection.Scopes) -> Page:
    begins = _counts(query, scopes, by_day=False)
    found = _narrow(query, begins, _same)
    return Page(sum(count for _, count in begins), found)


_Count = tuple[typing.Any, int]


def _narrow(
    query: base.Query,
    counts: collections.abc.Iterable[_Count],
    begin_of: collections.abc.Callable[[typing.Any], datetime.datetime],
) -> base.Query | None:
    """Return the query for those of the counted times that the page touches.

    :param counts: times and their numbers of points, in order.
    """
    before, offset = 0, query.offset
    begin, end = None, query.window.end
    for time, count in counts:
        if query.limit is not None and before >= query.offset + query.limit:
            # Not a moment after the last time: PostgreSQL would expect a
            # single point in so short a window.
            end = begin_of(time)
            break
        if begin is None and before + count > query.offset:
            begin, offset = begin_of(time), query.offset - before
        before += count
    if begin is None:
        return None
    window = periods.Window(max(begin, query.window.begin), end)
    return dataclasses.replace(query, window=window, offset=offset)


def _counts(
    query: base.Query, scopes: selection.Scopes, *, by_day: bool
) -> list[_Count]:
    """Return the number of points by day or by beginning, in order."""
    shape, values = selection.select(query, scopes, days=by_day)
    rows = scopes.session.connection().execute(
        _statement(shape, by_day), values
    )
    return [(row.time, row.points) for row in rows]


@functools.lru_cache(maxsize=128)
def _statement(shape: selection.Shape, by_day: bool) -> sa.Select[typing.Any]:
    points = shape.read(functools.partial(_part, by_day))
    count = sa.cast(sa.func.sum(points.c.points), sa.BigInteger)
    return (
        sa.select(points.c.time, count.label("points"))
        .group_by(points.c.time)
        .order_by(points.c.time)
    )


def _part(by_day: bool, table: sa.Table) -> sa.Select[typing.Any]:
    time: sa.ColumnElement[typing.Any]
    count: sa.ColumnElement[int] = sa.func.count()
    if table is _DAYS:
        time = table.c.day
        count = sa.cast(sa.func.sum(table.c.points), sa.BigInteger)
    else:
        begin = table.c.begin
        time = expressions.day(begin) if by_day else begin
    return sa.select(time.label("time"), count.label("points")).group_by(time)


def _same(begin: datetime.datetime) -> datetime.datetime:
    return begin
