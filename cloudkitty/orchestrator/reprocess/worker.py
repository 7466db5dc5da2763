# SPDX-License-Identifier: Apache-2.0
"""Reprocessing: claim and execute due tasks, oldest first."""

import collections.abc
import datetime
import threading

from oslo_log import log

from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator import skew
from cloudkitty.orchestrator.reprocess import attempt as task_attempt
from cloudkitty.orchestrator.reprocess import note_summary
from cloudkitty.orchestrator.reprocess import pauses
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import notices

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
        self._deferred_until: list[datetime.datetime] = []
        self._pauses = pauses.Pauses(resources, stop)
        self._skew_check = skew.SkewCheck(
            resources.database,
            resources.clock,
            resources.conf.orchestrator.lease_seconds,
        )

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
        while True:
            if self._stop.is_set():
                raise failures.Interrupted
            task = self._claims.claim_next()
            if task is None:
                break
            attempts += 1
            LOG.info("task claimed %(ids)s", {"ids": _ids(task)})
            if task.claimed_at == task.started_at:
                # The first claim of the task.
                self._tell(notices.STARTED, task)
            self._attempt(task)
        if attempts:
            LOG.info(
                "reprocessing cycle attempts=%(attempts)d "
                "seconds=%(seconds).1f",
                {
                    "attempts": attempts,
                    "seconds": self._resources.clock.monotonic() - began_at,
                },
            )

    def work_pending(self) -> None:
        """Call ``work``, which finds postponed tasks too."""
        self.work()

    def pending_at(self) -> datetime.datetime | None:
        """Return the time at which the next postponed task becomes due.

        A failed or busy task is due after its delay, the task of a dead
        processor when its claim expires. Neither waits for the next tick.
        """
        now = self._resources.clock.now()
        self._deferred_until = [at for at in self._deferred_until if at > now]
        known = list(self._deferred_until)
        expiry = self._claims.next_expiry()
        if expiry is not None:
            known.append(expiry)
        return min(known, default=None)

    def _attempt(self, task: task_records.Task) -> None:
        """Execute a claimed task; its claim is ended in every case."""
        run = task_attempt.TaskRun(
            self._resources, self._stop, task, self._pauses
        )
        try:
            outcome, error = failures.run_isolated(
                run.execute, "task", task.id
            )
        except failures.Interrupted:
            self._settle(task, "given back", self._claims.release)
            raise
        if error is not None:
            self._fail(run, task, error)
        elif outcome is task_attempt.Outcome.FINISHED:
            LOG.info("task succeeded %(ids)s", {"ids": _ids(task)})
            self._warn_of_notes(run, task)
            self._tell(notices.FINISHED, task)
        elif outcome is task_attempt.Outcome.BUSY:
            self._settle(task, "busy", self._postpone)
        elif outcome is task_attempt.Outcome.LOST:
            LOG.info("task lost %(ids)s", {"ids": _ids(task)})

    def _settle(
        self,
        task: task_records.Task,
        event: str,
        settle: collections.abc.Callable[[task_records.Task], None],
    ) -> None:
        try:
            settle(task)
        except task_errors.LostClaim:
            event = "lost"
        LOG.info("task %(event)s %(ids)s", {"event": event, "ids": _ids(task)})

    def _tell(self, notice: str, task: task_records.Task) -> None:
        """Send a notification with the task's current state."""
        notices.tell_now(
            self._resources.notifications,
            notice,
            self._resources.database,
            task.id,
        )

    def _fail(
        self, run: task_attempt.TaskRun, task: task_records.Task, error: str
    ) -> None:
        try:
            due_at = self._claims.release_failed(
                task,
                run.locate(error),
                moved=run.moved,
                at=run.chunk,
                final=run.hopeless,
            )
        except task_errors.LostClaim:
            LOG.info("task lost %(ids)s", {"ids": _ids(task)})
            return
        if due_at is None:
            LOG.error("task failed %(ids)s", {"ids": _ids(task)})
            self._warn_of_notes(run, task)
            self._tell(notices.FAILED, task)
            return
        self._deferred_until.append(due_at)
        LOG.info(
            "task put off %(ids)s until=%(until)s",
            {"ids": _ids(task), "until": due_at},
        )

    def _warn_of_notes(
        self, run: task_attempt.TaskRun, task: task_records.Task
    ) -> None:
        """Log, once for each task, that it kept or emptied stored points."""
        first_claim = task.claimed_at == task.started_at
        if run.noted or not first_claim:
            note_summary.warn(
                self._resources.database,
                task.id,
                self._resources.conf.collect.period,
            )

    def _postpone(self, task: task_records.Task) -> None:
        self._deferred_until.append(self._claims.release_busy(task))


def _ids(task: task_records.Task) -> str:
    return (
        f"task_id={task.id} scope_id={task.scope_id} token={task.lease_token}"
    )
