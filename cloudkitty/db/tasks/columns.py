# SPDX-License-Identifier: Apache-2.0
"""Decode rows of tasks, including those of upstream."""

import collections.abc
import datetime
import functools
import typing

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db.sql import json_rows
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states

_Model = task_models.Reprocess

#: A mode that changes nothing, so its window is not taken.
PREVIEW = "preview"
#: The one mode that upstream knows, and only for all metrics at once: tasks
#: of other modes, or of some metrics, are hidden so in every state.
REPROCESS = "reprocess"
#: States of upstream's rows, as plain texts: they are shown as they are.
_SCHEDULED = states.State.SCHEDULED.value
_RUNNING = states.State.RUNNING.value
_SUCCEEDED = states.State.SUCCEEDED.value
_CURSOR = _Model.current_reprocess_time
_SOME_METRICS = _Model.metrics.is_not(sa.null())
_UPSTREAM_KNOWS = sa.and_(
    _Model.mode == REPROCESS, _Model.metrics.is_(sa.null())
)
#: Upstream has finished it, whatever the state column contains: upstream moves
#: only the cursor. We write the last cursor and the state in one statement.
_DONE = sa.and_(_UPSTREAM_KNOWS, _CURSOR >= _Model.end_reprocess_time)
_NOT_DONE = sa.or_(
    sa.not_(_UPSTREAM_KNOWS),
    _CURSOR.is_(None),
    _CURSOR < _Model.end_reprocess_time,
)


#: States in which upstream may have continued a task of ours.
_OPEN = sorted(state.value for state in states.OPEN)
#: Unfinished states of upstream's rows; ``_state`` reads them the same way.
_UPSTREAMS: dict[str, sa.ColumnElement[bool]] = {
    _SCHEDULED: _CURSOR.is_(None),
    _RUNNING: _CURSOR < _Model.end_reprocess_time,
}


#: Columns that lists show of a task.
LISTED = tuple(
    getattr(_Model, name)
    for name in (
        "id",
        "identifier",
        "start_reprocess_time",
        "end_reprocess_time",
        "current_reprocess_time",
        "reason",
        "state",
        "mode",
        "batch_id",
        "created_at",
        "started_at",
        "finished_at",
        "attempts",
        "last_error",
        "periods_total",
        "periods_done",
        "period_seconds",
        "periods_kept",
    )
) + (_SOME_METRICS,)
#: Fields of accepted tasks whose columns have upstream's names.
_RENAMED = {
    "start_at": "start_reprocess_time",
    "end_at": "end_reprocess_time",
}
#: Columns of a whole task; the second part is named after the fields.
COLUMNS = LISTED + tuple(
    getattr(_Model, name) for name in task_records.Task.__slots__
)
_JSON = json_rows.Row(LISTED)
SELECT_TASK = sa.select(*COLUMNS)
SELECT_LISTED = sa.select(*LISTED)
#: For lists, whose rows are mostly cached: see ``benchmarks/json_rows.py``.
SELECT_LISTED_JSON = sa.select(_JSON.column)


def listed(
    values: collections.abc.Sequence[typing.Any],
) -> task_records.ListedTask:
    """Return the task of one row of ``SELECT_LISTED``."""
    return task_records.ListedTask(**_listed_fields(*values))


# Most tasks of a list have not changed since the last list.
@functools.lru_cache(maxsize=4096)
def listed_json(text: str) -> task_records.ListedTask:
    """Return the task of one row of ``SELECT_LISTED_JSON``."""
    return listed(_JSON.values(text))


def task(values: collections.abc.Sequence[typing.Any]) -> task_records.Task:
    """Return the task of one row of ``SELECT_TASK``."""
    more = dict(
        zip(task_records.Task.__slots__, values[len(LISTED) :], strict=True)
    )
    if more["metrics"] is not None:
        more["metrics"] = tuple(more["metrics"])
    return task_records.Task(**_listed_fields(*values[: len(LISTED)]), **more)


def values(
    new: task_records.NewBatch, now: datetime.datetime
) -> dict[str, object]:
    """Return the column values of an accepted task, without the scope."""
    columns: dict[str, object] = {
        _RENAMED.get(name, name): getattr(new, name)
        for name in task_records.NewBatch.__slots__
    }
    return columns | {
        "current_reprocess_time": (
            new.end_at
            if _hidden(new.mode, new.metrics is not None)
            or states.ACCEPTED in states.HIDDEN
            else None
        ),
        "state": states.ACCEPTED.value,
        "metrics": None if new.metrics is None else list(new.metrics),
        "created_at": now,
        "updated_at": now,
        "periods_done": 0,
    }


@functools.cache
def in_state(state: str) -> sa.ColumnElement[bool]:
    """Return the condition that a row is a task in ``state``.

    For a row that upstream wrote, the cursor determines the state; a task of
    ours that upstream has finished has succeeded. ``_state`` is the equivalent
    for a fetched row.
    """
    ours = sa.and_(*_stored(state))
    if state == _SUCCEEDED:
        continued = sa.or_(_Model.state.in_(_OPEN), _Model.state.is_(None))
        return sa.or_(ours, sa.and_(continued, _DONE))
    upstreams = _UPSTREAMS.get(state)
    if upstreams is None:
        return ours
    return sa.or_(ours, sa.and_(_Model.state.is_(None), upstreams))


def in_any(
    state_names: collections.abc.Iterable[str],
) -> sa.ColumnElement[bool]:
    """Return the condition that a row is a task in one of some states."""
    return sa.or_(*map(in_state, sorted(state_names)))


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
        (sa.not_(_UPSTREAM_KNOWS), end_at),
        else_=current_at
        if isinstance(current_at, sa.ColumnElement)
        else sa.literal(current_at, end_at.type),
    )


def transition_values(
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


@functools.cache
def unfinished() -> sa.ColumnElement[bool]:
    """Return the condition that a row's window is taken."""
    return in_any(states.UNFINISHED)


def shares(
    window: periods.Window, period_seconds: int
) -> sa.ColumnElement[bool]:
    """Return a condition of all rows whose windows share time with ``window``.

    It holds for some others whose periods are longer than
    ``period_seconds``: databases have no common way to add a column's
    seconds to a time. ``task_records.ListedTask.shares`` is exact.

    :param period_seconds: ``[collect] period``, for rows without a period of
        their own.
    """
    step = datetime.timedelta(seconds=period_seconds)
    return sa.and_(
        _Model.start_reprocess_time < window.end,
        sa.or_(
            _Model.end_reprocess_time > window.begin - step,
            _Model.period_seconds > period_seconds,
        ),
    )


def due(
    now: datetime.datetime | sa.BindParameter[datetime.datetime],
) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for a row to be claimed, of which one must hold.

    They are separate because each is one range of the index on (state, id),
    but their disjunction is not.
    """
    attempted = sa.or_(
        _Model.next_attempt_at.is_(None), _Model.next_attempt_at <= now
    )
    unleased = sa.or_(
        _Model.lease_expires_at.is_(None), _Model.lease_expires_at <= now
    )
    return (
        *(
            sa.and_(*_stored(state), attempted)
            for state in sorted(states.WAITING)
        ),
        sa.and_(*_stored(states.State.RUNNING), unleased),
        # Upstream's.
        sa.and_(_Model.state.is_(None), _NOT_DONE),
    )


def _stored(state: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a row of ours is a task in ``state``."""
    # Drivers take a plain text faster than a member of an enumeration.
    stored = _Model.state == str(state)
    return (stored, _NOT_DONE) if state in states.OPEN else (stored,)


class Alike(typing.NamedTuple):
    """The columns that state and progress of a task are made of.

    :param state: None in a row that upstream wrote.
    :param total: periods of the window; None if that is not known.
    """

    state: str | None
    mode: str
    some_metrics: bool
    start_at: datetime.datetime
    end_at: datetime.datetime
    cursor: datetime.datetime | None
    total: int | None
    done: int | None


#: The columns of ``Alike``, in its order.
ALIKE = (
    _Model.state,
    _Model.mode,
    _SOME_METRICS,
    _Model.start_reprocess_time,
    _Model.end_reprocess_time,
    _CURSOR,
    _Model.periods_total,
    _Model.periods_done,
)


def progress(row: Alike) -> tuple[str, int, int]:
    """Return state, periods and periods done of rows that are alike."""
    told, _, done = _effective(row)
    return told, row.total or 0, done or 0


def _listed_fields(
    task_id: int,
    identifier: str,
    start_at: datetime.datetime,
    end_at: datetime.datetime,
    cursor: datetime.datetime | None,
    reason: str,
    state: str | None,
    mode: str,
    batch_id: str | None,
    created_at: datetime.datetime | None,
    started_at: datetime.datetime | None,
    finished_at: datetime.datetime | None,
    attempts: int,
    last_error: str | None,
    periods_total: int | None,
    periods_done: int | None,
    period_seconds: int | None,
    periods_kept: int | None,
    some_metrics: bool,
) -> dict[str, typing.Any]:
    """Return the fields of a row of ``LISTED`` columns."""
    told, current_at, periods_done = _effective(
        Alike(
            state,
            mode,
            some_metrics,
            start_at,
            end_at,
            cursor,
            periods_total,
            periods_done,
        )
    )
    return {
        "id": task_id,
        "scope_id": identifier,
        "start_at": start_at,
        "end_at": end_at,
        "current_at": current_at,
        "reason": reason,
        "state": told,
        "mode": mode,
        "batch_id": batch_id,
        "created_at": created_at,
        "started_at": started_at,
        "finished_at": finished_at,
        "attempts": attempts,
        "last_error": last_error,
        "periods_total": periods_total,
        "periods_done": periods_done,
        "period_seconds": period_seconds,
        "periods_kept": periods_kept or 0,
    }


def _effective(row: Alike) -> tuple[str, datetime.datetime | None, int | None]:
    """Return the effective (state, cursor, periods done)."""
    done = row.done
    hidden = _hidden(row.mode, row.some_metrics)
    state = _state(row.state, row.cursor, row.end_at, hidden)
    if not hidden and row.state not in states.HIDDEN:
        if not row.total or row.cursor is None:
            return state, row.cursor, done
        # Upstream may have continued it, and moves only the cursor.
        done = _done(row.start_at, row.end_at, row.cursor, row.total)
    return state, _redone(row.start_at, row.end_at, row.total, done), done


def _hidden(mode: str, some_metrics: bool) -> bool:
    """Return whether a task is hidden from upstream in every state."""
    return mode != REPROCESS or some_metrics


def _state(
    state: str | None,
    cursor: datetime.datetime | None,
    end_at: datetime.datetime,
    hidden: bool,
) -> str:
    """Return a row's state; ``in_state`` has the same as conditions."""
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
    """Return the beginning of the last of ``done`` periods."""
    if not done or not total:
        return None
    if total == 1:
        return start_at
    return start_at + (done - 1) * (end_at - start_at) / (total - 1)
