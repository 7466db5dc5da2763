# SPDX-License-Identifier: Apache-2.0
"""The loop of a worker: work, wait, work again."""

import collections.abc
import datetime
import threading
import typing

from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.orchestrator import failures
from cloudkitty.tasks import claims

LOG = log.getLogger(__name__)

#: The shortest wait between two looks, so that nothing ever spins.
SHORTEST_WAIT_SECONDS = 0.2


class Work(typing.Protocol):
    """What a worker does at each tick."""

    @property
    def interval_seconds(self) -> float:
        """Seconds from one tick to the next."""

    def work(self) -> None:
        """Do all there is to do."""

    def pending_at(self) -> datetime.datetime | None:
        """Return when there is something left to do before the next tick."""

    def work_pending(self) -> None:
        """Do what was left."""


class Loop:
    """Works, then waits, until it is asked to stop.

    :param work: what to do.
    :param clock: tells the time.
    :param stop: ends it.
    :param name: for the log.
    :param retries: pauses after a failed tick; defaults without it.
    """

    def __init__(
        self,
        work: Work,
        clock: ck_clock.Clock,
        stop: threading.Event,
        name: str,
        retries: claims.Retries | None = None,
    ) -> None:
        self._work = work
        self._clock = clock
        self._stop = stop
        self._name = name
        self._retries = retries or claims.Retries()
        self._failed = 0

    def run(self) -> None:
        """Return once asked to stop, at an edge of the work."""
        try:
            while not self._stop.is_set():
                self._tick()
        except failures.Interrupted:
            LOG.info("%(name)s worker interrupted", {"name": self._name})

    def _tick(self) -> None:
        """Do one tick's work, and what is left of it, until the next."""
        began_at = self._clock.monotonic()
        next_tick_at = began_at + self._work.interval_seconds
        error = self._run(self._work.work)[1]
        self._failed = self._failed + 1 if error is not None else 0
        if self._failed:
            # A fetcher or database that is away for a moment.
            pause = self._retries.pause_seconds(self._failed)
            retry_at = self._clock.monotonic() + pause
            next_tick_at = min(next_tick_at, retry_at)
        while not self._stop.is_set():
            left = next_tick_at - self._clock.monotonic()
            pending = self._seconds_to_pending()
            self._stop.wait(max(SHORTEST_WAIT_SECONDS, min(left, pending)))
            if left <= pending:
                return
            if not self._stop.is_set():
                self._isolated(self._work.work_pending)

    def _seconds_to_pending(self) -> float:
        pending_at = self._isolated(self._work.pending_at)
        if pending_at is None:
            return float("inf")
        return (pending_at - self._clock.now()).total_seconds()

    def _isolated(
        self, step: collections.abc.Callable[[], failures.T]
    ) -> failures.T | None:
        return self._run(step)[0]

    def _run(
        self, step: collections.abc.Callable[[], failures.T]
    ) -> tuple[failures.T | None, str | None]:
        return failures.run_isolated(step, "look for work", self._name)
