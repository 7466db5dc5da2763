# SPDX-License-Identifier: Apache-2.0
"""Daily windows of time, in UTC."""

import collections.abc
import dataclasses
import datetime

DAY = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True)
class DailyWindow:
    """A window that is open each day from ``begin`` to ``end``, exclusive.

    If ``end`` is not after ``begin``, it is the time of the next day.
    """

    begin: datetime.time
    end: datetime.time

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    def contains(self, at: datetime.datetime) -> bool:
        """Return whether the window is open.

        :param at: aware, UTC.
        """
        time = at.time()
        if self.begin < self.end:
            return self.begin <= time < self.end
        return time >= self.begin or time < self.end

    def next_begin(self, at: datetime.datetime) -> datetime.datetime:
        """Return the first beginning at or after ``at``."""
        begin = datetime.datetime.combine(at, self.begin, datetime.UTC)
        return begin if begin >= at else begin + DAY


def opens_at(
    windows: collections.abc.Collection[DailyWindow], at: datetime.datetime
) -> datetime.datetime:
    """Return the first time from ``at`` on at which a window is open.

    :param windows: none: always open.
    """
    if not windows or any(each.contains(at) for each in windows):
        return at
    return min(each.next_begin(at) for each in windows)
