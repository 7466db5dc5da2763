# SPDX-License-Identifier: Apache-2.0
"""Attempts at cohorts, and at their tasks that leave them."""

import collections
import collections.abc
import threading

from oslo_log import log

from cloudkitty.collector import base as collector_base
from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import cohort_sizes
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import locked_sets
from cloudkitty.orchestrator.reprocess import cohort_attempt
from cloudkitty.orchestrator.reprocess import lease_renewal
from cloudkitty.orchestrator.reprocess import outcomes as ck_outcomes
from cloudkitty.orchestrator.reprocess import pauses as worker_pauses
from cloudkitty.orchestrator.reprocess import single as ck_single

LOG = log.getLogger(__name__)

Tasks = list[task_records.Task]


class Cohorts:
    """Executes claimed tasks that differ only in the scope.

    :param resources: the worker's resources.
    :param stop: set when this process has to stop.
    :param pauses: the worker's pauses for live rating.
    :param outcomes: ends the attempts.
    :param single: executes tasks alone.
    """

    def __init__(
        self,
        resources: ck_resources.Resources,
        stop: threading.Event,
        pauses: worker_pauses.Pauses,
        outcomes: ck_outcomes.Outcomes,
        single: ck_single.Single,
    ) -> None:
        self._resources = resources
        self._stop = stop
        self._pauses = pauses
        self._outcomes = outcomes
        self._single = single
        self._sizes = cohort_sizes.Sizes(
            resources.conf.orchestrator.chunk_points
        )

    @property
    def most(self) -> int:
        """Number of tasks to claim at once, at least 1."""
        # Each task holds two locks while a chunk is stored.
        return max(1, self._resources.locks.most_at_once // 2)

    @property
    def most_periods(self) -> int:
        """Number of periods of the tasks to claim at once."""
        return self._sizes.size

    def forget_failures(self) -> None:
        """Remove the limit that a backend's failure has set."""
        self._sizes.forget_failures()

    def attempt(self, tasks: Tasks) -> None:
        """Execute claimed tasks; their claims are ended in every case.

        :raises Interrupted: if asked to stop; the claims are released.
        """
        renewal = lease_renewal.CohortRenewal(self._resources, tasks)
        try:
            _Attempt(self, renewal).run(tasks)
        except failures.Interrupted:
            self._release(renewal.held)
            raise
        except Exception:
            # Most likely the database failed; then the leases will expire.
            failures.run_isolated(
                lambda: self._release(renewal.held),
                "tasks not given back",
                tasks=len(tasks),
            )
            raise

    def _release(self, tasks: Tasks) -> None:
        if tasks:
            self._resources.claims.release_cohort(tasks)
            LOG.info(
                *log_fields.event(
                    "tasks given back",
                    tasks=len(tasks),
                )
            )


class _Attempt:
    """The attempt at the tasks of one claim.

    :param of: whose attempt it is.
    :param renewal: of all the tasks.
    """

    def __init__(
        self, of: Cohorts, renewal: lease_renewal.CohortRenewal
    ) -> None:
        self._resources = of._resources
        self._stop = of._stop
        self._pauses = of._pauses
        self._outcomes = of._outcomes
        self._single = of._single
        self._sizes = of._sizes
        self._renewal = renewal
        self._waiting: collections.deque[Tasks] = collections.deque()
        #: Tasks to attempt alone, and whether they have notes.
        self._alone: collections.deque[tuple[task_records.Task, bool]] = (
            collections.deque()
        )

    def run(self, tasks: Tasks) -> None:
        """Execute all tasks: first together, then the others one by one."""
        self._waiting.append(tasks)
        while self._waiting or self._alone:
            self._pulse()
            if self._waiting:
                self._attempt_part(self._waiting.popleft())
            else:
                self._attempt_alone(*self._alone.popleft())

    def _attempt_part(self, tasks: Tasks) -> None:
        if len(tasks) == 1:
            self._alone.append((tasks[0], False))
            return
        run = cohort_attempt.CohortRun(
            self._resources, tasks, self._pauses, self._pulse
        )
        try:
            run.execute()
        except failures.Interrupted:
            self._settle(run)
            raise
        except collector_base.CollectError as error:
            self._log_failed(run, error)
            self._settle(run)
            self._divide(run, error)
        except failures.UNREACHABLE as error:
            self._log_failed(run, error)
            self._settle(run)
            self._fail(run, run.present, error)
        except Exception as error:
            # Whose failure it is, shows when each is attempted alone.
            self._log_failed(run, error)
            self._settle(run)
            self._leave(run, run.present)
        else:
            self._settle(run)
            self._sizes.learn(len(tasks), run.periods, run.points)

    def _settle(self, run: cohort_attempt.CohortRun) -> None:
        """End the attempts of tasks that have ended or left the cohort."""
        ended = run.ended
        if ended:
            LOG.info(
                *log_fields.event(
                    "tasks succeeded",
                    tasks=len(ended),
                    batch_id=ended[0].batch_id,
                ),
            )
        for task in ended:
            self._renewal.forget(task)
            LOG.debug(
                *log_fields.event("task succeeded", **ck_outcomes.ids_of(task))
            )
        self._outcomes.finished(ended, run.noted)
        for task, error in run.left:
            if isinstance(error, locked_sets.Busy):
                self._renewal.forget(task)
                self._outcomes.busy(task)
            elif isinstance(error, cohort_attempt.Lost):
                self._renewal.forget(task)
                self._outcomes.lost(task)
            else:
                self._leave(run, [task])

    def _leave(
        self,
        run: cohort_attempt.CohortRun,
        tasks: collections.abc.Iterable[task_records.Task],
    ) -> None:
        self._alone += [(task, run.noted(task)) for task in tasks]

    def _divide(
        self,
        run: cohort_attempt.CohortRun,
        error: collector_base.CollectError,
    ) -> None:
        """Attempt one task alone; if that succeeds, make cohorts smaller.

        If it fails too, the backend fails for all: it is not asked for each.
        """
        present = run.present
        if not present:
            return
        first, *others = present
        if not self._attempt_alone(first, run.noted(first)):
            self._fail(run, others, error)
            return
        self._sizes.shrink(len(present) // 2)
        size = self._sizes.size
        self._waiting += [
            others[begin : begin + size]
            for begin in range(0, len(others), size)
        ]

    def _fail(
        self,
        run: cohort_attempt.CohortRun,
        tasks: Tasks,
        error: Exception,
    ) -> None:
        """End the attempts of tasks as failed."""
        text = ck_outcomes.locate(
            failures.describe(error),
            run.chunk,
            self._resources.conf.collect.period,
        )
        for task in tasks:
            self._renewal.forget(task)
            self._outcomes.failed(
                task,
                text,
                moved=run.periods > 0,
                at=run.chunk,
                noted=run.noted(task),
            )

    def _attempt_alone(self, task: task_records.Task, noted: bool) -> bool:
        """Execute a task alone; return False if it failed."""
        try:
            return self._single.attempt(
                task, pulse=self._renewal.renew_if_due, noted=noted
            )
        finally:
            self._renewal.forget(task)

    def _pulse(self) -> None:
        """Stop if asked to, and renew the claims."""
        if self._stop.is_set():
            raise failures.Interrupted
        self._resources.heartbeat.beat()
        self._renewal.renew_if_due()

    def _log_failed(
        self, run: cohort_attempt.CohortRun, error: Exception
    ) -> None:
        expected = (exceptions.CloudKittyError, *failures.UNREACHABLE)
        LOG.log(
            failures.level_of_cohort(error),
            *log_fields.event(
                "cohort failed",
                tasks=len(run.present),
                error=failures.describe(error),
            ),
            exc_info=not isinstance(error, expected),
        )
