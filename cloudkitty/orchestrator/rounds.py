# SPDX-License-Identifier: Apache-2.0
"""Live rating of many scopes: cohorts first, then the other scopes."""

import collections
import collections.abc
import datetime
import functools
import logging

from oslo_log import log

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import metrics as ck_metrics
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.orchestrator import cohort_rating
from cloudkitty.orchestrator import cohort_sizes
from cloudkitty.orchestrator import cycle as ck_cycle
from cloudkitty.orchestrator import due_scopes
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator import retries as ck_retries
from cloudkitty.orchestrator import scope_rating
from cloudkitty.orchestrator import shares
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import locked_sets
from cloudkitty.tasks import errors as task_errors

LOG = log.getLogger(__name__)


class Unreachable(Exception):
    """A backend that all scopes share is unreachable; it was logged."""


class Rounds:
    """Rates all due periods of scopes.

    One statement finds the scopes with due periods. Workers share them by
    shards. Scopes with the same window are rated together. The others, and
    those whose data fail, are rated one by one. Scopes for which a period has
    become due meanwhile, or that other workers rate, are looked for again.

    :param resources: the worker's resources.
    :param metrics: the metrics to collect.
    :param retries: the scopes to retry later.
    :param pulse: called regularly; raises to stop.
    """

    def __init__(
        self,
        resources: ck_resources.Resources,
        metrics: collections.abc.Sequence[ck_metrics.Metric],
        retries: ck_retries.ScopeRetries,
        pulse: collection.Pulse,
    ) -> None:
        self._retries = retries
        self._period = datetime.timedelta(
            seconds=resources.conf.collect.period
        )
        self._stop = pulse
        self._shares = shares.Shares(resources.shards)
        self._due = due_scopes.DueScopes(resources)
        self._sizes = cohort_sizes.Sizes(
            resources.conf.orchestrator.chunk_points
        )
        self._cohorts = cohort_rating.CohortRating(
            resources, metrics, self._pulse
        )
        self._single = scope_rating.ScopeRating(
            resources, metrics, self._pulse
        )
        self._cycle = ck_cycle.Cycle(resources.clock)
        #: Ids of the scopes without due periods after their rating.
        self._settled: set[str] = set()

    def run(
        self, scope_ids: collections.abc.Iterable[str], cycle: ck_cycle.Cycle
    ) -> None:
        """Rate the due periods of scopes; schedule retries of failed ones.

        :param cycle: counts the results.
        :raises Interrupted: if asked to stop.
        """
        self._cycle = cycle
        self._settled = set()
        self._sizes.forget_failures()
        left = list(scope_ids)
        while left:
            due = self._find(left)
            if not due or not self._work_on(due):
                return
            # Those that failed wait for their retry.
            left = [
                each
                for each in left
                if each not in self._settled
                and not self._retries.waiting(each)
            ]
        # Also after the last scope, which no further look follows.
        self._pulse()

    def _find(self, scope_ids: list[str]) -> due_scopes.Due | None:
        """Return the due scopes; defer all if the database is away."""
        self._pulse()
        due, error = failures.run_isolated(
            functools.partial(self._due.find, scope_ids),
            "due scopes not found",
            scopes=len(scope_ids),
        )
        if error is not None:
            self._defer(scope_ids)
        return due

    def _work_on(self, due: due_scopes.Due) -> bool:
        """Rate the scopes of one share after the other.

        :returns: False if other workers have claimed all.
        """
        waiting = dict.fromkeys(due.ids)
        found = False
        try:
            while waiting:
                mine = self._claim(waiting, due.longest)
                if not mine:
                    break
                # Another worker may have rated them before the claim.
                fresh = self._find(mine) if found else due.only(mine)
                found = True
                if fresh:
                    self._round(fresh)
                self._shares.release()
                for scope_id in mine:
                    del waiting[scope_id]
        finally:
            self._shares.release()
        # If the other worker is dead, no row shows that these are due: live
        # rating would find them only in its next cycle.
        for scope_id in due.unrecorded:
            if scope_id in waiting and not self._retries.waiting(scope_id):
                self._retries.busy(scope_id)
        return found

    def _claim(
        self, waiting: dict[str, None], longest: datetime.timedelta
    ) -> list[str] | None:
        """Claim the next share.

        A share is small if the windows are long, as after a pause of days:
        other workers take part.
        """
        count = self._sizes.size // (longest // self._period)
        mine, error = failures.run_isolated(
            lambda: self._shares.claim(waiting, count),
            "scopes not claimed",
            scopes=len(waiting),
        )
        if error is not None:
            self._defer(list(waiting))
        return mine

    def _pulse(self) -> None:
        """Stop if asked to, and keep the claimed shards."""
        self._stop()
        self._shares.renew()

    def _round(self, due: due_scopes.Due) -> None:
        """Rate each scope's due window; defer all if a backend is away."""
        cohorts = collections.deque(due.cohorts.items())
        alone = collections.deque(due.alone)
        try:
            while cohorts:
                self._pulse()
                window, states = cohorts.popleft()
                part, rest = self._sizes.cut(states)
                if rest:
                    cohorts.appendleft((window, rest))
                alone += self._rate_cohort(window, part)
            while alone:
                self._pulse()
                self._attempt(alone.popleft())
        except Unreachable:
            # Every other scope would wait for the same timeout.
            for _, states in cohorts:
                self._defer([scope.identifier for scope in states])
            self._defer(alone)

    def _rate_cohort(
        self, window: periods.Window, states: due_scopes.States
    ) -> list[str]:
        """Rate scopes together; return the ids of those to rate alone.

        :raises Unreachable: after the scopes were deferred.
        """
        scope_ids = [scope.identifier for scope in states]
        if len(scope_ids) == 1:
            return scope_ids
        cycle = self._cycle
        periods_before, points_before = cycle.periods, cycle.points
        try:
            left = self._cohorts.rate(window, states, cycle)
        except collector_base.CollectError as error:
            self._divide(scope_ids, error)
            return []
        except failures.Interrupted:
            raise
        except failures.UNREACHABLE as error:
            self._log_failed(scope_ids, error)
            self._defer(scope_ids)
            raise Unreachable from error
        except Exception as error:
            # Whose failure it is, shows when each is rated alone.
            self._log_failed(scope_ids, error)
            return scope_ids
        self._sizes.learn(
            len(scope_ids),
            cycle.periods - periods_before,
            cycle.points - points_before,
        )
        return self._settle(scope_ids, left, window)

    def _settle(
        self,
        scope_ids: list[str],
        left: collections.abc.Mapping[str, Exception],
        window: periods.Window,
    ) -> list[str]:
        """Count the results of a cohort; return the ids to rate alone."""
        alone = []
        if not self._due.more_after(window):
            self._settled.update(set(scope_ids) - left.keys())
        for scope_id in scope_ids:
            error = left.get(scope_id)
            if error is None:
                self._retries.succeeded(scope_id)
            elif isinstance(error, locked_sets.Busy):
                self._busy(scope_id)
            elif isinstance(error, task_errors.LostClaim):
                self._lost(scope_id)
            else:
                alone.append(scope_id)
        return alone

    def _divide(
        self, scope_ids: list[str], error: collector_base.CollectError
    ) -> None:
        """Rate one scope alone; if that succeeds, make cohorts smaller.

        The others are found again in the next round. If the one fails too,
        the backend fails for all.
        """
        self._log_failed(scope_ids, error)
        first, *others = scope_ids
        if self._attempt(first):
            self._sizes.shrink(len(scope_ids) // 2)
        else:
            self._cycle.failed += len(others)
            self._retries.failed(others)

    def _attempt(self, scope_id: str) -> bool:
        """Rate a scope alone; schedule a retry unless that succeeds.

        :returns: False if it failed.
        :raises Unreachable: if a backend is away; a retry is scheduled.
        """
        self._settled.add(scope_id)
        unreachable = False

        def rate() -> None:
            nonlocal unreachable
            try:
                self._rate_counted(scope_id)
            except failures.UNREACHABLE:
                unreachable = True
                raise

        attempt, last = self._retries.attempt(scope_id)
        _, error = failures.run_isolated(
            rate,
            "scope failed",
            level=logging.ERROR if last else logging.WARNING,
            scope_id=scope_id,
            attempt=attempt,
        )
        if error is not None:
            self._cycle.failed += 1
            self._retries.failed([scope_id])
        if unreachable:
            raise Unreachable
        return error is None

    def _rate_counted(self, scope_id: str) -> None:
        """Rate a scope alone and count the result unless it is an error."""
        try:
            free = self._single.rate(scope_id, self._cycle)
        except task_errors.LostClaim:
            self._lost(scope_id)
        else:
            if free:
                self._retries.succeeded(scope_id)
            else:
                self._busy(scope_id)

    def _lost(self, scope_id: str) -> None:
        """Note that a reset, or another processor, moved the scope."""
        LOG.info(
            *log_fields.event(
                "scope was moved by another processor",
                scope_id=scope_id,
            ),
        )
        self._cycle.lost += 1
        measures.lost_claim(measures.LIVE)
        self._retries.busy(scope_id)

    def _busy(self, scope_id: str) -> None:
        self._cycle.busy += 1
        self._retries.busy(scope_id)

    def _defer(self, scope_ids: collections.abc.Collection[str]) -> None:
        self._cycle.deferred += len(scope_ids)
        self._retries.failed(scope_ids)

    def _log_failed(
        self, scope_ids: collections.abc.Sized, error: Exception
    ) -> None:
        LOG.log(
            failures.level_of_cohort(error),
            *log_fields.event(
                "cohort failed",
                scopes=len(scope_ids),
                error=failures.describe(error),
            ),
        )
