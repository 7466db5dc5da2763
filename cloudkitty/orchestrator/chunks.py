# SPDX-License-Identifier: Apache-2.0
"""How many periods are rated in one go."""

import datetime

from cloudkitty.common import periods

#: Periods of the first chunk if no density is known: memory is bounded from
#: the first request on,
FIRST = 1
#: and the most of it where one is known: a week of hours.
FIRST_KNOWN = 168
#: The most by which a chunk is longer than the one before: a scope that was
#: idle for months may have grown in the next hour.
GROWTH = 8
#: A month of hours; beyond that a longer chunk saves nothing.
LONGEST = 744


class Sizer:
    """Cuts a window into chunks of about ``points`` points.

    Judges by the densest chunk seen so far, so memory stays bounded however
    long the window is.

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
        """Take note of what is stored of the window.

        A guess: what will be collected may be more, so it makes no more
        than the first chunk longer or shorter.
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
        """Take note of what a chunk held."""
        self._density = max(self._density, point_count / period_count)
        fitting = LONGEST
        if self._density:
            fitting = int(self._points / self._density)
        self._length = max(
            1, min(fitting, period_count * GROWTH, self._ceiling)
        )

    def shrink(self, period_count: int) -> None:
        """Make no chunk longer than so many periods from now on.

        For a backend that could not answer for more of them at once.
        """
        self._ceiling = max(1, min(period_count, self._ceiling))
        self._length = min(self._length, self._ceiling)
