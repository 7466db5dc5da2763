# SPDX-License-Identifier: Apache-2.0
"""Periods and windows: half-open intervals of time in aware UTC.

A *period* is the rating grain; periods are aligned to the Unix epoch, as
upstream's are. A *window* is made of whole periods. Both are a ``Window``.
"""

import collections.abc
import dataclasses
import datetime
import functools
import typing

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Window:
    """The half-open window ``[begin, end)``.

    :param begin: first instant inside; aware, UTC.
    :param end: first instant after; aware, UTC, later than ``begin``.
    :raises ValueError: for a naive or a non-UTC time, or an empty window.
    """

    begin: datetime.datetime
    end: datetime.datetime

    def __post_init__(self) -> None:
        for at in (self.begin, self.end):
            if at.utcoffset() != datetime.timedelta(0):
                raise ValueError(f"{at} is not an aware UTC time")
        if self.begin >= self.end:
            raise ValueError(f"window from {self.begin} to {self.end}")

    @classmethod
    def period_at(cls, begin: datetime.datetime, seconds: int) -> typing.Self:
        """Return the period of ``seconds`` that starts at ``begin``."""
        return cls(begin, begin + datetime.timedelta(seconds=seconds))

    @classmethod
    def of_reprocess(
        cls,
        start: datetime.datetime,
        last_period: datetime.datetime,
        seconds: int,
    ) -> typing.Self:
        """Return the window that a reprocess request means.

        On the wire and in the table the end of a reprocess is the
        *beginning of the last period*, as upstream's processor reads it;
        this is the one place where that becomes a window.
        """
        return cls(start, last_period + datetime.timedelta(seconds=seconds))

    def periods(self, seconds: int) -> tuple["Window", ...]:
        """Return the periods inside, oldest first."""
        return _periods(self, seconds)

    def period_count(self, seconds: int) -> int:
        """Return how many periods of ``seconds`` the window holds."""
        return int((self.end - self.begin).total_seconds()) // seconds

    def last_period(self, seconds: int) -> datetime.datetime:
        """Return the beginning of the last period inside."""
        return self.end - datetime.timedelta(seconds=seconds)


# Every metric of a chunk has the same, and so have tasks of one request.
@functools.lru_cache(maxsize=4)
def _periods(window: Window, seconds: int) -> tuple[Window, ...]:
    found = []
    begin = window.begin
    while begin < window.end:
        found.append(Window.period_at(begin, seconds))
        begin = found[-1].end
    return tuple(found)


def floor(at: datetime.datetime, seconds: int) -> datetime.datetime:
    """Return the beginning of the period of ``seconds`` that holds ``at``."""
    past = (at - EPOCH) % datetime.timedelta(seconds=seconds)
    return at.astimezone(datetime.UTC) - past


def aligned(at: datetime.datetime, seconds: int) -> bool:
    """Return whether ``at`` is the beginning of a period of ``seconds``."""
    return floor(at, seconds) == at


def day_of(at: datetime.datetime) -> datetime.date:
    """Return the day in UTC of an aware time."""
    return at.astimezone(datetime.UTC).date()


def month_start(at: datetime.datetime) -> datetime.datetime:
    """Return the first instant of the UTC month that holds ``at``."""
    return at.astimezone(datetime.UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )


def next_month_start(at: datetime.datetime) -> datetime.datetime:
    """Return the first instant of the UTC month after that of ``at``."""
    return month_start(month_start(at) + datetime.timedelta(days=32))


def covered(
    ranges: collections.abc.Iterable[
        tuple[datetime.datetime, datetime.datetime]
    ],
) -> datetime.timedelta:
    """Return the time that some ranges cover, each instant once.

    :param ranges: (begin, end) pairs, in any order; the end is exclusive.
    """
    total = datetime.timedelta(0)
    reached: datetime.datetime | None = None
    for begin, end in sorted(ranges):
        begin = begin if reached is None else max(begin, reached)
        if end > begin:
            total += end - begin
            reached = end
    return total
