# SPDX-License-Identifier: Apache-2.0
"""Ends of attempts: claims, log lines, warnings and notifications."""

import collections.abc
import contextlib
import datetime

from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import exc

from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.reprocess import note_summary
from cloudkitty.tasks import claims as ck_claims
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import notices

LOG = log.getLogger(__name__)


class Outcomes:
    """Ends the attempts of one worker.

    :param resources: the worker's resources.
    """

    def __init__(self, resources: ck_resources.Resources) -> None:
        self._resources = resources
        self._claims = resources.claims
        self._deferred_until: list[datetime.datetime] = []
        #: Number of failed attempts.
        self.failures = 0

    def deferred(self) -> list[datetime.datetime]:
        """Return the future times at which postponed tasks become due."""
        now = self._resources.clock.now()
        self._deferred_until = [at for at in self._deferred_until if at > now]
        return list(self._deferred_until)

    def begun(
        self, tasks: collections.abc.Sequence[task_records.Task]
    ) -> None:
        """Send the notifications of tasks that were claimed just now."""
        self._tell(
            notices.STARTED,
            [task for task in tasks if task.first_claim],
        )

    def finished(
        self,
        tasks: collections.abc.Sequence[task_records.Task],
        noted: collections.abc.Callable[[task_records.Task], bool],
    ) -> None:
        """Warn of the notes of tasks that have succeeded, and notify.

        :param noted: returns whether this attempt wrote notes of a task.
        """
        for task in tasks:
            self._warn_of_notes(task, noted(task))
        self._tell(notices.FINISHED, tasks)

    def succeeded(
        self,
        task: task_records.Task,
        counts: collections.abc.Mapping[str, int],
        *,
        noted: bool,
    ) -> None:
        """Log the end of a task with its numbers.

        :param counts: of the attempt that ended it: fields of the line.
        :param noted: whether this attempt wrote notes of the task.
        """
        found: dict[str, object] = {}
        kept = self._kept(task, noted=noted)
        if kept is not None:
            found["periods_kept"] = kept
        if task.started_at is not None:
            spent = self._resources.clock.now() - task.started_at
            found["seconds"] = spent.total_seconds()
        LOG.info(
            *log_fields.event(
                "task succeeded", **ids_of(task), **found, **counts
            )
        )

    def _kept(self, task: task_records.Task, *, noted: bool) -> int | None:
        """Return the number of kept periods; None if it cannot be read."""
        if not _has_notes(task, noted=noted):
            return 0
        with contextlib.suppress(db_exception.DBError, exc.SQLAlchemyError):
            with self._resources.database.reader() as session:
                row = task_queries.get(session, task.id)
            if row is not None:
                return row.periods_kept
        return None

    def failed(
        self,
        task: task_records.Task,
        error: str,
        *,
        moved: bool,
        at: periods.Window | None,
        final: bool = False,
        noted: bool = False,
    ) -> None:
        """Release a task whose attempt failed.

        :param error: names the periods that failed; see ``locate``.
        :param noted: whether this attempt wrote notes of the task.

        The others are those of ``Claims.release_failed``.
        """
        self.failures += 1
        try:
            due_at = self._claims.release_failed(
                task, error, moved=moved, at=at, final=final
            )
        except task_errors.LostClaim:
            self.lost(task)
            return
        attempt = (
            f"{ck_claims.failures_in_a_row(task, moved=moved)}/"
            f"{self._resources.conf.orchestrator.reprocess_max_attempts}"
        )
        if due_at is None:
            LOG.error(
                *log_fields.event(
                    "task failed", **ids_of(task), attempt=attempt, error=error
                )
            )
            self._warn_of_notes(task, noted)
            self._tell(notices.FAILED, [task])
            return
        self._deferred_until.append(due_at)
        measures.retries(task.mode)
        LOG.warning(
            *log_fields.event(
                "task put off",
                **ids_of(task),
                attempt=attempt,
                until=due_at,
                error=error,
            )
        )

    def busy(self, task: task_records.Task) -> None:
        """Postpone a task because another worker holds a lock."""
        self._settle(task, "task busy", self._postpone)

    def given_back(self, task: task_records.Task) -> None:
        """Release a task because this process stops."""
        self._settle(task, "task given back", self._claims.release)

    def lost(self, task: task_records.Task) -> None:
        """Log that another processor, or an operator, has the task."""
        LOG.info(*log_fields.event("task lost", **ids_of(task)))
        measures.lost_claim(task.mode)

    def _settle(
        self,
        task: task_records.Task,
        event: str,
        settle: collections.abc.Callable[[task_records.Task], None],
    ) -> None:
        try:
            settle(task)
        except task_errors.LostClaim:
            measures.lost_claim(task.mode)
            event = "task lost"
        LOG.info(*log_fields.event(event, **ids_of(task)))

    def _postpone(self, task: task_records.Task) -> None:
        self._deferred_until.append(self._claims.release_busy(task))

    def _tell(
        self, notice: str, tasks: collections.abc.Sequence[task_records.Task]
    ) -> None:
        """Send notifications with the current states of tasks."""
        notices.tell_each(
            self._resources.notifications,
            notice,
            self._resources.database,
            [task.id for task in tasks],
        )

    def _warn_of_notes(self, task: task_records.Task, noted: bool) -> None:
        """Log, once for each task, that it kept or emptied stored points."""
        if _has_notes(task, noted=noted):
            note_summary.warn(
                self._resources.database,
                task.id,
                self._resources.conf.collect.period,
            )


def _has_notes(task: task_records.Task, *, noted: bool) -> bool:
    """Return whether a task may have notes.

    :param noted: whether its current attempt wrote some.
    """
    return noted or not task.first_claim


def locate(
    error: str, chunk: periods.Window | None, period_seconds: int
) -> str:
    """Return the text of a failure with the periods that failed.

    :param chunk: those periods; None if none was begun.
    """
    if chunk is None or str(chunk.begin) in error:
        return error
    last = chunk.last_period(period_seconds)
    if last == chunk.begin:
        return f"period {last}: {error}"
    return f"periods {chunk.begin} to {last}: {error}"


def ids_of(task: task_records.Task) -> dict[str, object]:
    """Return the fields of a log line that identify a claimed task."""
    return {
        "task_id": task.id,
        "scope_id": task.scope_id,
        "batch_id": task.batch_id,
        "token": task.lease_token,
    }
