# SPDX-License-Identifier: Apache-2.0
"""Live rating of one scope: rate its due periods and store them."""

import collections.abc
import functools

from oslo_log import log

from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.orchestrator import cycle as ck_cycle
from cloudkitty.orchestrator import due_scopes
from cloudkitty.orchestrator import kept_points
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import cursors
from cloudkitty.orchestrator.engine import members
from cloudkitty.orchestrator.engine import pipeline
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import writer
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import rated as rated_data

LOG = log.getLogger(__name__)


class _SwitchedOff(exceptions.CloudKittyError):
    """Rating of the scope was disabled during the work."""


class ScopeRating:
    """Rates the due periods of scopes, one scope at a time.

    :param resources: the worker's resources.
    :param metrics: the metrics to collect.
    :param pulse: called regularly; raises to stop.
    """

    def __init__(
        self,
        resources: ck_resources.Resources,
        metrics: collections.abc.Sequence[ck_metrics.Metric],
        pulse: collection.Pulse,
    ) -> None:
        self._resources = resources
        self._conf = resources.conf
        self._period_seconds: int = resources.conf.collect.period
        self._metrics = metrics
        self._rule = replace_or_keep.Rule(
            defined=frozenset(metric.alt_name for metric in metrics)
        )
        self._pulse = pulse
        self._due = due_scopes.DueScopes(resources)

    def rate(self, scope_id: str, cycle: ck_cycle.Cycle) -> bool:
        """Rate all due periods of a scope.

        :param cycle: counts the rated periods.
        :returns: False if another worker holds the scope's lock.
        :raises cloudkitty.tasks.errors.LostClaim: if another processor
            changed the scope's state; later periods are not rated.
        """
        locks = self._resources.locks
        with locks.try_hold(locks.names.of_scope(scope_id)) as held:
            if held:
                before = cycle.periods
                self._rate_due(scope_id, cycle)
                if cycle.periods > before:
                    cycle.rated_ids.add(scope_id)
            return held

    def _rate_due(self, scope_id: str, cycle: ck_cycle.Cycle) -> None:
        """Rate all due periods of a scope; its lock must be held."""
        scope = self._due.scope(scope_id)
        # Repeated until no further period has become due during the work.
        while window := self._due.window_of(self._read_state(scope)):
            work = self._resources.new_pipeline(
                members.Members([scope_id]),
                window,
                self._metrics,
                chunks.Sizer(
                    self._conf.orchestrator.chunk_points, self._period_seconds
                ),
                look=functools.partial(self._stored_of, scope),
                pulse=self._pulse,
            )
            try:
                work.run(functools.partial(self._store, cycle, scope))
            except _SwitchedOff:
                LOG.info(
                    *log_fields.event(
                        "scope switched off",
                        scope_id=scope_id,
                    ),
                )
                return

    def _store(
        self,
        cycle: ck_cycle.Cycle,
        scope: scopes.Scope,
        chunk: periods.Window,
        rated_of: pipeline.Rated,
        stored: pipeline.StoredOf,
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
        rated = rated_of[scope.identifier]
        decided = replace_or_keep.decide(
            self._rule, rated, stored[scope.identifier]
        )
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
        kept_points.warn(scope, chunk, decided)
        measures.periods(measures.LIVE, decided)
        cycle.add(rated)
        LOG.info(
            *log_fields.event(
                "periods rated",
                scope_id=scope.identifier,
                begin=chunk.begin,
                end=chunk.end,
                periods=len(rated),
                points=rated_periods.count_points(rated),
            ),
        )

    def _stored_of(
        self, scope: scopes.Scope, chunk: periods.Window
    ) -> pipeline.StoredOf:
        """Return the numbers of stored points; a reset may leave some."""
        query = storage_base.Query(
            window=chunk, filters={scope.scope_key: [scope.identifier]}
        )
        return {
            scope.identifier: replace_or_keep.ask(
                self._resources.storage, query, self._period_seconds
            )
        }

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
