# SPDX-License-Identifier: Apache-2.0
"""Queries on all tasks of one request."""

import collections.abc
import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import batch_counts
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks.row import columns as task_columns
from cloudkitty.db.tasks.row import values as task_values

_Model = task_models.Reprocess


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The tasks of one request.

    :param states: state to the number of tasks in it; none that is 0.
    :param periods_total: of all tasks.
    :param periods_done: of all tasks.
    :param periods_kept: of all tasks.
    """

    batch_id: str
    reason: str
    mode: str
    created_at: datetime.datetime | None
    states: collections.abc.Mapping[str, int]
    periods_total: int
    periods_done: int
    periods_kept: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FailingTask:
    """A task that failed, or is attempted again after a failure.

    :param failed_attempts: consecutive failures.
    :param next_attempt_at: None if it is due, or is not attempted again.
    """

    id: int
    scope_id: str
    last_error: str | None
    failed_attempts: int
    next_attempt_at: datetime.datetime | None

    @classmethod
    def of(cls, task: task_records.Task) -> typing.Self:
        """Return the record of ``task``."""
        return cls(
            id=task.id,
            scope_id=task.scope_id,
            last_error=task.last_error,
            failed_attempts=task.attempts,
            next_attempt_at=task.next_attempt_at,
        )


def get(session: orm.Session, batch_id: str) -> Batch | None:
    """Return a batch; None if no task is of it."""
    mine = exact_text.one_of(session, _Model.batch_id, [batch_id])
    any_task = session.scalar(sa.select(_Model).where(mine).limit(1))
    if any_task is None:
        return None
    counts = batch_counts.count(session, mine)[batch_id]
    return Batch(
        batch_id=batch_id,
        reason=any_task.reason,
        mode=any_task.mode,
        created_at=any_task.created_at,
        states=counts.states,
        periods_total=counts.total,
        periods_done=counts.done,
        periods_kept=counts.kept,
    )


def scope_ids(session: orm.Session, batch_id: str) -> list[str]:
    """Return the scopes of a batch."""
    return list(
        session.scalars(
            sa.select(_Model.identifier).where(
                exact_text.one_of(session, _Model.batch_id, [batch_id])
            )
        )
    )


def lock(
    session: orm.Session,
    batch_id: str,
    states: collections.abc.Collection[str],
) -> list[task_records.Task]:
    """Return the tasks of a batch that are in one of ``states``, locked.

    Locked by id, so that two transactions cannot deadlock.
    """
    query = (
        task_columns.SELECT_TASK.where(
            exact_text.one_of(session, _Model.batch_id, [batch_id])
        )
        .order_by(_Model.id)
        .with_for_update()
    )
    found = map(task_columns.task, session.connection().scalars(query))
    return [task for task in found if task.state in states]


def transition(
    session: orm.Session,
    tasks: collections.abc.Sequence[task_records.Task],
    state: str,
    now: datetime.datetime,
    *,
    by: str | None,
    why: str | None,
) -> None:
    """Put locked tasks into another state, with a few statements.

    It writes the same values as ``queries.transition``.
    """
    for piece in exact_text.chunks(tasks):
        session.execute(
            sa.update(_Model)
            .where(_Model.id.in_([task.id for task in piece]))
            .values(
                **task_values.transition(state, _cursor(piece), now),
                periods_done=_done(piece),
            )
            .execution_options(synchronize_session=False)
        )
    if tasks:
        session.execute(
            sa.insert(task_models.TaskEvent),
            [
                {
                    "task_id": task.id,
                    "at": now,
                    "from_state": task.state,
                    "to_state": state,
                    "by_whom": by,
                    "why": why,
                }
                for task in tasks
            ],
        )


def _done(
    tasks: collections.abc.Iterable[task_records.Task],
) -> sa.ColumnElement[typing.Any]:
    """Return the periods done of each task, as ``_cursor`` its cursor."""
    done = {task.id: task.periods_done for task in tasks if task.periods_done}
    if not done:
        return sa.literal(0)
    return sa.case(done, value=_Model.id, else_=0)


def _cursor(
    tasks: collections.abc.Iterable[task_records.Task],
) -> sa.ColumnElement[typing.Any]:
    """Return the cursor of each task, for one statement about all of them."""
    column = _Model.current_reprocess_time.expression.type
    cursors = {
        task.id: sa.literal(task.current_at, column)
        for task in tasks
        if task.current_at is not None
    }
    nowhere = sa.literal(None, column)
    if not cursors:
        return nowhere
    return sa.case(cursors, value=_Model.id, else_=nowhere)
