# SPDX-License-Identifier: Apache-2.0
"""A clock that stands still until a test moves it."""

import datetime


class FakeClock:
    """The ``common.clock.Clock`` of tests.

    :param now: the first instant; aware, UTC.
    """

    def __init__(self, now: datetime.datetime) -> None:
        self._now = now
        self._seconds = 0.0

    def now(self) -> datetime.datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Move both readings on."""
        self._now += datetime.timedelta(seconds=seconds)
        self._seconds += seconds
