# SPDX-License-Identifier: Apache-2.0
"""How far a task is."""

import dataclasses
import datetime
import math

from sqlalchemy import orm

from cloudkitty.db import rows
from cloudkitty.db import task_claims
from cloudkitty.db.tasks import states


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Periods of a task, all and redone.

    :param total: periods of the window, at least 1.
    :param done: periods redone, from 0 to ``total``.
    :param current_at: beginning of the last period redone; None while none
        is.
    """

    total: int
    done: int
    current_at: datetime.datetime | None

    @property
    def share(self) -> float:
        """What part is done, from 0 to 1; 1 only when all is."""
        return self.done / self.total


def of(task: rows.ListedTask, period_seconds: int) -> Progress:
    """Return how far ``task`` is.

    The counters of the row are what was validated and worked off; a row
    that upstream wrote has none and is counted from its cursor.

    :param period_seconds: ``[collect] period``, for a task that does not
        say its own.
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


def seconds_left(task: rows.Task, period_seconds: int) -> int | None:
    """Return how long a running task will take, at its pace so far.

    The pace is that of the claim of now, so neither pauses nor earlier
    attempts count. None while there is none to judge by.
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


def counted(
    session: orm.Session, task: rows.Task, period_seconds: int
) -> rows.Task:
    """Return ``task`` with counters; those of upstream's tasks are stored.

    Its cursor column may be made to show upstream something else from then
    on, so what is done must be known without it.

    :param period_seconds: ``[collect] period``, which becomes that of a
        task that does not say its own: its counters count such periods.
    """
    if task.periods_total is not None and task.periods_done is not None:
        return task
    far = of(task, period_seconds)
    length = task.period(period_seconds)
    task_claims.count_periods(session, task.id, far.total, far.done, length)
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
    """Return how many periods begin from ``first`` to ``last``."""
    return (last - first) // datetime.timedelta(seconds=period_seconds) + 1
