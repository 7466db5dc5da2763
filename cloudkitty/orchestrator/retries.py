# SPDX-License-Identifier: Apache-2.0
"""Retries of scopes by live rating before the next cycle."""

import collections.abc
import datetime

from cloudkitty.common import clock as ck_clock
from cloudkitty.orchestrator import measures
from cloudkitty.tasks import retries as task_retries

#: Delay before the retry of a scope whose lock another worker or a reprocess
#: holds. Reprocesses release the lock for longer than this (``pauses``).
BUSY_RETRY_SECONDS = 1


class ScopeRetries:
    """The scopes of one cycle to retry, and the times of the retries.

    :param clock: source of the current time.
    :param policy: the delays, the same as those of tasks.
    """

    def __init__(
        self, clock: ck_clock.Clock, policy: task_retries.Retries
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._due_at: dict[str, datetime.datetime] = {}
        self._failures: dict[str, int] = {}
        #: Consecutive failures, also of earlier cycles.
        self._in_a_row: dict[str, int] = {}

    def clear(self) -> None:
        """Remove all scopes: a new cycle tries every scope."""
        self._due_at.clear()
        self._failures.clear()

    def busy(self, scope_id: str) -> None:
        """Schedule an early retry: another worker holds the scope."""
        self._put_off(scope_id, BUSY_RETRY_SECONDS)

    def failed(self, scope_ids: collections.abc.Iterable[str]) -> None:
        """Schedule retries after a delay that doubles with each failure."""
        for scope_id in scope_ids:
            count = self._failures.get(scope_id, 0) + 1
            self._failures[scope_id] = count
            self._in_a_row[scope_id] = self._in_a_row.get(scope_id, 0) + 1
            self._put_off(scope_id, self._policy.pause_seconds(count))
            measures.retries(measures.LIVE)

    def succeeded(self, scope_id: str) -> None:
        """Remove the failures of a scope."""
        self._failures.pop(scope_id, None)
        self._in_a_row.pop(scope_id, None)

    def attempt(self, scope_id: str) -> tuple[str, bool]:
        """Return the number of the next attempt as text, such as ``2/10``.

        Also whether it is at least the last one after which a task would
        fail. A scope is attempted again nevertheless.
        """
        number = self._in_a_row.get(scope_id, 0) + 1
        return f"{number}/{self._policy.most}", number >= self._policy.most

    def waiting(self, scope_id: str) -> bool:
        """Return whether a retry of the scope is scheduled."""
        return scope_id in self._due_at

    def next_at(self) -> datetime.datetime | None:
        """Return the time of the first retry; None without retries."""
        return min(self._due_at.values(), default=None)

    def take_due(self) -> list[str]:
        """Remove and return the ids of the scopes that are due."""
        now = self._clock.now()
        due = [key for key, due_at in self._due_at.items() if due_at <= now]
        for scope_id in due:
            del self._due_at[scope_id]
        return due

    def _put_off(self, scope_id: str, seconds: int) -> None:
        self._due_at[scope_id] = self._clock.now() + datetime.timedelta(
            seconds=seconds
        )
