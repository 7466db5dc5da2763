# SPDX-License-Identifier: Apache-2.0
"""Live rating: rate the new periods of every scope as they become due."""

import collections.abc
import datetime
import threading

from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.orchestrator import cycle as ck_cycle
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator import retries
from cloudkitty.orchestrator import rounds

LOG = log.getLogger(__name__)

#: Seconds between two queries for scopes that a reset has moved back.
RESET_POLL_SECONDS = 10


class LiveRating:
    """Rates the due periods of all scopes.

    :param resources: the worker's resources.
    :param stop: set when this process has to stop.
    """

    def __init__(
        self, resources: ck_resources.Resources, stop: threading.Event
    ) -> None:
        self._resources = resources
        self._stop = stop
        self._conf = resources.conf
        self._period_seconds: int = resources.conf.collect.period
        #: Metric definitions are those loaded when the process started.
        self._metrics = resources.engine.select_metrics(None)
        self._retries = retries.ScopeRetries(
            resources.clock, ck_resources.make_retries(resources.conf)
        )
        self._rounds = rounds.Rounds(
            resources, self._metrics, self._retries, self._pulse
        )
        self._cycle = ck_cycle.Cycle(resources.clock)
        self._began_at = resources.clock.now()
        self._scope_ids: frozenset[str] = frozenset()

    @property
    def interval_seconds(self) -> float:
        """Seconds between two cycles."""
        return self._period_seconds

    def work(self) -> None:
        """Rate all due periods once.

        :raises cloudkitty.fetcher.base.FetchError: if the list of scopes is
            unavailable.
        :raises Interrupted: between two chunks, if asked to stop.
        """
        found = self._resources.fetcher.get_scopes()
        self._retries.clear()
        self._began_at = self._resources.clock.now()
        self._scope_ids = frozenset(found)
        if not found:
            LOG.warning(
                *log_fields.event(
                    "no scopes found",
                    fetcher=self._resources.fetcher.describe(),
                ),
            )
        self._work_on(found, "cycle")
        self._cycle.warn_of_missing(
            metric.alt_name for metric in self._metrics
        )

    def pending_at(self) -> datetime.datetime:
        """Return the time of the next call of ``work_pending``."""
        look_at = self._resources.clock.now() + datetime.timedelta(
            seconds=RESET_POLL_SECONDS
        )
        retry_at = self._retries.next_at()
        return look_at if retry_at is None else min(look_at, retry_at)

    def work_pending(self) -> None:
        """Retry the failed and busy scopes whose delay has passed.

        :raises Interrupted: between two chunks, if asked to stop.
        """
        due_ids = self._retries.take_due()
        if due_ids:
            self._work_on(due_ids, "retries")
        # After the retries: a failing query must not lose them.
        reset_ids = self._moved_back()
        if reset_ids:
            self._work_on(reset_ids, "resets")

    def _moved_back(self) -> list[str]:
        """Return the scopes that a reset has moved back since this cycle.

        Executes one statement. All periods that were due at the beginning of
        the cycle are rated, except those of scopes with a pending retry.
        """
        waited = datetime.timedelta(
            seconds=self._period_seconds
            * (self._conf.collect.wait_periods + 1)
        )
        with self._resources.database.reader() as session:
            states = scope_queries.find(
                session,
                active=True,
                fetchers=[self._conf.fetcher.backend],
                collectors=[self._conf.collect.collector],
                scope_keys=[self._conf.collect.scope_key],
                processed_before=self._began_at - waited,
            )
        scope_ids = {state.scope.identifier for state in states}
        return sorted(
            scope_id
            for scope_id in scope_ids & self._scope_ids
            if not self._retries.waiting(scope_id)
        )

    def _work_on(
        self, scope_ids: collections.abc.Sequence[str], event: str
    ) -> None:
        """Rate scopes; log the results under the name ``event``."""
        self._cycle = ck_cycle.Cycle(self._resources.clock, len(scope_ids))
        self._rounds.run(scope_ids, self._cycle)
        if event == "cycle" or self._cycle.worked:
            self._cycle.report(event)

    def _pulse(self) -> None:
        if self._stop.is_set():
            raise failures.Interrupted
        self._resources.heartbeat.beat()
