# SPDX-License-Identifier: Apache-2.0
"""SQL conditions on tasks: state, window, due tasks."""

import collections.abc
import datetime
import functools

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import modes
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import derived

_Model = task_models.Reprocess

#: States of upstream's rows, as plain texts for SQL.
_SCHEDULED = states.State.SCHEDULED.value
_RUNNING = states.State.RUNNING.value
_SUCCEEDED = states.State.SUCCEEDED.value
_CURSOR = _Model.current_reprocess_time
#: Condition that upstream may execute the task.
UPSTREAM_KNOWS = sa.and_(
    _Model.mode == modes.REPROCESS,
    *(column.is_(sa.null()) for column in derived.OURS),
)
#: Upstream has finished it, whatever the state column contains: upstream moves
#: only the cursor. We write the last cursor and the state in one statement.
_DONE = sa.and_(UPSTREAM_KNOWS, _CURSOR >= _Model.end_reprocess_time)
_NOT_DONE = sa.or_(
    sa.not_(UPSTREAM_KNOWS),
    _CURSOR.is_(None),
    _CURSOR < _Model.end_reprocess_time,
)
#: States in which upstream may have continued a task of ours.
_OPEN = sorted(state.value for state in states.OPEN)
#: Unfinished states of upstream's rows; ``derived`` reads them the same way.
_UPSTREAMS: dict[str, sa.ColumnElement[bool]] = {
    _SCHEDULED: _CURSOR.is_(None),
    _RUNNING: _CURSOR < _Model.end_reprocess_time,
}


@functools.cache
def in_state(state: str) -> sa.ColumnElement[bool]:
    """Return the condition that a row is a task in ``state``.

    For a row that upstream wrote, the cursor determines the state; a task of
    ours that upstream has finished has succeeded. ``derived`` has the
    equivalent for a fetched row.
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
    *more: sa.ColumnElement[bool],
) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for a row to be claimed, of which one must hold.

    They are separate because each is one range of the index on (state, id),
    but their disjunction is not.

    :param more: further conditions for tasks that wait.
    """
    attempted = sa.or_(
        _Model.next_attempt_at.is_(None), _Model.next_attempt_at <= now
    )
    begun = sa.or_(_Model.not_before.is_(None), _Model.not_before <= now)
    unleased = sa.or_(
        _Model.lease_expires_at.is_(None), _Model.lease_expires_at <= now
    )
    return (
        *(
            sa.and_(*_stored(state), attempted, begun, *more)
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
