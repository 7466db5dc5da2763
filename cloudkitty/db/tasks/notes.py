# SPDX-License-Identifier: Apache-2.0
"""Queries on ``cloudkitty_task_notes``: periods with special results."""

import collections.abc

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.sql import rowcount
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records

_Model = task_models.TaskNote
#: Kind of the note where the last attempt ended; not the task's state.
FAILED = "failed"
#: Kind of notes of periods whose stored points were deleted.
EMPTIED = "emptied"


def add(
    session: orm.Session,
    task_id: int,
    notes: collections.abc.Sequence[task_records.TaskNote],
) -> None:
    """Add notes of a task; one for a beginning, a kind and a metric."""
    add_many(session, {task_id: notes})


def add_many(
    session: orm.Session,
    notes: collections.abc.Mapping[
        int, collections.abc.Iterable[task_records.TaskNote]
    ],
) -> None:
    """Do ``add`` for several tasks, in one statement.

    :param notes: by the tasks' ids.
    """
    rows = [
        {
            "task_id": task_id,
            "begin": note.begin,
            "end": note.end,
            "kind": note.kind,
            "metric": note.metric or "",
            "detail": note.detail,
        }
        for task_id, of_one in notes.items()
        for note in of_one
    ]
    if rows:
        session.execute(sa.insert(_Model), rows)


def extend(
    session: orm.Session,
    task_id: int,
    notes: collections.abc.Iterable[task_records.TaskNote],
) -> None:
    """Add notes; a note that continues a stored one extends it."""
    new = []
    for note in notes:
        statement = (
            sa.update(_Model)
            .where(
                _Model.task_id == task_id,
                _Model.kind == note.kind,
                _Model.metric == (note.metric or ""),
                _Model.end == note.begin,
                # Numbers of two runs cannot be one note.
                _Model.detail.is_(None),
            )
            .values(end=note.end)
            .execution_options(synchronize_session=False)
        )
        if note.detail is not None or not rowcount.count(session, statement):
            new.append(note)
    add(session, task_id, new)


def replace_failure(
    session: orm.Session,
    task_id: int,
    at: periods.Window | None,
    error: str,
) -> None:
    """Replace the note of the failure of the previous attempt.

    :param at: periods in which the attempt failed; None: adds no note.
    """
    forget_failure(session, task_id)
    if at is not None:
        failure = task_records.TaskNote(
            begin=at.begin, end=at.end, kind=FAILED, detail=error
        )
        add(session, task_id, [failure])


def forget_failure(session: orm.Session, task_id: int) -> None:
    """Delete the note of the failure of the previous attempt."""
    session.execute(
        sa.delete(_Model)
        .where(_Model.task_id == task_id, _Model.kind == FAILED)
        .execution_options(synchronize_session=False)
    )


def find(
    session: orm.Session,
    task_id: int,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> list[task_records.TaskNote]:
    """Return the notes of a task, oldest period first."""
    query = (
        sa.select(_Model)
        .where(_Model.task_id == task_id)
        .order_by(_Model.begin, _Model.kind, _Model.metric)
        .offset(offset)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [
        task_records.TaskNote(
            begin=row.begin,
            end=row.end,
            kind=row.kind,
            detail=row.detail,
            metric=row.metric or None,
        )
        for row in session.scalars(query)
    ]


def count(session: orm.Session, task_id: int) -> int:
    """Return the number of notes that ``find`` returns without paging."""
    query = sa.select(sa.func.count()).where(_Model.task_id == task_id)
    return session.scalar(query) or 0
