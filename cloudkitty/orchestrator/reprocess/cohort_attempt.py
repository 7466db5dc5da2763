# SPDX-License-Identifier: Apache-2.0
"""One attempt at a cohort: claimed tasks that differ only in the scope."""

import collections.abc
import dataclasses
import functools

from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import locked_sets
from cloudkitty.orchestrator.engine import members as ck_members
from cloudkitty.orchestrator.engine import pipeline
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import task_cursors
from cloudkitty.orchestrator.engine import writer
from cloudkitty.orchestrator.reprocess import cohort_notes
from cloudkitty.orchestrator.reprocess import cohort_totals
from cloudkitty.orchestrator.reprocess import modes
from cloudkitty.orchestrator.reprocess import pauses as worker_pauses
from cloudkitty.orchestrator.reprocess import preconditions

LOG = log.getLogger(__name__)

_Decided = dict[str, list[replace_or_keep.Decided]]


class Lost(exceptions.CloudKittyError):
    """The claim of the task is lost."""


class CohortRun:
    """Executes the remaining part of several tasks together.

    A task that cannot continue with the others leaves the cohort; see
    ``left``. Its stored periods stay stored.

    :param resources: the worker's resources.
    :param tasks: claimed by ``resources.claims``; they differ only in the
        scope.
    :param pauses: the worker's pauses for live rating.
    :param pulse: called regularly; raises to stop.
    """

    def __init__(
        self,
        resources: ck_resources.Resources,
        tasks: collections.abc.Sequence[task_records.Task],
        pauses: worker_pauses.Pauses,
        pulse: collection.Pulse,
    ) -> None:
        self._resources = resources
        self._pauses = pauses
        self._pulse = pulse
        self._period_seconds: int = resources.conf.collect.period
        self._some = tasks[0]
        self._window = self._some.window(self._period_seconds)
        #: The tasks as last written, by scope.
        self._tasks = {task.scope_id: task for task in tasks}
        self._members = ck_members.Members(self._tasks)
        self._totals = cohort_totals.CohortTotals(
            resources, dict(self._tasks), self._members
        )
        # Both depend on the metrics that have a definition.
        self._rule = replace_or_keep.Rule(defined=frozenset())
        self._notes = cohort_notes.CohortNotes(self._tasks, self._rule)
        self._scopes: dict[str, scopes.Scope] = {}
        self._pipeline: pipeline.Pipeline | None = None
        self._ended: set[str] = set()
        #: Numbers of the stored periods of all tasks and of their points.
        self.periods = 0
        self.points = 0

    @property
    def chunk(self) -> periods.Window | None:
        """The periods being processed; None before the first chunk."""
        return self._pipeline.chunk if self._pipeline else None

    @property
    def ended(self) -> list[task_records.Task]:
        """The tasks that have succeeded."""
        return [
            self._tasks[each] for each in self._tasks if each in self._ended
        ]

    @property
    def left(self) -> list[tuple[task_records.Task, Exception]]:
        """The tasks that left the cohort, and why.

        ``locked_sets.Busy``, ``Lost``, or the error of the task's own data;
        then the task can be attempted alone with its claim.
        """
        left = self._members.left
        return [(self._tasks[each], left[each]) for each in left]

    @property
    def present(self) -> list[task_records.Task]:
        """The tasks that have not ended and have not left the cohort."""
        return [
            self._tasks[each]
            for each in self._members.ids
            if each not in self._ended
        ]

    def noted(self, task: task_records.Task) -> bool:
        """Return whether notes of the task were written."""
        return task.scope_id in self._notes.noted

    def execute(self) -> None:
        """Execute the rest of the tasks, chunk by chunk.

        Each chunk's data and the tasks' cursors change together.

        :raises Interrupted: if asked to stop; no chunk is partly stored.
        :raises cloudkitty.collector.base.CollectError: if nothing can be
            collected for all tasks together.
        :raises Exception: if the attempt failed for another reason.
        """
        preconditions.check_period(self._some, self._resources.conf)
        rest = self._some.rest(self._period_seconds)
        if rest is None:
            raise preconditions.Unworkable("all periods are done")
        names = self._resources.locks.names
        by_name = {
            names.of_reprocess(task.scope_id, task.start_at, task.end_at): each
            for each, task in self._tasks.items()
        }
        # Upstream's reprocessors skip a task while this lock is held.
        with self._resources.locks.try_hold_many(by_name) as held:
            locked_sets.leave_busy(self._members, by_name, held)
            if self._members.ids:
                self._work(rest)

    def _work(self, rest: periods.Window) -> None:
        """Process the rest of the window."""
        resources = self._resources
        # Only emptying a metric is possible without its definition.
        metrics = resources.engine.select_metrics(
            self._some.metrics, undefined=self._some.allow_empty
        )
        names = frozenset(metric.alt_name for metric in metrics)
        self._rule = modes.rule_of(self._some, names)
        self._notes = cohort_notes.CohortNotes(self._tasks, self._rule)
        sizer = chunks.Sizer(
            resources.conf.orchestrator.chunk_points, self._period_seconds
        )
        with resources.database.reader():
            self._find_scopes()
            if not self._members.ids:
                return
            known = self._totals.begin(names)
            if known is not None:
                sizer.expect(
                    self._window.period_count(self._period_seconds), known
                )
            if not self._members.ids:
                return
            self._pipeline = resources.new_pipeline(
                self._members,
                rest,
                metrics,
                sizer,
                look=self._totals.look,
                pulse=self._pulse,
            )
            self._pipeline.begin()
        self._pipeline.run(functools.partial(self._store, rest))

    def _find_scopes(self) -> None:
        self._scopes = preconditions.find_scopes(
            self._members.ids, self._resources.database, self._resources.conf
        )
        for scope_id in self._members.ids:
            if scope_id not in self._scopes:
                self._members.leave(
                    scope_id, preconditions.Unworkable("no active scope")
                )

    def _store(
        self,
        rest: periods.Window,
        chunk: periods.Window,
        rated_of: pipeline.Rated,
        stored: pipeline.StoredOf,
    ) -> None:
        """Store a chunk under the locks that exclude other writers.

        After an error, all tasks leave the cohort: each is attempted alone.
        """
        last = chunk.end >= rest.end
        decided = self._decide(rated_of, stored)
        # Locked for each chunk, so that live rating can use the scopes between
        # two chunks.
        done = locked_sets.store(
            self._resources.locks,
            self._members,
            decided,
            lambda free: self._write(
                chunk, {each: decided[each] for each in free}, last=last
            ),
            Lost("the task was taken over"),
        )
        self._report(chunk, {each: decided[each] for each in done})
        present = self._members.ids
        if not last and present:
            self._pauses.pause_for_live_rating_of(present)

    def _decide(
        self, rated_of: pipeline.Rated, stored: pipeline.StoredOf
    ) -> _Decided:
        only = self._some.metrics
        decided = {}
        for scope_id in self._members.ids:
            if scope_id in rated_of:
                rated = rated_of[scope_id]
                if only is not None:
                    rated = [
                        rated_periods.keep_only(period, only)
                        for period in rated
                    ]
                decided[scope_id] = replace_or_keep.decide(
                    self._rule, rated, stored.get(scope_id, {})
                )
        return decided

    def _write(
        self, chunk: periods.Window, decided: _Decided, *, last: bool
    ) -> frozenset[str]:
        """Write points and cursors; return the ids of the scopes done."""
        if not decided:
            return frozenset()
        current_at = chunk.last_period(self._period_seconds)
        periods_done = periods.Window(
            self._window.begin, chunk.end
        ).period_count(self._period_seconds)
        cursors = task_cursors.TaskCursors(
            self._resources.claims,
            {each: self._tasks[each] for each in decided},
            current_at,
            periods_done,
            functools.partial(self._record, chunk, decided, last),
            self._totals.finish if last else None,
        )
        moved = self._resources.writer.store_many(
            {
                self._scopes[each]: writer.pieces(mine)
                for each, mine in decided.items()
            },
            cursors,
        )
        done = moved | cursors.succeeded
        self._totals.written(done)
        if last:
            self._ended |= done
        for scope_id in done:
            self._tasks[scope_id] = dataclasses.replace(
                self._tasks[scope_id],
                current_at=current_at,
                periods_done=periods_done,
            )
        return done

    def _record(
        self,
        chunk: periods.Window,
        decided: _Decided,
        last: bool,
        session: orm.Session,
        scope_ids: frozenset[str],
    ) -> None:
        if not last:
            self._totals.record(session, scope_ids)
        self._notes.write(
            session,
            {each: decided[each] for each in decided if each in scope_ids},
            first=chunk.begin == self._window.begin,
        )

    def _report(self, chunk: periods.Window, decided: _Decided) -> None:
        if not decided:
            return
        for mine in decided.values():
            measures.periods(self._some.mode, mine)
        rated = [each.rated for mine in decided.values() for each in mine]
        points = rated_periods.count_points(rated)
        self.periods += len(rated)
        self.points += points
        LOG.info(
            *log_fields.event(
                "periods redone",
                tasks=len(decided),
                begin=chunk.begin,
                end=chunk.end,
                periods=len(rated),
                points=points,
                no_data=sum(not period.collected for period in rated),
                batch_id=self._some.batch_id,
            ),
        )
