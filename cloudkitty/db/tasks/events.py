# SPDX-License-Identifier: Apache-2.0
"""Queries on ``cloudkitty_task_events``: the history of the tasks."""

import collections.abc
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states

_Model = task_models.TaskEvent
_TABLE = typing.cast(sa.Table, _Model.__table__)
_INSERT = _TABLE.insert()


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
        _INSERT,
        {
            "task_id": task_id,
            "at": at,
            "from_state": from_state,
            "to_state": to_state,
            "by_whom": by,
            "why": why,
        },
    )


def add_many(
    session: orm.Session,
    task_ids: collections.abc.Sequence[int],
    *,
    at: datetime.datetime,
    from_states: collections.abc.Sequence[str],
    to_state: str,
    by: str | None,
    whys: collections.abc.Sequence[str | None],
) -> None:
    """Add a transition of each of some tasks, in one statement.

    :param from_states: of each task, as ``whys``.
    """
    rows = [
        {
            "task_id": task_id,
            "at": at,
            "from_state": from_state,
            "to_state": to_state,
            "by_whom": by,
            "why": why,
        }
        for task_id, from_state, why in zip(
            task_ids, from_states, whys, strict=True
        )
    ]
    if rows:
        session.connection().execute(_INSERT, rows)


def add_accepted(
    session: orm.Session,
    batch_id: str,
    at: datetime.datetime,
    *,
    why: str | None = None,
) -> None:
    """Add the acceptance of all tasks of a batch, in one statement.

    :param why: why it was accepted although a rule forbids it; None for most.
    """
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
                sa.null() if why is None else sa.literal(why, _Model.why.type),
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


def undo_claims(
    session: orm.Session, task_ids: collections.abc.Iterable[int]
) -> frozenset[int]:
    """Delete the newest event of tasks, as ``undo_claim`` for each.

    :returns: ids of the tasks whose event was deleted.
    """
    undone: dict[int, int] = {}
    for piece in exact_text.chunks(sorted(task_ids)):
        newest = (
            sa.select(sa.func.max(_TABLE.c.id))
            .where(row_ids.among(_TABLE.c.task_id, piece))
            .group_by(_TABLE.c.task_id)
        )
        rows = session.connection().execute(
            sa.select(_TABLE.c.id, _TABLE.c.task_id).where(
                _TABLE.c.id.in_(newest),
                _TABLE.c.from_state == states.State.SCHEDULED.value,
                _TABLE.c.to_state == states.State.RUNNING.value,
            )
        )
        undone |= {event_id: task_id for event_id, task_id in rows}
    for piece in exact_text.chunks(sorted(undone)):
        session.connection().execute(
            sa.delete(_TABLE).where(row_ids.among(_TABLE.c.id, piece))
        )
    return frozenset(undone.values())


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
