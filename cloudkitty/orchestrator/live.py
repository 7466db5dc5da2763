# SPDX-License-Identifier: Apache-2.0
"""Live rating: rate the new periods of every scope as they become due."""

import collections.abc
import datetime
import functools
import random
import threading

from oslo_log import log

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.orchestrator import cycle as ck_cycle
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator import retries
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import cursors
from cloudkitty.orchestrator.engine import due_periods
from cloudkitty.orchestrator.engine import pipeline
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import writer
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import rated as rated_data

LOG = log.getLogger(__name__)

#: Seconds between two queries for scopes that a reset has moved back.
RESET_POLL_SECONDS = 10


class _SwitchedOff(exceptions.CloudKittyError):
    """Rating of the scope was disabled during the work."""


class LiveRating:
    """Rates due periods, one scope after another.

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
        self._rule = replace_or_keep.Rule(
            defined=frozenset(metric.alt_name for metric in self._metrics)
        )
        self._retries = retries.ScopeRetries(
            resources.clock, ck_resources.make_retries(resources.conf)
        )
        self._cycle = ck_cycle.Cycle(resources.clock)
        self._unreachable = False
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
        # Workers start with different scopes. This is not a security use.
        random.shuffle(found)
        self._retries.clear()
        self._began_at = self._resources.clock.now()
        self._scope_ids = frozenset(found)
        if not found:
            LOG.warning(
                "no scopes found fetcher=%(fetcher)s",
                {"fetcher": self._resources.fetcher.describe()},
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
        cycle = ck_cycle.Cycle(self._resources.clock, len(scope_ids))
        self._cycle = cycle
        self._unreachable = False
        for index, scope_id in enumerate(scope_ids):
            self._pulse()
            self._attempt(scope_id)
            if self._unreachable:
                # Every other scope would wait for the same timeout.
                rest = scope_ids[index + 1 :]
                self._retries.failed(rest)
                cycle.deferred = len(rest)
                break
        cycle.report(event)

    def _attempt(self, scope_id: str) -> None:
        """Rate a scope; schedule a retry unless that succeeds."""
        _, error = failures.run_isolated(
            functools.partial(self._rate_counted, scope_id), "scope", scope_id
        )
        if error is not None:
            self._cycle.failed += 1
            self._retries.failed([scope_id])

    def _rate_counted(self, scope_id: str) -> None:
        """Rate a scope and count the result unless it is an error."""
        try:
            held = self._rate_if_free(scope_id)
        except task_errors.LostClaim:
            # Moved by a reset, or by a processor whose lock had expired.
            LOG.info(
                "scope was moved by another processor scope_id=%(scope)s",
                {"scope": scope_id},
            )
            self._cycle.lost += 1
            self._retries.busy(scope_id)
        except failures.UNREACHABLE:
            self._unreachable = True
            raise
        else:
            if held:
                self._retries.succeeded(scope_id)
            else:
                self._cycle.busy += 1
                self._retries.busy(scope_id)

    def _pulse(self) -> None:
        if self._stop.is_set():
            raise failures.Interrupted

    def _rate_if_free(self, scope_id: str) -> bool:
        """Rate a scope; return False if another worker holds its lock."""
        locks = self._resources.locks
        with locks.try_hold(locks.names.of_scope(scope_id)) as held:
            if held:
                before = self._cycle.periods
                self._rate_due(scope_id)
                self._cycle.rated += self._cycle.periods > before
            return held

    def _rate_due(self, scope_id: str) -> None:
        """Rate all due periods of a scope; its lock must be held."""
        scope = scopes.Scope(
            identifier=scope_id,
            scope_key=self._conf.collect.scope_key,
            fetcher=self._conf.fetcher.backend,
            collector=self._conf.collect.collector,
        )
        # Repeated until no further period has become due during the work.
        while window := self._due(self._read_state(scope)):
            work = pipeline.Pipeline(
                self._resources.engine,
                self._resources.storing,
                chunks.Sizer(
                    self._conf.orchestrator.chunk_points, self._period_seconds
                ),
                period_seconds=self._period_seconds,
                scope_id=scope_id,
                window=window,
                look=functools.partial(self._stored_of, scope),
                load_chain=functools.partial(
                    self._resources.load_chain, scope_id
                ),
                metrics=self._metrics,
                pulse=self._pulse,
            )
            try:
                work.run(functools.partial(self._store, scope))
            except _SwitchedOff:
                LOG.info(
                    "scope switched off scope_id=%(scope)s",
                    {"scope": scope_id},
                )
                return

    def _store(
        self,
        scope: scopes.Scope,
        chunk: periods.Window,
        rated: list[rated_periods.RatedPeriod],
        stored: replace_or_keep.Stored,
    ) -> None:
        """Store a chunk if the scope has not changed since the work began."""
        # Read again for each chunk: the scope may have been deactivated.
        state = self._read_state(scope)
        if state is not None:
            if not state.active:
                raise _SwitchedOff
            following = rated_data.next_begin(state, self._period_seconds)
            if following != chunk.begin:
                raise task_errors.LostClaim(
                    "the scope's state was changed meanwhile"
                )
        decided = replace_or_keep.decide(self._rule, rated, stored)
        self._resources.writer.store(
            scope,
            writer.pieces(decided),
            cursors.StateCursor(
                scope,
                state,
                chunk.last_period(self._period_seconds),
                self._period_seconds,
            ),
        )
        self._warn_of_kept(scope, chunk, decided)
        self._cycle.add(rated)
        LOG.info(
            "periods rated scope_id=%(scope)s begin=%(begin)s "
            "end=%(end)s periods=%(periods)d points=%(points)d",
            {
                "scope": scope.identifier,
                "begin": chunk.begin,
                "end": chunk.end,
                "periods": len(rated),
                "points": rated_periods.count_points(rated),
            },
        )

    def _stored_of(
        self, scope: scopes.Scope, chunk: periods.Window
    ) -> replace_or_keep.Stored:
        """Return the numbers of stored points; a reset may leave some."""
        query = storage_base.Query(
            window=chunk, filters={scope.scope_key: [scope.identifier]}
        )
        return replace_or_keep.ask(
            self._resources.storage, query, self._period_seconds
        )

    def _warn_of_kept(
        self,
        scope: scopes.Scope,
        chunk: periods.Window,
        decided: collections.abc.Sequence[replace_or_keep.Decided],
    ) -> None:
        kept = [period.kept for period in decided if period.kept]
        if kept:
            LOG.warning(
                "stored points kept scope_id=%(scope)s begin=%(begin)s "
                "end=%(end)s periods=%(periods)d metrics=%(metrics)d: they "
                "were not collected again",
                {
                    "scope": scope.identifier,
                    "begin": chunk.begin,
                    "end": chunk.end,
                    "periods": len(kept),
                    "metrics": len(frozenset().union(*kept)),
                },
            )

    def _due(
        self, state: scope_records.ScopeState | None
    ) -> periods.Window | None:
        """Return the due window, or None if no period is due.

        None is also returned for an inactive scope.

        :raises cloudkitty.tasks.rated.PeriodChanged: if the rated data end
            within a period: it would be rated twice or not at all.
        """
        first = None
        if state is not None:
            if not state.active:
                return None
            first = rated_data.next_begin(state, self._period_seconds)
        window = due_periods.due_window(
            first,
            self._resources.clock.now(),
            self._period_seconds,
            self._conf.collect.wait_periods,
        )
        if window is not None and state is not None:
            self._warn_of(state)
        return window

    def _warn_of(self, state: scope_records.ScopeState) -> None:
        """Warn if the last period has an unknown length and another grid.

        Upstream begins a scope at the first day of a month in the local time
        of its host, so this is not an error.
        """
        if state.period_seconds is None and not periods.aligned(
            state.last_processed_at, self._period_seconds
        ):
            LOG.warning(
                "the last rated period of scope_id=%(scope)s begins at "
                "%(last)s, where no period of %(seconds)d seconds begins, "
                "and its length is not known: it is taken for that long. Was "
                "[collect] period changed?",
                {
                    "scope": state.scope.identifier,
                    "last": state.last_processed_at,
                    "seconds": self._period_seconds,
                },
            )

    def _read_state(
        self, scope: scopes.Scope
    ) -> scope_records.ScopeState | None:
        database = self._resources.database
        with database.reader() as session:
            state = scope_queries.get(session, scope)
        if state is None or state.scope == scope:
            return state
        # The row was created by upstream, which fills in key, fetcher and
        # collector when it reads the row again. Do the same.
        return database.write(
            lambda session: scope_queries.get(session, scope, fill=True)
        )
