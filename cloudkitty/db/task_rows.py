# SPDX-License-Identifier: Apache-2.0
"""Rows of tasks, upstream's among them, read as tasks."""

import datetime
import typing

import sqlalchemy as sa

from cloudkitty.db import models
from cloudkitty.db import rows

_Model = models.Reprocess

#: States whose window is taken (``tasks.states`` is the table of them all).
UNFINISHED = ("scheduled", "running", "paused")
TERMINAL = ("succeeded", "failed", "cancelled")
#: States in which upstream's processor must leave the task alone: its cursor
#: column shows the end, and ``periods_done`` alone tells the truth.
HIDDEN = ("paused", "failed", "cancelled")
#: So are, in every state, tasks of this mode: upstream knows no previews.
PREVIEW = "preview"


def task(row: models.Reprocess) -> rows.Task:
    """Return a row as a task."""
    return rows.Task(
        id=row.id,
        scope_id=row.identifier,
        start_at=row.start_reprocess_time,
        end_at=row.end_reprocess_time,
        current_at=_current_at(row),
        reason=row.reason,
        state=row.state or _state_from_cursor(row),
        mode=row.mode,
        batch_id=row.batch_id,
        metrics=None if row.metrics is None else tuple(row.metrics),
        allow_empty=row.allow_empty,
        created_by=row.created_by,
        project_id=row.project_id,
        request_id=row.request_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        last_error=row.last_error,
        lease_owner=row.lease_owner,
        lease_token=row.lease_token,
        lease_expires_at=row.lease_expires_at,
        periods_total=row.periods_total,
        periods_done=row.periods_done,
        claimed_at=row.claimed_at,
        claimed_done=row.claimed_done,
    )


def values(new: rows.NewTask, now: datetime.datetime) -> dict[str, object]:
    """Return what is inserted for a task that is accepted ``now``."""
    return {
        "identifier": new.scope_id,
        "start_reprocess_time": new.start_at,
        "end_reprocess_time": new.end_at,
        "current_reprocess_time": (
            new.end_at if new.mode == PREVIEW else None
        ),
        "reason": new.reason,
        "state": "scheduled",
        "mode": new.mode,
        "batch_id": new.batch_id,
        "metrics": None if new.metrics is None else list(new.metrics),
        "allow_empty": new.allow_empty,
        "created_by": new.created_by,
        "project_id": new.project_id,
        "request_id": new.request_id,
        "created_at": now,
        "updated_at": now,
        "periods_total": new.periods_total,
        "periods_done": 0,
    }


def in_state(state: str) -> sa.ColumnElement[bool]:
    """Return the condition that a row is a task in ``state``.

    The condition of a row that upstream wrote is that of its cursor.
    """
    cursor = _Model.current_reprocess_time
    by_cursor = {
        "scheduled": cursor.is_(None),
        "running": cursor < _Model.end_reprocess_time,
        "succeeded": cursor >= _Model.end_reprocess_time,
    }
    if state not in by_cursor:
        return _Model.state == state
    return sa.or_(
        _Model.state == state,
        sa.and_(_Model.state.is_(None), by_cursor[state]),
    )


#: The beginning of the last period redone, or what says it of each row.
Cursor = datetime.datetime | sa.ColumnElement[typing.Any] | None


def shown_cursor(
    state: str, current_at: Cursor
) -> sa.ColumnElement[typing.Any]:
    """Return what the cursor column is to show upstream.

    :param state: the task's, from then on.
    :param current_at: beginning of the last period redone.
    """
    end_at = _Model.end_reprocess_time.expression
    if state in HIDDEN:
        return end_at
    return sa.case(
        (_Model.mode == PREVIEW, end_at),
        else_=current_at
        if isinstance(current_at, sa.ColumnElement)
        else sa.literal(current_at, end_at.type),
    )


def transition_values(
    state: str, current_at: Cursor, now: datetime.datetime
) -> dict[str, typing.Any]:
    """Return what is written where somebody puts a task into ``state``.

    :param current_at: beginning of the last period redone.
    """
    values: dict[str, typing.Any] = {
        "state": state,
        "current_reprocess_time": shown_cursor(state, current_at),
        "lease_owner": None,
        "lease_expires_at": None,
        # Whoever holds a claim can write nothing any more.
        "lease_token": _Model.lease_token + 1,
        "next_attempt_at": None,
        "finished_at": now if state in TERMINAL else None,
        "updated_at": now,
    }
    if state == "scheduled":
        # Whoever lets it go on gives it all its attempts again.
        values["attempts"] = 0
    return values


def unfinished() -> sa.ColumnElement[bool]:
    """Return the condition that a row's window is taken."""
    return sa.or_(*(in_state(state) for state in UNFINISHED))


def due(
    now: datetime.datetime | sa.BindParameter[datetime.datetime],
) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of which one holds for a row to be claimed.

    They are apart because each by itself is one range of the index on
    (state, id), which all of them together are not.
    """
    unleased = sa.or_(
        _Model.lease_expires_at.is_(None), _Model.lease_expires_at <= now
    )
    cursor = _Model.current_reprocess_time
    return (
        sa.and_(
            _Model.state == "scheduled",
            sa.or_(
                _Model.next_attempt_at.is_(None),
                _Model.next_attempt_at <= now,
            ),
        ),
        sa.and_(_Model.state == "running", unleased),
        # Upstream's.
        sa.and_(
            _Model.state.is_(None),
            sa.or_(cursor.is_(None), cursor < _Model.end_reprocess_time),
        ),
    )


def _state_from_cursor(row: models.Reprocess) -> str:
    if row.current_reprocess_time is None:
        return "scheduled"
    if row.current_reprocess_time < row.end_reprocess_time:
        return "running"
    return "succeeded"


def _current_at(row: models.Reprocess) -> datetime.datetime | None:
    if row.state not in HIDDEN and row.mode != PREVIEW:
        return row.current_reprocess_time
    if not row.periods_done or not row.periods_total:
        return None
    if row.periods_total == 1:
        return row.start_reprocess_time
    length = row.end_reprocess_time - row.start_reprocess_time
    period = length / (row.periods_total - 1)
    return row.start_reprocess_time + (row.periods_done - 1) * period
