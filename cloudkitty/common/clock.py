# SPDX-License-Identifier: Apache-2.0
"""The only place where this project reads the time."""

import datetime
import time
import typing


class Clock(typing.Protocol):
    """Source of the current time; passed down, never a global."""

    def now(self) -> datetime.datetime:
        """Return the current instant, aware, UTC."""

    def monotonic(self) -> float:
        """Return monotonic seconds, for durations."""


class SystemClock:
    """The clock of the host."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    def monotonic(self) -> float:
        return time.monotonic()
