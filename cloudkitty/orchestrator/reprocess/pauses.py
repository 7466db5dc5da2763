# SPDX-License-Identifier: Apache-2.0
"""Pauses in which a reprocessing worker releases a scope to live rating."""

import collections.abc
import threading

from cloudkitty.common import scopes
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import due_periods
from cloudkitty.tasks import rated

#: Seconds for which a task releases its scope's lock to live rating, which
#: requests it every second (``retries.BUSY_RETRY_SECONDS``).
SECONDS = 3
#: Minimum seconds between two pauses of a worker: live rating that fails
#: repeatedly, or begins its next cycle much later, must not stop the tasks.
EVERY_SECONDS = 60


class Pauses:
    """The pauses of one worker, shared by all its tasks.

    A pause for each task would delay a queue of short tasks: live rating
    with due periods may begin its next cycle a whole period later. The lock
    of a short task's scope is released soon in any case.

    :param resources: the worker's resources.
    :param stop: ends a pause.
    """

    def __init__(
        self, resources: ck_resources.Resources, stop: threading.Event
    ) -> None:
        self._resources = resources
        self._stop = stop
        self._last_at: float | None = None

    def pause_for_live_rating(self, scope: scopes.Scope) -> None:
        """Wait for a moment if live rating has due periods of the scope.

        The caller holds no lock. Returns at once if the last pause began less
        than ``EVERY_SECONDS`` ago.
        """
        if self._is_time():
            with self._resources.database.reader() as session:
                state = scope_queries.get(session, scope)
            self._pause_if_due([state] if state is not None else [])

    def pause_for_live_rating_of(
        self, scope_ids: collections.abc.Collection[str]
    ) -> None:
        """Do the same if live rating has due periods of any of the scopes."""
        if self._is_time():
            with self._resources.database.reader() as session:
                states = scope_queries.find(
                    session, identifiers=scope_ids, active=True
                )
            self._pause_if_due(states)

    def _is_time(self) -> bool:
        now = self._resources.clock.monotonic()
        return self._last_at is None or now - self._last_at >= EVERY_SECONDS

    def _pause_if_due(
        self, states: collections.abc.Iterable[scope_records.ScopeState]
    ) -> None:
        if any(map(self._is_due, states)):
            self._last_at = self._resources.clock.monotonic()
            self._stop.wait(SECONDS)

    def _is_due(self, state: scope_records.ScopeState) -> bool:
        collect = self._resources.conf.collect
        try:
            first = rated.next_begin(state, collect.period)
        except rated.PeriodChanged:
            return False
        window = due_periods.due_window(
            first,
            self._resources.clock.now(),
            collect.period,
            collect.wait_periods,
        )
        return window is not None
