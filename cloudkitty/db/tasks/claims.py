# SPDX-License-Identifier: Apache-2.0
"""Claims of tasks: claim, renew, move the cursor, release.

Every write after the claim contains the token of the claim, and changes
nothing if another worker has claimed the task.
"""

import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import rowcount
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import conditions as task_conditions
from cloudkitty.db.tasks.row import values as task_values

_Model = task_models.Reprocess
#: Statements on the table itself: the ORM's take twice as long to prepare.
_TABLE = typing.cast(sa.Table, _Model.__table__)
_RUNNING = states.State.RUNNING.value
# Compiled once: compiling takes longer than executing.
_THE_CURSOR = sa.bindparam(
    "the_cursor", type_=_Model.current_reprocess_time.type
)
_MINE = _Model.id == sa.bindparam("the_task")
_CLAIM = (
    sa.update(_TABLE)
    .where(_MINE)
    .values(
        state=_RUNNING,
        lease_token=_Model.lease_token + 1,
        started_at=sa.func.coalesce(
            _Model.started_at,
            sa.bindparam("the_start", type_=_Model.started_at.type),
        ),
    )
)
#: The cursor column of a hidden task does not hold its cursor.
_CLAIM_HIDDEN = _CLAIM.values(
    current_reprocess_time=task_values.shown_cursor(_RUNNING, _THE_CURSOR)
)
_IF_CLAIMED = sa.update(_TABLE).where(
    _MINE,
    _Model.state == _RUNNING,
    _Model.lease_token == sa.bindparam("the_token"),
)
_ADVANCE = _IF_CLAIMED.where(
    sa.or_(
        _Model.periods_done.is_(None),
        _Model.periods_done < sa.bindparam("the_count"),
    )
).values(
    current_reprocess_time=task_values.shown_cursor(_RUNNING, _THE_CURSOR)
)
#: First end of a lease, and first ``not_before``.
_NEXT_DUE = sa.select(
    sa.select(sa.func.min(_Model.lease_expires_at))
    .where(task_conditions.in_state(_RUNNING))
    .scalar_subquery(),
    sa.select(sa.func.min(_Model.not_before))
    .where(
        task_conditions.in_any(states.WAITING),
        _Model.not_before > sa.bindparam("now", type_=_Model.not_before.type),
    )
    .scalar_subquery(),
)
_HIDE = _IF_CLAIMED.values(current_reprocess_time=_Model.end_reprocess_time)


def claim(
    session: orm.Session,
    before: task_records.Task,
    *,
    owner: str,
    now: datetime.datetime,
    lease_seconds: int,
) -> task_records.Task:
    """Claim a due task, whose row is locked; return it with its claim.

    The claim increments the token.

    :param before: the task.
    :param owner: name of the worker, for operators.
    """
    lease: dict[str, typing.Any] = {
        "lease_owner": owner,
        "lease_expires_at": now + datetime.timedelta(seconds=lease_seconds),
        "claimed_at": now,
        "claimed_done": before.periods_done,
        "updated_at": now,
    }
    parameters = lease | {
        "the_task": before.id,
        "the_start": now,
        # Upstream may have continued it since it was written.
        "periods_done": before.periods_done,
    }
    statement = _CLAIM
    if before.state in states.HIDDEN:
        statement = _CLAIM_HIDDEN
        parameters["the_cursor"] = before.current_at
    session.connection().execute(statement, parameters)
    task_events.add(
        session,
        before.id,
        at=now,
        from_state=before.state,
        to_state=_RUNNING,
        by=owner,
        why=taken_over(before),
    )
    # Equal to the row now, except for fractions of seconds.
    return dataclasses.replace(
        before,
        state=_RUNNING,
        lease_token=before.lease_token + 1,
        started_at=before.started_at or now,
        **lease,
    )


def next_due(
    session: orm.Session, now: datetime.datetime
) -> datetime.datetime | None:
    """Return when the first lease expires or the first ``not_before`` passes.

    None if neither exists. Times of ``not_before`` up to ``now`` are ignored.
    """
    row = session.connection().execute(_NEXT_DUE, {"now": now}).one()
    return min((at for at in row if at is not None), default=None)


def advance(
    session: orm.Session,
    task_id: int,
    token: int,
    *,
    current_at: datetime.datetime,
    periods_done: int,
    lease_expires_at: datetime.datetime,
    now: datetime.datetime,
) -> bool:
    """Move the cursor and renew the lease, if the claim is still valid.

    :param current_at: beginning of the last redone period.
    :returns: whether the claim was valid, and the cursor moved.
    """
    return _if_claimed(
        session,
        task_id,
        token,
        statement=_ADVANCE,
        **_progress(current_at, periods_done),
        lease_expires_at=lease_expires_at,
        updated_at=now,
    )


def renew(
    session: orm.Session,
    task_id: int,
    token: int,
    lease_expires_at: datetime.datetime,
) -> bool:
    """Renew the lease; return whether the claim is still valid."""
    return _if_claimed(
        session, task_id, token, lease_expires_at=lease_expires_at
    )


def release(
    session: orm.Session,
    task_id: int,
    token: int,
    *,
    state: str,
    now: datetime.datetime,
    last_error: str | None = None,
    next_attempt_at: datetime.datetime | None = None,
    attempts: int | None = None,
    progress: tuple[datetime.datetime, int] | None = None,
    by: str | None = None,
    why: str | None = None,
    undo: bool = False,
) -> bool:
    """End a claim: the task ends, or waits for another claim.

    :param state: new state of the task.
    :param last_error: None clears an earlier error.
    :param next_attempt_at: time before which it is not claimed again.
    :param attempts: consecutive failures; None does not change the number.
    :param progress: also move the cursor, as ``advance``: its ``current_at``
        and ``periods_done``. Only for a task that succeeds.
    :param by: name of the worker, for the task's events.
    :param why: the reason, for the task's events.
    :param undo: delete the event of the claim instead of adding another one:
        a task that waits for hours while its scope is locked would have
        thousands.
    :returns: whether the claim was valid, and the cursor moved; otherwise
        nothing is written.
    """
    values = released(state, now)
    values |= {"last_error": last_error, "next_attempt_at": next_attempt_at}
    if attempts is not None:
        values["attempts"] = attempts
    statement = _HIDE if state in states.HIDDEN else _IF_CLAIMED
    if progress is not None:
        statement = _ADVANCE
        values |= _progress(*progress)
    if not _if_claimed(session, task_id, token, statement, **values):
        return False
    if undo and task_events.undo_claim(session, task_id):
        return True
    task_events.add(
        session,
        task_id,
        at=now,
        from_state=_RUNNING,
        to_state=state,
        by=by,
        why=why,
    )
    return True


def released(state: str, now: datetime.datetime) -> dict[str, object]:
    """Return the values of the columns of a claim that ends."""
    values: dict[str, object] = {
        "state": state,
        "lease_owner": None,
        "lease_expires_at": None,
        "updated_at": now,
    }
    if state in states.TERMINAL:
        values["finished_at"] = now
    return values


def _progress(
    current_at: datetime.datetime, periods_done: int
) -> dict[str, object]:
    """Return the values of ``_ADVANCE``."""
    return {
        "the_cursor": current_at,
        "the_count": periods_done,
        "periods_done": periods_done,
    }


def taken_over(before: task_records.Task) -> str | None:
    """Return why a running task can be claimed; None if it is not running."""
    if before.state != _RUNNING:
        return None
    if before.lease_owner is None:
        return "an upstream processor had started it"
    return f"the lease of {before.lease_owner} had expired"


def _if_claimed(
    session: orm.Session,
    task_id: int,
    token: int,
    statement: sa.Update = _IF_CLAIMED,
    **values: object,
) -> bool:
    """Change the task if the claim is still valid; return whether it is.

    :param values: of columns, and of the statement's own parameters.
    """
    met = rowcount.count(
        session,
        statement,
        {"the_task": task_id, "the_token": token, **values},
    )
    return met == 1
