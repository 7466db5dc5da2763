# SPDX-License-Identifier: Apache-2.0
"""Live rating: new periods of every scope, as they become due."""

import collections.abc
import datetime
import functools
import random
import threading

from oslo_log import log

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import rows
from cloudkitty.db import scope_states
from cloudkitty.orchestrator import chunks
from cloudkitty.orchestrator import cursors
from cloudkitty.orchestrator import due
from cloudkitty.orchestrator import engine
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import keeping
from cloudkitty.orchestrator import pipeline
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator import writing
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import claims
from cloudkitty.tasks import rated as rated_data

LOG = log.getLogger(__name__)

#: Pause before a scope is tried again that a reprocess or another worker
#: holds. Reprocesses step aside for longer than this (``reprocess``).
BUSY_RETRY_SECONDS = 1


class _SwitchedOff(exceptions.CloudKittyError):
    """The scope is not to be rated any more."""


class LiveRating:
    """Rates what is due, scope by scope.

    :param resources: what it works with.
    :param stop: set when this process is to end.
    """

    def __init__(
        self, resources: ck_resources.Resources, stop: threading.Event
    ) -> None:
        self._resources = resources
        self._stop = stop
        self._conf = resources.conf
        self._period_seconds: int = resources.conf.collect.period
        #: Metric definitions are those of the process's start.
        self._metrics = resources.engine.select_metrics(None)
        self._rule = keeping.Rule(
            defined=frozenset(metric.alt_name for metric in self._metrics)
        )
        self._busy: list[str] = []

    @property
    def interval_seconds(self) -> float:
        """Seconds from one look for due periods to the next."""
        return self._period_seconds

    def work(self) -> None:
        """Rate all that is due, once.

        :raises cloudkitty.fetcher.base.FetchError: if nobody knows scopes.
        :raises Interrupted: at a chunk's edge, if asked to stop.
        """
        found = self._resources.fetcher.get_scopes()
        # Several workers begin at different scopes. No secret is at stake.
        random.shuffle(found)
        self._busy = []
        self._work_on(found)

    def pending_at(self) -> datetime.datetime | None:
        """Return when ``work_pending`` is to be called; None for never."""
        if not self._busy:
            return None
        return self._resources.clock.now() + datetime.timedelta(
            seconds=BUSY_RETRY_SECONDS
        )

    def work_pending(self) -> None:
        """Try the scopes again that somebody else held.

        :raises Interrupted: at a chunk's edge, if asked to stop.
        """
        busy, self._busy = self._busy, []
        self._work_on(busy)

    def _work_on(self, scope_ids: collections.abc.Iterable[str]) -> None:
        for scope_id in scope_ids:
            self._pulse()
            failures.run_isolated(
                functools.partial(self._rate_if_free, scope_id),
                "scope",
                scope_id,
            )

    def _pulse(self) -> None:
        if self._stop.is_set():
            raise failures.Interrupted

    def _rate_if_free(self, scope_id: str) -> None:
        locks = self._resources.locks
        with locks.try_hold(locks.names.of_scope(scope_id)) as held:
            if held:
                self._rate_due(scope_id)
            else:
                self._busy.append(scope_id)

    def _rate_due(self, scope_id: str) -> None:
        """Rate all due periods of a scope whose lock is held."""
        scope = scopes.Scope(
            identifier=scope_id,
            scope_key=self._conf.collect.scope_key,
            fetcher=self._conf.fetcher.backend,
            collector=self._conf.collect.collector,
        )
        # Again, until nothing has become due meanwhile.
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
        rated: list[engine.RatedPeriod],
    ) -> None:
        """Store a chunk, if the scope is as it was when the work began."""
        # Read again for each chunk: it may have been switched off.
        state = self._read_state(scope)
        if state is not None:
            if not state.active:
                raise _SwitchedOff
            following = rated_data.next_begin(state, self._period_seconds)
            if following != chunk.begin:
                raise claims.LostClaim(
                    "the scope's state was changed meanwhile"
                )
        decided = keeping.decide(
            self._rule, rated, self._stored_of(scope, chunk)
        )
        self._resources.writer.store(
            scope,
            writing.pieces(decided, everything=True),
            cursors.StateCursor(
                scope,
                state,
                chunk.last_period(self._period_seconds),
                self._period_seconds,
            ),
        )
        self._warn_of_kept(scope, chunk, decided)
        LOG.info(
            "periods rated scope_id=%(scope)s begin=%(begin)s "
            "end=%(end)s periods=%(periods)d points=%(points)d",
            {
                "scope": scope.identifier,
                "begin": chunk.begin,
                "end": chunk.end,
                "periods": len(rated),
                "points": engine.count_points(rated),
            },
        )

    def _stored_of(
        self, scope: scopes.Scope, chunk: periods.Window
    ) -> keeping.Stored:
        """Return what is stored already: after a reset there may be some."""
        query = storage_base.Query(
            window=chunk, filters={scope.scope_key: [scope.identifier]}
        )
        return keeping.ask(
            self._resources.storage, query, self._period_seconds
        )

    def _warn_of_kept(
        self,
        scope: scopes.Scope,
        chunk: periods.Window,
        decided: collections.abc.Sequence[keeping.Decided],
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

    def _due(self, state: rows.ScopeState | None) -> periods.Window | None:
        """Return the due window; None for none or an inactive scope.

        :raises cloudkitty.tasks.rated.PeriodChanged: if the rated data end
            within a period: it would be rated twice, or not at all.
        """
        first = None
        if state is not None:
            if not state.active:
                return None
            first = rated_data.next_begin(state, self._period_seconds)
        window = due.due_window(
            first,
            self._resources.clock.now(),
            self._period_seconds,
            self._conf.collect.wait_periods,
        )
        if window is not None and state is not None:
            self._warn_of(state)
        return window

    def _warn_of(self, state: rows.ScopeState) -> None:
        """Warn of a last period that has another grid and unknown length.

        Upstream begins a scope at the first of a month in the local time of
        its host, so that is no error.
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

    def _read_state(self, scope: scopes.Scope) -> rows.ScopeState | None:
        database = self._resources.database
        with database.reader() as session:
            state = scope_states.get(session, scope)
        if state is None or state.scope == scope:
            return state
        # A row that upstream began: it fills key, fetcher and collector in
        # at the next look, and so do we.
        return database.write(
            lambda session: scope_states.get(session, scope, fill=True)
        )
