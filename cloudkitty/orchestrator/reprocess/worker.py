# SPDX-License-Identifier: Apache-2.0
"""Reprocessing: claim and execute due tasks, oldest first."""

import datetime
import threading

from oslo_log import log

from cloudkitty.common import log_fields
from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator import skew
from cloudkitty.orchestrator.reprocess import cohorts
from cloudkitty.orchestrator.reprocess import lock_check
from cloudkitty.orchestrator.reprocess import outcomes as ck_outcomes
from cloudkitty.orchestrator.reprocess import pauses as worker_pauses
from cloudkitty.orchestrator.reprocess import single
from cloudkitty.tasks import claims as task_claims

LOG = log.getLogger(__name__)


class Reprocessing:
    """Executes the tasks that are due.

    :param resources: the worker's resources.
    :param stop: set when this process has to stop.
    """

    def __init__(
        self, resources: ck_resources.Resources, stop: threading.Event
    ) -> None:
        self._resources = resources
        self._claims = resources.claims
        self._stop = stop
        self._outcomes = ck_outcomes.Outcomes(resources)
        self._lock_check = lock_check.LockCheck(resources.locks)
        pauses = worker_pauses.Pauses(resources, stop)
        self._single = single.Single(resources, stop, pauses, self._outcomes)
        self._cohorts = cohorts.Cohorts(
            resources, stop, pauses, self._outcomes, self._single
        )
        self._skew_check = skew.SkewCheck(
            resources.database,
            resources.clock,
            resources.conf.orchestrator.lease_seconds,
        )
        #: The last look, if it found no task.
        self._idle: task_claims.Look | None = None

    @property
    def interval_seconds(self) -> float:
        """Seconds between two queries for tasks."""
        conf = self._resources.conf
        return conf.orchestrator.reprocess_poll_interval or conf.collect.period

    def work(self) -> None:
        """Execute all tasks that are due.

        :raises Interrupted: if asked to stop; the claim is released.
        """
        self._skew_check.run()
        began_at = self._resources.clock.monotonic()
        attempts = 0
        self._idle = None
        self._cohorts.forget_failures()
        while True:
            if self._stop.is_set():
                raise failures.Interrupted
            if not self._lock_check.run(self._outcomes.failures):
                break
            look = self._claims.look(
                self._cohorts.most, most_periods=self._cohorts.most_periods
            )
            if not look.tasks:
                self._idle = look
                break
            attempts += len(look.tasks)
            self._attempt(look.tasks)
        if attempts:
            LOG.info(
                *log_fields.event(
                    "reprocessing cycle",
                    attempts=attempts,
                    seconds=self._resources.clock.monotonic() - began_at,
                ),
            )

    def work_pending(self) -> None:
        """Call ``work``, which finds postponed tasks too."""
        self.work()

    def pending_at(self) -> datetime.datetime | None:
        """Return the time at which the next postponed task becomes due.

        A failed or busy task is due after its delay, the task of a dead
        processor when its claim expires, and a task with ``not_before`` at
        this time. None of them waits for the next tick. While the lock server
        is unavailable, it is the time of the next check.
        """
        if not self._lock_check.passed:
            return self._resources.clock.now() + lock_check.PAUSE
        known = self._outcomes.deferred()
        # A look that failed has no answer.
        due_at = self._idle.next_due if self._idle else self._claims.next_due()
        if due_at is not None:
            known.append(due_at)
        return min(known, default=None)

    def _attempt(self, tasks: list[task_records.Task]) -> None:
        """Execute claimed tasks; their claims are ended in every case."""
        first = tasks[0]
        if len(tasks) == 1:
            LOG.info(
                *log_fields.event("task claimed", **ck_outcomes.ids_of(first))
            )
        else:
            LOG.info(
                *log_fields.event(
                    "tasks claimed",
                    tasks=len(tasks),
                    batch_id=first.batch_id,
                ),
            )
            for task in tasks:
                LOG.debug(
                    *log_fields.event(
                        "task claimed", **ck_outcomes.ids_of(task)
                    )
                )
        self._outcomes.begun(tasks)
        with self._resources.at_work.on_tasks(tasks):
            self._resources.heartbeat.beat()
            if len(tasks) == 1:
                self._single.attempt(first)
            else:
                self._cohorts.attempt(tasks)
