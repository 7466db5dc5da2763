# SPDX-License-Identifier: Apache-2.0
"""State, cursor and progress of a task, derived from its columns.

Upstream continues tasks of this service and moves only their cursor, and its
own rows have no state and no counters.
"""

import datetime
import typing

import sqlalchemy as sa

from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import modes
from cloudkitty.db.tasks import states

_Model = task_models.Reprocess
#: Attributes that upstream ignores.
OURS = (_Model.metrics, _Model.not_before, _Model.max_running)
OURS_ONLY = sa.or_(*(column.is_not(sa.null()) for column in OURS))
#: States of upstream's rows, as plain texts: the API shows them.
_SCHEDULED = states.State.SCHEDULED.value
_RUNNING = states.State.RUNNING.value
_SUCCEEDED = states.State.SUCCEEDED.value


class Row(typing.NamedTuple):
    """The columns that determine the state and the progress of a task.

    :param state: None in a row that upstream wrote.
    :param ours_only: whether an attribute of ``OURS`` is set.
    :param total: periods of the window; None if it is unknown.
    """

    state: str | None
    mode: str
    ours_only: bool
    start_at: datetime.datetime
    end_at: datetime.datetime
    cursor: datetime.datetime | None
    total: int | None
    done: int | None


#: The columns of ``Row``, in its order.
COLUMNS = (
    _Model.state,
    _Model.mode,
    OURS_ONLY,
    _Model.start_reprocess_time,
    _Model.end_reprocess_time,
    _Model.current_reprocess_time,
    _Model.periods_total,
    _Model.periods_done,
)


def progress(row: Row) -> tuple[str, int, int]:
    """Return (state, number of periods, number of completed periods)."""
    state, _, done = effective(row)
    return state, row.total or 0, done or 0


def effective(row: Row) -> tuple[str, datetime.datetime | None, int | None]:
    """Return the effective (state, cursor, number of completed periods)."""
    done = row.done
    hidden = modes.hidden(row.mode, row.ours_only)
    state = _state(row.state, row.cursor, row.end_at, hidden)
    if not hidden and row.state not in states.HIDDEN:
        if not row.total or row.cursor is None:
            return state, row.cursor, done
        # Upstream may have continued it, and moves only the cursor.
        done = _done(row.start_at, row.end_at, row.cursor, row.total)
    return state, _redone(row.start_at, row.end_at, row.total, done), done


def _state(
    state: str | None,
    cursor: datetime.datetime | None,
    end_at: datetime.datetime,
    hidden: bool,
) -> str:
    """Return the state; ``conditions.in_state`` is the equivalent in SQL."""
    if state is None:
        if cursor is None:
            return _SCHEDULED
        return _RUNNING if cursor < end_at else _SUCCEEDED
    if state in states.OPEN and not hidden and cursor and cursor >= end_at:
        return _SUCCEEDED
    return state


def _done(
    start_at: datetime.datetime,
    end_at: datetime.datetime,
    cursor: datetime.datetime,
    total: int,
) -> int:
    """Return the number of ``total`` periods that begin up to the cursor."""
    if cursor >= end_at:
        return total
    if cursor < start_at:
        return 0
    return (cursor - start_at) * (total - 1) // (end_at - start_at) + 1


def _redone(
    start_at: datetime.datetime,
    end_at: datetime.datetime,
    total: int | None,
    done: int | None,
) -> datetime.datetime | None:
    """Return the beginning of the last of ``done`` completed periods."""
    if not done or not total:
        return None
    if total == 1:
        return start_at
    return start_at + (done - 1) * (end_at - start_at) / (total - 1)
