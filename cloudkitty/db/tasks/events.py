# SPDX-License-Identifier: Apache-2.0
"""Queries on ``cloudkitty_task_events``: the history of the tasks."""

import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states

_Model = task_models.TaskEvent
_TABLE = typing.cast(sa.Table, _Model.__table__)


def add(
    session: orm.Session,
    task_id: int,
    *,
    at: datetime.datetime,
    from_state: str,
    to_state: str,
    by: str | None,
    why: str | None = None,
) -> None:
    """Add a transition, in the transaction that makes it."""
    session.connection().execute(
        _TABLE.insert(),
        {
            "task_id": task_id,
            "at": at,
            "from_state": from_state,
            "to_state": to_state,
            "by_whom": by,
            "why": why,
        },
    )


def add_accepted(
    session: orm.Session,
    batch_id: str,
    at: datetime.datetime,
) -> None:
    """Add the acceptance of all tasks of a batch, in one statement."""
    tasks = task_models.Reprocess
    session.execute(
        sa.insert(_TABLE).from_select(
            ["task_id", "at", "from_state", "to_state", "by_whom", "why"],
            sa.select(
                tasks.id,
                sa.literal(at, _Model.at.type),
                sa.null(),
                tasks.state,
                tasks.created_by,
                sa.null(),
            ).where(tasks.batch_id == batch_id),
        )
    )


def undo_claim(session: orm.Session, task_id: int) -> bool:
    """Delete the newest event if it is a claim of a scheduled task.

    :returns: whether it was deleted.
    """
    newest = session.scalar(
        sa.select(_Model)
        .where(_Model.task_id == task_id)
        .order_by(_Model.id.desc())
        .limit(1)
    )
    if newest is None or (newest.from_state, newest.to_state) != (
        states.State.SCHEDULED,
        states.State.RUNNING,
    ):
        return False
    session.execute(sa.delete(_TABLE).where(_TABLE.c.id == newest.id))
    return True


def find(
    session: orm.Session, task_id: int, *, newest: int | None = None
) -> list[task_records.TaskEvent]:
    """Return the events of a task, oldest first.

    :param newest: number of newest events to return; None: all events.
    """
    query = (
        sa.select(_Model)
        .where(_Model.task_id == task_id)
        .order_by(_Model.id.desc())
        .limit(newest)
        .execution_options(populate_existing=True)
    )
    return [
        task_records.TaskEvent(
            at=row.at,
            from_state=row.from_state,
            to_state=row.to_state,
            by=row.by_whom,
            why=row.why,
        )
        for row in reversed(session.scalars(query).all())
    ]
