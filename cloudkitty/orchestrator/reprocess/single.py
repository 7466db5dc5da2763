# SPDX-License-Identifier: Apache-2.0
"""Attempts at tasks that are executed alone."""

import logging
import threading

from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.reprocess import attempt as task_attempt
from cloudkitty.orchestrator.reprocess import outcomes as ck_outcomes
from cloudkitty.orchestrator.reprocess import pauses as worker_pauses


class Single:
    """Executes claimed tasks one by one.

    :param resources: the worker's resources.
    :param stop: set when this process has to stop.
    :param pauses: the worker's pauses for live rating.
    :param outcomes: ends the attempts.
    """

    def __init__(
        self,
        resources: ck_resources.Resources,
        stop: threading.Event,
        pauses: worker_pauses.Pauses,
        outcomes: ck_outcomes.Outcomes,
    ) -> None:
        self._resources = resources
        self._stop = stop
        self._pauses = pauses
        self._outcomes = outcomes

    def attempt(
        self,
        task: task_records.Task,
        *,
        pulse: collection.Pulse | None = None,
        noted: bool = False,
    ) -> bool:
        """Execute a claimed task; its claim is ended in every case.

        :param pulse: called regularly, for other tasks that wait.
        :param noted: whether notes were written under this claim before.
        :returns: False if the attempt failed.
        :raises Interrupted: if asked to stop; the claim is released.
        """
        run = task_attempt.TaskRun(
            self._resources, self._stop, task, self._pauses, pulse
        )
        try:
            outcome, error = failures.run_isolated(
                run.execute,
                "attempt failed",
                # The end of the attempt is logged with the same error.
                level=logging.DEBUG,
                task_id=task.id,
                scope_id=task.scope_id,
            )
        except failures.Interrupted:
            self._outcomes.given_back(task)
            raise
        noted = noted or run.noted
        if error is not None:
            self._outcomes.failed(
                task,
                run.locate(error),
                moved=run.moved,
                at=run.chunk,
                final=run.hopeless,
                noted=noted,
            )
        elif outcome is task_attempt.Outcome.FINISHED:
            self._outcomes.succeeded(task, run.counts, noted=noted)
            self._outcomes.finished([task], lambda _: noted)
        elif outcome is task_attempt.Outcome.BUSY:
            self._outcomes.busy(task)
        elif outcome is task_attempt.Outcome.LOST:
            self._outcomes.lost(task)
        return error is None
