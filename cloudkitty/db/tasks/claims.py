# SPDX-License-Identifier: Apache-2.0
"""Queries of workers on their tasks: claims, cursors, ends of claims."""

import collections.abc
import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import rowcount
from cloudkitty.db.tasks import conditions as task_conditions
from cloudkitty.db.tasks import due as due_tasks
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks import values as task_values

_Model = task_models.Reprocess
#: Statements on the table itself: the ORM's take twice as long to prepare.
_TABLE = typing.cast(sa.Table, _Model.__table__)
_SCHEDULED = states.State.SCHEDULED.value
_RUNNING = states.State.RUNNING.value
_SUCCEEDED = states.State.SUCCEEDED.value
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
_HIDE = _IF_CLAIMED.values(current_reprocess_time=_Model.end_reprocess_time)


def claim_next(
    session: orm.Session,
    *,
    owner: str,
    now: datetime.datetime,
    lease_seconds: int,
    skip: collections.abc.Collection[int] = (),
) -> task_records.Task | None:
    """Claim the oldest due task; None if none is due.

    Due are scheduled tasks without a later ``next_attempt_at``, running tasks
    with an expired lease, and unfinished tasks of upstream. A claim increments
    the token. Tasks that another worker is claiming are skipped.

    :param owner: name of the worker, for operators.
    :param skip: ids of tasks to ignore.
    """
    before = due_tasks.lock_oldest(session, now, skip)
    if before is None:
        return None
    expires_at = now + datetime.timedelta(seconds=lease_seconds)
    parameters = {
        "the_task": before.id,
        "the_start": now,
        "lease_owner": owner,
        "lease_expires_at": expires_at,
        "claimed_at": now,
        # Upstream may have continued it since it was written.
        "periods_done": before.periods_done,
        "claimed_done": before.periods_done,
        "updated_at": now,
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
        why=_taken_over(before),
    )
    # Equal to the row now, except for fractions of seconds.
    return dataclasses.replace(
        before,
        state=_RUNNING,
        lease_owner=owner,
        lease_token=before.lease_token + 1,
        lease_expires_at=expires_at,
        claimed_at=now,
        claimed_done=before.periods_done,
        started_at=before.started_at or now,
        updated_at=now,
    )


def next_expiry(session: orm.Session) -> datetime.datetime | None:
    """Return when the first lease expires; None if no lease exists."""
    return session.scalar(
        sa.select(sa.func.min(_Model.lease_expires_at)).where(
            task_conditions.in_state(_RUNNING)
        )
    )


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
        the_cursor=current_at,
        the_count=periods_done,
        periods_done=periods_done,
        lease_expires_at=lease_expires_at,
        updated_at=now,
    )


def complete(
    session: orm.Session,
    task_id: int,
    token: int,
    *,
    current_at: datetime.datetime,
    periods_done: int,
    now: datetime.datetime,
    by: str | None,
) -> bool:
    """Move the cursor to the end and end the claim: the task has succeeded.

    Combines ``advance`` and ``settle``.

    :param current_at: beginning of the last redone period.
    :param by: name of the worker, for the task's events.
    :returns: whether the claim was valid, and the cursor moved; otherwise
        nothing is written.
    """
    moved = _if_claimed(
        session,
        task_id,
        token,
        statement=_ADVANCE,
        the_cursor=current_at,
        the_count=periods_done,
        periods_done=periods_done,
        **_end_values(_SUCCEEDED, now),
    )
    if moved:
        task_events.add(
            session,
            task_id,
            at=now,
            from_state=_RUNNING,
            to_state=_SUCCEEDED,
            by=by,
        )
    return moved


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


def settle(
    session: orm.Session,
    task_id: int,
    token: int,
    *,
    state: str,
    now: datetime.datetime,
    last_error: str | None = None,
    next_attempt_at: datetime.datetime | None = None,
    attempts: int | None = None,
    by: str | None = None,
    why: str | None = None,
) -> bool:
    """End a claim: the task ends, or returns to the queue.

    :param last_error: None clears an earlier error.
    :param next_attempt_at: time before which it is not claimed again.
    :param attempts: failed attempts; None does not change the number.
    :param by: name of the worker, for the task's events.
    :param why: the reason, for the task's events.
    :returns: whether the claim was still valid; otherwise nothing is written.
    """
    values = _end_values(state, now)
    values |= {"last_error": last_error, "next_attempt_at": next_attempt_at}
    if attempts is not None:
        values["attempts"] = attempts
    statement = _HIDE if state in states.HIDDEN else _IF_CLAIMED
    if not _if_claimed(session, task_id, token, statement, **values):
        return False
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


def unclaim(
    session: orm.Session,
    task_id: int,
    token: int,
    *,
    now: datetime.datetime,
    next_attempt_at: datetime.datetime,
    by: str | None,
    why: str,
) -> bool:
    """Undo a claim without results, as if it had not happened.

    This adds no event: a task that waits for hours while its scope is busy
    would have thousands.

    :returns: whether the claim was still valid; otherwise nothing is written.
    """
    held = _if_claimed(
        session,
        task_id,
        token,
        state=_SCHEDULED,
        next_attempt_at=next_attempt_at,
        lease_owner=None,
        lease_expires_at=None,
        updated_at=now,
    )
    if held and not task_events.undo_claim(session, task_id):
        task_events.add(
            session,
            task_id,
            at=now,
            from_state=_RUNNING,
            to_state=_SCHEDULED,
            by=by,
            why=why,
        )
    return held


def count_periods(
    session: orm.Session,
    task_id: int,
    total: int,
    done: int,
    period_seconds: int,
) -> None:
    """Fill in the counters of a task that upstream wrote.

    :param period_seconds: length of the counted periods, stored as the task's.
    """
    session.execute(
        sa.update(_TABLE)
        .where(_Model.id == task_id)
        .values(
            periods_total=total,
            periods_done=done,
            claimed_done=done,
            period_seconds=period_seconds,
        )
    )


def _end_values(state: str, now: datetime.datetime) -> dict[str, object]:
    """Return the column values that end a claim."""
    values: dict[str, object] = {
        "state": state,
        "last_error": None,
        "next_attempt_at": None,
        "lease_owner": None,
        "lease_expires_at": None,
        "updated_at": now,
    }
    if state in states.TERMINAL:
        values["finished_at"] = now
    return values


def _taken_over(before: task_records.Task) -> str | None:
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


def count_kept(session: orm.Session, task_id: int, periods: int) -> None:
    """Add to the number of periods in which stored points were kept.

    For the transaction that moves the cursor past them.
    """
    session.connection().execute(
        sa.update(_TABLE)
        .where(_Model.id == task_id)
        .values(
            periods_kept=sa.func.coalesce(_Model.periods_kept, 0) + periods
        )
    )
