# SPDX-License-Identifier: Apache-2.0
"""Consecutive periods that are copied at once."""

import collections.abc
import dataclasses
import datetime

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.storage.importing import errors

#: Points that are copied at once, unless one period has more.
CHUNK = 10_000
#: Periods begin at whole seconds.
_SECOND = datetime.timedelta(seconds=1)

#: Those of ``cloudkitty.storage.base.Query``.
Filters = collections.abc.Mapping[str, collections.abc.Sequence[str]]


@dataclasses.dataclass(slots=True)
class Piece:
    """Some periods of one scope.

    :param begin: beginning of the first one.
    :param last: beginning of the last one.
    :param points: number of points.
    """

    begin: datetime.datetime
    last: datetime.datetime
    points: int

    @property
    def after_last(self) -> datetime.datetime:
        """Return an instant after the last beginning, before any other."""
        return self.last + _SECOND


def split(
    storage: base.Storage,
    filters: Filters,
    window: periods.Window,
    *,
    one_length: bool = True,
) -> list[Piece]:
    """Return the pieces of the periods in a window, oldest first.

    :param one_length: refuse periods of two lengths with one beginning,
        which no ``replace`` can write.
    :raises cloudkitty.storage.importing.errors.ImportRefused: for points of
        two lengths in one period.
    """
    pieces: list[Piece] = []
    for row in storage.periods(base.Query(window=window, filters=filters)):
        again = bool(pieces) and pieces[-1].last == row.begin
        if again and one_length:
            raise errors.ImportRefused(
                f"points of two lengths begin at {row.begin}: delete those of "
                "one length"
            )
        full = not pieces or pieces[-1].points + row.points > CHUNK
        if full and not again:
            pieces.append(Piece(row.begin, row.begin, 0))
        pieces[-1].last = row.begin
        pieces[-1].points += row.points
    return pieces


def read(
    storage: base.Storage, filters: Filters, piece: Piece
) -> collections.abc.Sequence[dataframe.DataFrame]:
    """Return the frames of a piece."""
    window = periods.Window(piece.begin, piece.after_last)
    return storage.retrieve(base.Query(window=window, filters=filters)).frames
