# SPDX-License-Identifier: Apache-2.0
"""Pauses in which a reprocessing worker releases a scope to live rating."""

import threading

from cloudkitty.common import clock as ck_clock

#: Seconds for which a task releases its scope's lock to live rating, which
#: requests it every second (``retries.BUSY_RETRY_SECONDS``).
SECONDS = 3
#: Minimum seconds between two pauses of a worker: live rating that fails
#: repeatedly, or begins its next cycle much later, must not stop the tasks.
EVERY_SECONDS = 60


class Aside:
    """The pauses of one worker, shared by all its tasks.

    A pause for each task would delay a queue of short tasks: live rating
    with due periods may begin its next cycle a whole period later. The lock
    of a short task's scope is released soon in any case.

    :param clock: source of the current time.
    :param stop: ends a pause.
    """

    def __init__(self, clock: ck_clock.Clock, stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop
        self._last_at: float | None = None

    def allowed(self) -> bool:
        """Return whether the minimum time since the last pause has passed."""
        return (
            self._last_at is None
            or self._clock.monotonic() - self._last_at >= EVERY_SECONDS
        )

    def pause(self) -> None:
        """Wait without holding a lock."""
        self._last_at = self._clock.monotonic()
        self._stop.wait(SECONDS)
