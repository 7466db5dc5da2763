# SPDX-License-Identifier: Apache-2.0
"""Divide a window into whole days, which have sums, and the rest."""

import collections
import collections.abc
import datetime
import typing

from cloudkitty.common import periods
from cloudkitty.storage import daily
from cloudkitty.storage.v2.sqlalchemy import series

_DAY = datetime.timedelta(days=1)
#: Scopes whose sums end on different days are read separately, up to so many
#: days; all others as if their sums ended on the earliest of the rest.
_DAYS = 3

Ids = collections.abc.Sequence[int]


class Piece(typing.NamedTuple):
    """Points of some scopes in a window, or the sums of their days.

    :param days: whether ``begin`` and ``end`` are days; the end is exclusive.
    """

    days: bool
    begin: datetime.date
    end: datetime.date
    scopes: Ids


def between(
    window: periods.Window,
) -> tuple[datetime.date, datetime.date] | None:
    """Return the first whole day of the window and the day after the last.

    :returns: None if there is no whole day.
    """
    first, after = map(periods.day_of, (window.begin, window.end))
    if window.begin > daily.midnight(first):
        if first >= after:
            return None
        first += _DAY
    return (first, after) if first < after else None


def divide(
    window: periods.Window, scopes: collections.abc.Iterable[series.State]
) -> list[Piece]:
    """Return the pieces that together are the points of the scopes."""
    whole = between(window)
    if whole is None:
        return [undivided(window, scopes)]
    first, after = whole
    pieces = []
    for until, ids in _by_end(scopes, first, after).items():
        if until == first:
            pieces.append(_points(window.begin, window.end, ids))
            continue
        pieces.append(Piece(True, first, until, ids))
        if window.begin < daily.midnight(first):
            pieces.append(_points(window.begin, daily.midnight(first), ids))
        if daily.midnight(until) < window.end:
            pieces.append(_points(daily.midnight(until), window.end, ids))
    return pieces


def undivided(
    window: periods.Window, scopes: collections.abc.Iterable[series.State]
) -> Piece:
    """Return the piece of all points of the scopes."""
    return _points(window.begin, window.end, [scope.id for scope in scopes])


def _points(
    begin: datetime.datetime, end: datetime.datetime, ids: Ids
) -> Piece:
    return Piece(False, begin, end, ids)


def _by_end(
    scopes: collections.abc.Iterable[series.State],
    first: datetime.date,
    after: datetime.date,
) -> dict[datetime.date, list[int]]:
    """Return the scopes by the day at which the use of their sums ends."""
    ends: dict[datetime.date, list[int]] = collections.defaultdict(list)
    for scope in scopes:
        end = min(max(scope.rolled_before or first, first), after)
        ends[end].append(scope.id)
    by_size = sorted(ends, key=lambda end: (-len(ends[end]), end))
    rest = by_size[_DAYS:]
    if rest:
        ends[min(rest)] = [i for end in rest for i in ends.pop(end)]
    return ends
