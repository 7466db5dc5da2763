# SPDX-License-Identifier: Apache-2.0
"""Column values of new tasks and of transitions."""

import datetime
import typing

import sqlalchemy as sa

from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import conditions as task_conditions

_Model = task_models.Reprocess
#: Fields of accepted tasks whose columns have upstream's names.
_RENAMED = {
    "start_at": "start_reprocess_time",
    "end_at": "end_reprocess_time",
}
#: Fields of accepted tasks without a column.
_NO_COLUMNS = frozenset(
    {"needs_approval", "preview_batch_id", "preview_digest"}
)
#: The beginning of the last redone period, or an expression for it.
Cursor = datetime.datetime | sa.ColumnElement[typing.Any] | None


def shown_cursor(
    state: str, current_at: Cursor
) -> sa.ColumnElement[typing.Any]:
    """Return the value of the cursor column, which upstream reads.

    :param state: new state of the task.
    :param current_at: beginning of the last redone period.
    """
    end_at = _Model.end_reprocess_time.expression
    if state in states.HIDDEN:
        return end_at
    return sa.case(
        (sa.not_(task_conditions.UPSTREAM_KNOWS), end_at),
        else_=current_at
        if isinstance(current_at, sa.ColumnElement)
        else sa.literal(current_at, end_at.type),
    )


def transition(
    state: str, current_at: Cursor, now: datetime.datetime
) -> dict[str, typing.Any]:
    """Return the column values that put a task into ``state``.

    :param current_at: beginning of the last redone period.
    """
    values: dict[str, typing.Any] = {
        "state": state,
        "current_reprocess_time": shown_cursor(state, current_at),
        "lease_owner": None,
        "lease_expires_at": None,
        # A worker with a claim can no longer write.
        "lease_token": _Model.lease_token + 1,
        "next_attempt_at": None,
        "finished_at": now if state in states.TERMINAL else None,
        "updated_at": now,
    }
    if state in states.WAITING:
        # A resumed task gets all its attempts again.
        values["attempts"] = 0
    return values


def accepted(
    new: task_records.NewBatch, now: datetime.datetime
) -> dict[str, object]:
    """Return the column values of a new task, except its scope."""
    state = states.UNAPPROVED if new.needs_approval else states.ACCEPTED
    columns: dict[str, object] = {
        _RENAMED.get(name, name): getattr(new, name)
        for name in task_records.NewBatch.__slots__
        if name not in _NO_COLUMNS
    }
    return columns | {
        "current_reprocess_time": (
            new.end_at
            if task_modes.hidden(new.mode, new.ours_only)
            or state in states.HIDDEN
            else None
        ),
        "state": state.value,
        "metrics": None if new.metrics is None else list(new.metrics),
        "created_at": now,
        "updated_at": now,
        "periods_done": 0,
    }
