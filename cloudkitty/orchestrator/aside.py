# SPDX-License-Identifier: Apache-2.0
"""When a reprocessing worker leaves its scope to live rating for a moment."""

import threading

from cloudkitty.common import clock as ck_clock

#: How long a task leaves its scope's lock to live rating, which asks for it
#: every second (``retries.BUSY_RETRY_SECONDS``),
SECONDS = 3
#: and how often a worker does so at most: live rating that fails again and
#: again, or that begins its next cycle much later, must not stop the tasks.
EVERY_SECONDS = 60


class Aside:
    """The pauses of one worker, whatever tasks it works on.

    A pause for each task would hold up a queue of short ones: live rating
    that has periods due may begin its next cycle a whole period later. The
    lock of a short task's scope is soon free anyway.

    :param clock: the time.
    :param stop: ends a pause.
    """

    def __init__(self, clock: ck_clock.Clock, stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop
        self._last_at: float | None = None

    def allowed(self) -> bool:
        """Return whether the last pause is long enough ago."""
        return (
            self._last_at is None
            or self._clock.monotonic() - self._last_at >= EVERY_SECONDS
        )

    def pause(self) -> None:
        """Wait, holding no lock."""
        self._last_at = self._clock.monotonic()
        self._stop.wait(SECONDS)
