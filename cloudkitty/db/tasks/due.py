# SPDX-License-Identifier: Apache-2.0
"""Find and lock the oldest due task, and others of its batch."""

import collections.abc
import dataclasses
import datetime
import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import caps as task_caps
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks.row import columns as task_columns
from cloudkitty.db.tasks.row import conditions as task_conditions

_Model = task_models.Reprocess
_NOW = sa.bindparam("now", type_=_Model.created_at.type)
_DUE = sa.or_(*task_conditions.due(_NOW))
_next = orm.aliased(_Model)
_FOLLOWED = sa.exists().where(
    _next.batch_id == _Model.batch_id, _next.id > _Model.id
)
# Compiled once: compiling takes as long as executing. The row is looked up by
# its number: nothing else is locked.
_LOCK = (
    task_columns.SELECT_TASK.add_columns(_FOLLOWED)
    .where(_Model.id == sa.bindparam("the_task"), _DUE)
    .with_for_update(skip_locked=True, of=_Model)
)
_LOCK_SOME = (
    task_columns.SELECT_TASK.where(
        _Model.id.in_(sa.bindparam("the_tasks", expanding=True)), _DUE
    )
    .order_by(_Model.id)
    .with_for_update(skip_locked=True)
)
_OF_BATCH = (
    sa.select(_Model.id)
    .where(
        # The requests' ids are made by this service: plain ASCII.
        _Model.batch_id == sa.bindparam("the_batch"),
        _Model.id > sa.bindparam("after"),
        _Model.attempts == 0,
        _DUE,
    )
    .order_by(_Model.id)
    .limit(sa.bindparam("most", type_=sa.Integer()))
)


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A due task, whose row is locked.

    :param followed: whether its batch has tasks with greater ids.
    """

    task: task_records.Task
    followed: bool


def lock_oldest(
    session: orm.Session,
    now: datetime.datetime,
    skip: collections.abc.Collection[int],
) -> Found | None:
    """Lock the oldest due task that is not locked; None if there is no such.

    Due are scheduled tasks without a later ``next_attempt_at`` or
    ``not_before`` whose batch has room, running tasks with an expired lease,
    and unfinished tasks of upstream.

    :param skip: ids of tasks to ignore.
    """
    connection = session.connection()
    passed = list(skip)
    while True:
        # One statement for both would take longer, most of all if none is due.
        task_id = connection.scalar(
            _oldest(bool(passed)), {"now": now, "passed": passed}
        )
        if task_id is None:
            return None
        row = connection.execute(
            _LOCK, {"the_task": task_id, "now": now}
        ).one_or_none()
        if row is not None:
            text, followed = row
            task = task_columns.task(text)
            if task_caps.admits(session, task):
                return Found(task, bool(followed))
        # Another processor is claiming it, or its batch has no room.
        passed.append(task_id)


def lock_of_batch(
    session: orm.Session,
    now: datetime.datetime,
    batch_id: str,
    after: int,
    most: int,
) -> list[task_records.Task]:
    """Lock due tasks of a batch that are not locked, oldest first.

    Only tasks that have not failed. Rows are locked by their numbers:
    nothing else is locked.

    :param after: only tasks with greater ids.
    :param most: number of tasks at most; fewer if some are locked.
    """
    connection = session.connection()
    ids = connection.scalars(
        _OF_BATCH,
        {"now": now, "the_batch": batch_id, "after": after, "most": most},
    ).all()
    found: list[task_records.Task] = []
    for piece in exact_text.chunks(ids):
        asked = {"the_tasks": piece, "now": now}
        found += map(task_columns.task, connection.scalars(_LOCK_SOME, asked))
    return found


@functools.cache
def _oldest(some_passed: bool) -> sa.Select[typing.Any]:
    """Return the statement for the oldest that is due, locked or not."""
    others = (
        [_Model.id.not_in(sa.bindparam("passed", expanding=True))]
        if some_passed
        else []
    )
    each = sa.union_all(
        *(
            sa.select(
                sa.select(_Model.id)
                .where(condition, *others)
                .order_by(_Model.id)
                .limit(1)
                .scalar_subquery()
                .label("id")
            )
            for condition in task_conditions.due(_NOW, task_caps.ROOM)
        )
    ).subquery("oldest")
    return sa.select(sa.func.min(each.c.id))
