# SPDX-License-Identifier: Apache-2.0
"""Revisions of tasks: texts that change when the tasks change.

Each is read by one statement. Sums find every change, in whatever order
transactions are committed; the greatest id or time alone would miss some.
"""

import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import workers as db_workers
from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import states

_Model = task_models.Reprocess
_Worker = db_workers.WorkerRow
#: Each transition, claim, failure and completed period changes one of them.
_NUMBERS: tuple[typing.Any, ...] = (
    sa.func.count(),
    sa.func.sum(_Model.id),
    sa.func.sum(_Model.lease_token),
    sa.func.sum(sa.func.coalesce(_Model.periods_done, 0)),
    sa.func.sum(_Model.attempts),
    sa.func.max(_Model.updated_at),
    # Upstream moves only the cursor.
    sa.func.max(_Model.current_reprocess_time),
)
_BY_STATE = sa.select(_Model.state, *_NUMBERS).group_by(_Model.state)
#: Tasks in the other states have left one of these, and change no more.
_CHANGING = sorted(
    state.value for state in states.State if states.TRANSITIONS[state]
)
#: Each condition is a range of the index on (state, id).
_OF_ALL = sa.union_all(
    _BY_STATE.where(_Model.state.in_(_CHANGING)),
    _BY_STATE.where(_Model.state.is_(None)),
)
_REPROCESSING = _Worker.kind == db_workers.REPROCESSING
_OF_WORKERS = sa.select(
    sa.func.count(sa.case((_Worker.stopped_at.is_(None), 1))),
    sa.func.sum(
        sa.case((_Worker.last_seen_at >= sa.bindparam("since"), 1), else_=0)
    ),
).where(_REPROCESSING)
_TASK_ID = sa.bindparam("task_id", type_=sa.Integer())
_OF_TASK = sa.select(sa.func.min(_Model.state), *_NUMBERS).where(
    _Model.id == _TASK_ID
)
_BEFORE = (
    sa.select(sa.func.count())
    .where(
        _Model.state.in_(sorted(state.value for state in states.WAITING)),
        _Model.id < _TASK_ID,
    )
    .scalar_subquery()
)
#: Orders of a preview.
_ORDERS = (
    sa.select(sa.func.count())
    .where(task_models.TaskBatch.preview_id == sa.bindparam("batch_id"))
    .scalar_subquery()
)
_NEXT_LOOK = (
    sa.select(sa.func.max(_Worker.next_look_at))
    .where(_REPROCESSING)
    .scalar_subquery()
)


def of_all(session: orm.Session) -> str:
    """Return the revision of all tasks."""
    return _text(session.connection().execute(_OF_ALL).all())


def of_all_and_workers(session: orm.Session, since: datetime.datetime) -> str:
    """Return the revision of all tasks and of the workers that are alive.

    :param since: a worker that was seen since then is alive.
    """
    nothing = [sa.null()] * (len(_NUMBERS) - 2)
    workers = sa.select(
        sa.literal("workers"), *_OF_WORKERS.selected_columns, *nothing
    ).where(_REPROCESSING)
    statement: sa.CompoundSelect[typing.Any] = sa.union_all(
        *_OF_ALL.selects, workers
    )
    found = session.connection().execute(statement, {"since": since})
    return _text(found.all())


def of_batch(session: orm.Session, batch_id: str) -> str:
    """Return the revision of the tasks of a batch."""
    mine = exact_text.one_of(session, _Model.batch_id, [batch_id])
    statement = _BY_STATE.add_columns(_ORDERS).where(mine)
    values = {"batch_id": batch_id if exact_text.storable(batch_id) else ""}
    return _text(session.connection().execute(statement, values).all())


def of_task(session: orm.Session, task_id: int) -> str:
    """Return the revision of a task and of its place among waiting tasks."""
    statement = _OF_TASK.add_columns(_BEFORE, _NEXT_LOOK)
    row = session.connection().execute(statement, {"task_id": task_id}).one()
    return _text([row])


def _text(rows: typing.Any) -> str:
    return ";".join(sorted(",".join(map(str, row)) for row in rows))
