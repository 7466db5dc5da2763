# SPDX-License-Identifier: Apache-2.0
"""Limits of the tasks of one batch that run at once: ``max_running``.

Only batches with a limit have a row in ``cloudkitty_task_batches``. A claim of
one of their tasks changes this row before it counts the running tasks, so that
two claims of one batch are serialized, also on a certifying cluster such as
Galera.
"""

import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states

_RUNNING = states.State.RUNNING.value
_Model = task_models.Reprocess
_other = orm.aliased(_Model)
_TABLE = typing.cast(sa.Table, task_models.TaskBatch.__table__)
#: Condition that the batch of a waiting task has room for another one. Claims
#: check it again under the lock. Compiled once, with the claim.
ROOM = sa.or_(
    _Model.max_running.is_(None),
    _Model.batch_id.not_in(
        sa.select(_other.batch_id)
        .where(
            _other.state == _RUNNING,
            _other.max_running.is_not(None),
            _other.batch_id.is_not(None),
        )
        .group_by(_other.batch_id)
        .having(sa.func.count() >= sa.func.min(_other.max_running))
    ),
)
_LOCK = (
    sa.update(_TABLE)
    .where(_TABLE.c.batch_id == sa.bindparam("the_batch"))
    .values(claims=_TABLE.c.claims + 1)
)
_COUNT = sa.select(sa.func.count()).where(
    _Model.batch_id == sa.bindparam("the_batch"), _Model.state == _RUNNING
)


def room(session: orm.Session, task: task_records.Task) -> int:
    """Lock the batch of a task; return how many more of its tasks may run.

    :param task: with ``max_running``; its row is locked.
    """
    session.connection().execute(_LOCK, {"the_batch": task.batch_id})
    return int(task.max_running or 0) - count_running(session, task)


def count_running(session: orm.Session, task: task_records.Task) -> int:
    """Return the number of running tasks of the batch of a task."""
    asked = {"the_batch": task.batch_id}
    return session.connection().scalar(_COUNT, asked) or 0


def admits(session: orm.Session, task: task_records.Task) -> bool:
    """Return whether a due task may be claimed.

    A running one, which is taken over from a dead processor, is counted
    already.
    """
    if task.max_running is None or task.state == _RUNNING:
        return True
    return room(session, task) > 0
