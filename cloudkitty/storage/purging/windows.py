# SPDX-License-Identifier: Apache-2.0
"""The pieces in which the old points of a scope are deleted."""

import collections.abc
import dataclasses
import datetime

from cloudkitty.common import periods
from cloudkitty.storage import base

#: Points that one transaction deletes, unless one period has more.
CHUNK = 10_000
#: Periods begin at whole seconds.
_SECOND = datetime.timedelta(seconds=1)


@dataclasses.dataclass(slots=True)
class Piece:
    """Some periods of one scope that begin in one month.

    :param begin: beginning of the first one.
    :param last: beginning of the last one.
    :param end: latest end.
    :param points: number of points.
    """

    begin: datetime.datetime
    last: datetime.datetime
    end: datetime.datetime
    points: int

    @property
    def month(self) -> datetime.datetime:
        """Return the first instant of the month."""
        return periods.month_start(self.begin)

    @property
    def beginnings(self) -> periods.Window:
        """Return the window of all beginnings."""
        return periods.Window(self.begin, self.last + _SECOND)

    @property
    def window(self) -> periods.Window:
        """Return the window of all periods."""
        return periods.Window(self.begin, self.end)


def split(
    rows: collections.abc.Sequence[base.Period], before: datetime.datetime
) -> list[Piece]:
    """Return the pieces of whole periods before an instant, oldest first.

    :param rows: all periods of a scope that begin before it, oldest first.
    """
    # A period that ends later is kept, with all that begin after it.
    limit = min(
        (row.begin for row in rows if row.end > before), default=before
    )
    pieces: list[Piece] = []
    for row in rows:
        if row.begin >= limit:
            break
        if not pieces or _begins_next(pieces[-1], row):
            pieces.append(Piece(row.begin, row.begin, row.end, 0))
        piece = pieces[-1]
        piece.last = row.begin
        piece.end = max(piece.end, row.end)
        piece.points += row.points
    return pieces


def _begins_next(piece: Piece, row: base.Period) -> bool:
    if row.begin == piece.last:
        return False
    other_month = periods.month_start(row.begin) != piece.month
    return other_month or piece.points + row.points > CHUNK
