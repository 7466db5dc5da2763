# SPDX-License-Identifier: Apache-2.0
"""Number of periods that are rated as one chunk."""

import datetime

from cloudkitty.common import periods

#: Periods of the first chunk if no density is known: memory is bounded from
#: the first request.
FIRST = 1
#: Maximum periods of the first chunk if a density is known: a week of hours.
FIRST_KNOWN = 168
#: Maximum growth factor from one chunk to the next: a scope that was idle for
#: months may have many points in the next hour.
GROWTH = 8
#: Maximum periods of a chunk: a month of hours. Longer chunks save nothing.
LONGEST = 744


class Sizer:
    """Divides a window into chunks of about ``points`` points.

    The length is derived from the densest chunk so far, so memory stays
    bounded for windows of any length.

    :param points: ``[orchestrator] chunk_points``.
    :param period_seconds: ``[collect] period``.
    """

    def __init__(self, points: int, period_seconds: int) -> None:
        self._points = points
        self._period_seconds = period_seconds
        self._density = 0.0
        self._length = FIRST
        self._ceiling = LONGEST

    def expect(self, period_count: int, point_count: int) -> None:
        """Set the expected density from the stored points of the window.

        This is an estimate: more points may be collected, so it affects only
        the length of the first chunk.
        """
        if point_count:
            fitting = int(self._points * period_count / point_count)
            self._length = max(1, min(fitting, FIRST_KNOWN))

    def next_chunk(self, window: periods.Window) -> periods.Window:
        """Return the beginning of ``window``, at least one period."""
        length = datetime.timedelta(
            seconds=self._length * self._period_seconds
        )
        return periods.Window(
            window.begin, min(window.end, window.begin + length)
        )

    def learn(self, period_count: int, point_count: int) -> None:
        """Update the density with the points of a completed chunk."""
        self._density = max(self._density, point_count / period_count)
        fitting = LONGEST
        if self._density:
            fitting = int(self._points / self._density)
        self._length = max(
            1, min(fitting, period_count * GROWTH, self._ceiling)
        )

    def shrink(self, period_count: int) -> None:
        """Limit all further chunks to ``period_count`` periods.

        Used if a backend cannot answer for more periods in one request.
        """
        self._ceiling = max(1, min(period_count, self._ceiling))
        self._length = min(self._length, self._ceiling)
