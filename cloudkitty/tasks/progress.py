# SPDX-License-Identifier: Apache-2.0
"""Progress of a task."""

import dataclasses
import datetime
import math

from sqlalchemy import orm

from cloudkitty.db.tasks import batch_lists
from cloudkitty.db.tasks import counters as task_counters
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Numbers of all periods and of completed periods of a task.

    :param total: number of periods of the window, at least 1.
    :param done: number of completed periods, from 0 to ``total``.
    :param current_at: beginning of the last completed period, or ``None``.
    """

    total: int
    done: int
    current_at: datetime.datetime | None

    @property
    def share(self) -> float:
        """Completed fraction, from 0 to 1; 1 only if all is complete."""
        return self.done / self.total


def of(task: task_records.ListedTask, period_seconds: int) -> Progress:
    """Return the progress of ``task``.

    It is read from the counters of the row. A row written by upstream has
    no counters; its periods are counted from its cursor.

    :param period_seconds: ``[collect] period``; used if the task does not
        store its period.
    """
    period_seconds = task.period(period_seconds)
    total = task.periods_total
    if total is None:
        total = _periods(task.start_at, task.end_at, period_seconds)
    done = task.periods_done
    if done is None:
        done = 0
        if task.current_at is not None:
            done = _periods(task.start_at, task.current_at, period_seconds)
    total = max(total, 1)
    done = min(max(done, 0), total)
    return Progress(
        total=total,
        done=done,
        current_at=task.current_at if done else None,
    )


def seconds_left(task: task_records.Task, period_seconds: int) -> int | None:
    """Return the estimated remaining seconds of a running task.

    The estimate uses the rate since the current claim, without pauses and
    earlier attempts. It is ``None`` before the first completed period.
    """
    if (
        task.state != states.State.RUNNING
        or task.claimed_at is None
        or task.updated_at is None
    ):
        return None
    far = of(task, period_seconds)
    done_now = far.done - (task.claimed_done or 0)
    if done_now <= 0:
        return None
    took = (task.updated_at - task.claimed_at).total_seconds()
    return math.ceil((far.total - far.done) * took / done_now)


def batch_seconds_left(batch: batch_lists.ListedBatch) -> int | None:
    """Return the estimated remaining seconds of the tasks of a batch.

    The estimate uses the pace of the tasks that are executed now. It is
    ``None`` if none has completed a period under its current claim.
    """
    if not batch.pace:
        return None
    return math.ceil(batch.periods_left / batch.pace)


def counted(
    session: orm.Session, task: task_records.Task, period_seconds: int
) -> task_records.Task:
    """Return ``task`` with counters; store them if upstream wrote the task.

    The cursor column may later contain a value for upstream only, so that
    the progress must be known without it.

    :param period_seconds: ``[collect] period``; stored with a task that does
        not store its period: its counters count these periods.
    """
    if task.periods_total is not None and task.periods_done is not None:
        return task
    far = of(task, period_seconds)
    length = task.period(period_seconds)
    task_counters.count_periods(session, task.id, far.total, far.done, length)
    return dataclasses.replace(
        task,
        periods_total=far.total,
        periods_done=far.done,
        claimed_done=far.done,
        period_seconds=length,
    )


def _periods(
    first: datetime.datetime, last: datetime.datetime, period_seconds: int
) -> int:
    """Return the number of periods that begin from ``first`` to ``last``."""
    return (last - first) // datetime.timedelta(seconds=period_seconds) + 1
