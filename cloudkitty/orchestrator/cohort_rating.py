# SPDX-License-Identifier: Apache-2.0
"""Live rating of a cohort: scopes with the same due window, together."""

import collections.abc
import dataclasses
import datetime
import functools

from oslo_log import log

from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.orchestrator import cycle as ck_cycle
from cloudkitty.orchestrator import due_scopes
from cloudkitty.orchestrator import kept_points
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import locked_sets
from cloudkitty.orchestrator.engine import members as ck_members
from cloudkitty.orchestrator.engine import pipeline
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import set_cursors
from cloudkitty.orchestrator.engine import set_parts
from cloudkitty.orchestrator.engine import writer
from cloudkitty.tasks import errors as task_errors

LOG = log.getLogger(__name__)


class CohortRating:
    """Rates scopes with the same due window.

    Unlike a scope that is rated alone, a scope of a cohort is locked only
    while a chunk is stored. Its row, which is then locked and compared, shows
    whether another worker has rated it since the row was read.

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
        self._period_seconds: int = resources.conf.collect.period
        self._metrics = metrics
        self._rule = replace_or_keep.Rule(
            defined=frozenset(metric.alt_name for metric in metrics)
        )
        self._pulse = pulse

    def rate(
        self,
        window: periods.Window,
        states: due_scopes.States,
        cycle: ck_cycle.Cycle,
    ) -> dict[str, Exception]:
        """Rate the window of all scopes.

        :param states: the scopes and their rows.
        :param cycle: counts the rated periods.
        :returns: why scopes left the cohort, by their ids:
            ``locked_sets.Busy``, ``LostClaim``, or the error of their data.
            Their last periods are not stored.
        :raises cloudkitty.collector.base.CollectError: if nothing can be
            collected for all scopes together.
        """
        work = _Cohort(states)
        self._resources.new_pipeline(
            work.members,
            window,
            self._metrics,
            chunks.Sizer(
                self._resources.conf.orchestrator.chunk_points,
                self._period_seconds,
            ),
            look=functools.partial(self._look, work),
            pulse=self._pulse,
        ).run(functools.partial(self._store, work, cycle))
        return work.members.left

    def _look(
        self, work: "_Cohort", chunk: periods.Window
    ) -> pipeline.StoredOf:
        """Return the numbers of stored points; a reset may leave some.

        A scope with points of another period length leaves the cohort.
        """
        counts = replace_or_keep.counts_of_scopes(
            self._resources.storage,
            chunk,
            self._resources.conf.collect.scope_key,
            work.members.ids,
        )
        return set_parts.stored(
            counts, chunk, self._period_seconds, work.members
        )

    def _store(
        self,
        work: "_Cohort",
        cycle: ck_cycle.Cycle,
        chunk: periods.Window,
        rated: pipeline.Rated,
        stored: pipeline.StoredOf,
    ) -> None:
        """Store a chunk, in transactions of some scopes each."""
        most = self._resources.locks.most_at_once
        present = [each for each in work.members.ids if each in rated]
        for first in range(0, len(present), most):
            decided = {
                scope_id: replace_or_keep.decide(
                    self._rule, rated[scope_id], stored.get(scope_id, {})
                )
                for scope_id in present[first : first + most]
            }
            self._store_piece(work, cycle, chunk, decided)

    def _store_piece(
        self,
        work: "_Cohort",
        cycle: ck_cycle.Cycle,
        chunk: periods.Window,
        decided: dict[str, list[replace_or_keep.Decided]],
    ) -> None:
        """Store the chunk of some scopes under their locks.

        After an error, they leave the cohort: each is then rated alone.
        """
        moved = locked_sets.store(
            self._resources.locks,
            work.members,
            decided,
            lambda free: self._write(
                work, chunk, {each: decided[each] for each in free}
            ),
            task_errors.LostClaim("the scope's state was changed meanwhile"),
        )
        if moved:
            self._report(
                work, cycle, chunk, {each: decided[each] for each in moved}
            )

    def _write(
        self,
        work: "_Cohort",
        chunk: periods.Window,
        decided: dict[str, list[replace_or_keep.Decided]],
    ) -> frozenset[str]:
        """Write points and cursors; return the ids of the scopes written."""
        if not decided:
            return frozenset()
        last = chunk.last_period(self._period_seconds)
        moved = self._resources.writer.store_many(
            {
                work.scopes[scope_id]: writer.pieces(mine)
                for scope_id, mine in decided.items()
            },
            set_cursors.StateCursors(
                work.states_of(decided), last, self._period_seconds
            ),
        )
        work.advance(moved, last, self._period_seconds)
        return moved

    def _report(
        self,
        work: "_Cohort",
        cycle: ck_cycle.Cycle,
        chunk: periods.Window,
        decided: dict[str, list[replace_or_keep.Decided]],
    ) -> None:
        points = 0
        for scope_id, mine in decided.items():
            kept_points.warn(work.scopes[scope_id], chunk, mine)
            measures.periods(measures.LIVE, mine)
            rated = [period.rated for period in mine]
            points += rated_periods.count_points(rated)
            cycle.add(rated)
            cycle.rated_ids.add(scope_id)
        LOG.info(
            *log_fields.event(
                "periods rated",
                scopes=len(decided),
                begin=chunk.begin,
                end=chunk.end,
                periods=sum(map(len, decided.values())),
                points=points,
            ),
        )


class _Cohort:
    """The scopes of a cohort, and their rows as last written."""

    def __init__(self, states: due_scopes.States) -> None:
        self.scopes = {scope.identifier: scope for scope in states}
        self.members = ck_members.Members(self.scopes)
        self._states = dict(states)

    def states_of(
        self, scope_ids: collections.abc.Iterable[str]
    ) -> dict[scopes.Scope, scope_records.ScopeState | None]:
        wanted = [self.scopes[scope_id] for scope_id in scope_ids]
        return {scope: self._states[scope] for scope in wanted}

    def advance(
        self,
        scope_ids: collections.abc.Collection[str],
        last: datetime.datetime,
        period_seconds: int,
    ) -> None:
        """Take over what was written for these scopes."""
        for scope_id in scope_ids:
            scope = self.scopes[scope_id]
            state = self._states[scope]
            if state is not None:
                self._states[scope] = dataclasses.replace(
                    state,
                    last_processed_at=last,
                    period_seconds=period_seconds,
                )
