# SPDX-License-Identifier: Apache-2.0
"""The loop of a worker: work, wait, repeat."""

import collections.abc
import datetime
import logging
import threading
import typing

from oslo_log import log

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import heartbeat
from cloudkitty.tasks import retries as task_retries

LOG = log.getLogger(__name__)

#: Minimum delay between two iterations, which prevents a busy loop.
SHORTEST_WAIT_SECONDS = 0.2


class Work(typing.Protocol):
    """Work that a worker does at each tick."""

    @property
    def interval_seconds(self) -> float:
        """Seconds between two ticks."""

    def work(self) -> None:
        """Do all work that is due."""

    def pending_at(self) -> datetime.datetime | None:
        """Return when remaining work is due before the next tick."""

    def work_pending(self) -> None:
        """Do the remaining work that is due."""


class Loop:
    """Works and waits alternately until asked to stop.

    :param work: the work of each tick.
    :param clock: source of the current time.
    :param stop: ends the loop.
    :param name: for the log.
    :param retries: delays after a failed tick; None selects the defaults.
    :param beats: the worker's heartbeats, written while it waits too.
    """

    def __init__(
        self,
        work: Work,
        clock: ck_clock.Clock,
        stop: threading.Event,
        name: str,
        retries: task_retries.Retries | None = None,
        beats: heartbeat.Silent | None = None,
    ) -> None:
        self._work = work
        self._clock = clock
        self._stop = stop
        self._name = name
        self._retries = retries or task_retries.Retries()
        self._beats = beats or heartbeat.Silent()
        self._failed = 0

    def run(self) -> None:
        """Run until asked to stop; the running work ends at its next check."""
        try:
            while not self._stop.is_set():
                self._tick()
        except failures.Interrupted:
            LOG.info(
                *log_fields.event("worker interrupted", worker=self._name)
            )

    def _tick(self) -> None:
        """Do the work of one tick and the remaining work before the next."""
        began_at = self._clock.monotonic()
        next_tick_at = began_at + self._work.interval_seconds
        error = self._run(self._work.work)[1]
        self._failed = self._failed + 1 if error is not None else 0
        if self._failed:
            # A fetcher or a database may be unavailable for a moment.
            pause = self._retries.pause_seconds(self._failed)
            retry_at = self._clock.monotonic() + pause
            next_tick_at = min(next_tick_at, retry_at)
        while not self._stop.is_set():
            left = next_tick_at - self._clock.monotonic()
            pending = self._seconds_to_pending()
            self._wait(max(SHORTEST_WAIT_SECONDS, min(left, pending)))
            if left <= pending:
                return
            if not self._stop.is_set():
                self._isolated(self._work.work_pending)

    def _wait(self, seconds: float) -> None:
        """Wait for the next look for work, with heartbeats in between."""
        self._beats.rest_until(
            self._clock.now() + datetime.timedelta(seconds=seconds)
        )
        while seconds > 0 and not self._stop.is_set():
            part = min(seconds, self._beats.due_seconds)
            self._stop.wait(part)
            seconds -= part
            if seconds > 0:
                self._beats.beat()

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
        failed = self._failed + 1
        return failures.run_isolated(
            step,
            "look for work failed",
            level=(
                logging.ERROR
                if failed >= self._retries.most
                else logging.WARNING
            ),
            worker=self._name,
            attempt=f"{failed}/{self._retries.most}",
        )
