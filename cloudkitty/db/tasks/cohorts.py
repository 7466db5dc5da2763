# SPDX-License-Identifier: Apache-2.0
"""Claims of cohorts: tasks of one batch that differ only in the scope.

The same writes as in ``claims``, for many tasks with a constant number of
statements. A write after the claim locks the rows first: their states and
tokens show which claims are still valid.
"""

import collections.abc
import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
from cloudkitty.db.tasks import caps as task_caps
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import due as due_tasks
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import modes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import values as task_values

_Model = task_models.Reprocess
#: Statements on the table itself: the ORM's take twice as long to prepare.
_TABLE = typing.cast(sa.Table, _Model.__table__)
_RUNNING = states.State.RUNNING.value
_SUCCEEDED = states.State.SUCCEEDED.value

Tasks = collections.abc.Collection[task_records.Task]


@dataclasses.dataclass(frozen=True, slots=True)
class Claimed:
    """Which claims of a cohort are valid; the rows are locked.

    :param valid: ids of the tasks whose claim is valid, and their number of
        completed periods.
    :param succeeded: ids of the tasks that have succeeded under their claim:
        an earlier attempt of the transaction was committed.
    """

    valid: dict[int, int]
    succeeded: frozenset[int]


def claim_next(
    session: orm.Session,
    most: int,
    *,
    owner: str,
    now: datetime.datetime,
    lease_seconds: int,
    skip: collections.abc.Collection[int] = (),
    most_periods: int | None = None,
) -> list[task_records.Task]:
    """Claim the oldest due task, and tasks of its batch that are like it.

    Alike are due tasks with the same window, progress, metrics and options,
    each of another scope. A task that failed before is claimed alone, and so
    are previews. Tasks that another worker is claiming are skipped.

    :param most: number of tasks to claim at most.
    :param most_periods: number of periods of all of them together at most;
        None means no limit. Tasks with long windows gain little by a cohort,
        so they are left to other workers.
    :param owner: name of the worker, for operators.
    :param skip: ids of tasks to ignore.
    :returns: oldest first; empty if none is due.
    """
    oldest = due_tasks.lock_oldest(session, now, skip)
    if oldest is None:
        return []
    first = task_claims.claim(
        session, oldest.task, owner=owner, now=now, lease_seconds=lease_seconds
    )
    if not (oldest.followed and _may_have_others(first)):
        return [first]
    if most_periods is not None:
        most = min(most, most_periods // _period_count(first))
    if first.max_running is not None:
        most = min(most, 1 + task_caps.room(session, first))
    if most < 2:
        return [first]
    found = due_tasks.lock_of_batch(
        session, now, str(first.batch_id), first.id, most - 1
    )
    others = _alike(first, found, skip)
    if not others:
        return [first]
    lease: dict[str, typing.Any] = {
        "lease_owner": owner,
        "lease_expires_at": first.lease_expires_at,
        "claimed_at": now,
        "claimed_done": first.claimed_done,
        "updated_at": now,
    }
    values = lease | {
        "state": _RUNNING,
        "lease_token": _TABLE.c.lease_token + 1,
        "started_at": sa.func.coalesce(
            _TABLE.c.started_at, sa.literal(now, _TABLE.c.started_at.type)
        ),
        # Upstream may have continued them since they were written.
        "periods_done": first.periods_done,
    }
    _update(session, [task.id for task in others], values)
    task_events.add_many(
        session,
        [task.id for task in others],
        at=now,
        from_states=[task.state for task in others],
        to_state=_RUNNING,
        by=owner,
        whys=[task_claims.taken_over(task) for task in others],
    )
    return [first] + [
        dataclasses.replace(
            task,
            state=_RUNNING,
            lease_token=task.lease_token + 1,
            started_at=task.started_at or now,
            **lease,
        )
        for task in others
    ]


def lock_claimed(session: orm.Session, tasks: Tasks) -> Claimed:
    """Lock the rows of claimed tasks; return which claims are valid.

    In the order of their ids, so that two transactions cannot deadlock.
    """
    tokens = {task.id: task.lease_token for task in tasks}
    valid: dict[int, int] = {}
    succeeded: set[int] = set()
    connection = session.connection()
    for piece in exact_text.chunks(sorted(tokens)):
        rows = connection.execute(
            sa.select(
                _TABLE.c.id,
                _TABLE.c.state,
                _TABLE.c.lease_token,
                _TABLE.c.periods_done,
            )
            .where(row_ids.among(_TABLE.c.id, piece))
            .order_by(_TABLE.c.id)
            .with_for_update()
        )
        for task_id, state, token, done in rows:
            if token != tokens[task_id]:
                continue
            if state == _RUNNING:
                valid[task_id] = done or 0
            elif state == _SUCCEEDED:
                succeeded.add(task_id)
    return Claimed(valid, frozenset(succeeded))


def renew(
    session: orm.Session,
    task_ids: collections.abc.Iterable[int],
    lease_expires_at: datetime.datetime,
) -> None:
    """Renew the leases of valid claims, whose rows are locked."""
    _update(session, task_ids, {"lease_expires_at": lease_expires_at})


def advance(
    session: orm.Session,
    task_ids: collections.abc.Iterable[int],
    *,
    current_at: datetime.datetime,
    periods_done: int,
    lease_expires_at: datetime.datetime,
    now: datetime.datetime,
) -> None:
    """Move the cursors of valid claims, whose rows are locked.

    :param current_at: beginning of the last redone period.
    """
    _update(
        session,
        task_ids,
        _progress(current_at, periods_done)
        | {"lease_expires_at": lease_expires_at, "updated_at": now},
    )


def release(
    session: orm.Session,
    task_ids: collections.abc.Collection[int],
    *,
    state: str,
    now: datetime.datetime,
    by: str,
    why: str | None = None,
    progress: tuple[datetime.datetime, int] | None = None,
    undo: bool = False,
) -> None:
    """End valid claims, whose rows are locked; no task has an error.

    :param state: new state of the tasks, which is not hidden from upstream.
    :param by: name of the worker, for the tasks' events.
    :param why: the reason, for the tasks' events.
    :param progress: also move the cursors: ``current_at`` and
        ``periods_done`` of ``advance``.
    :param undo: delete the events of the claims instead of adding others.
    """
    values = task_claims.released(state, now)
    values |= {"last_error": None, "next_attempt_at": None}
    if progress is not None:
        values |= _progress(*progress)
    _update(session, task_ids, values)
    undone = task_events.undo_claims(session, task_ids) if undo else ()
    left = [task_id for task_id in task_ids if task_id not in undone]
    task_events.add_many(
        session,
        left,
        at=now,
        from_states=[_RUNNING] * len(left),
        to_state=state,
        by=by,
        whys=[why] * len(left),
    )


def _period_count(task: task_records.Task) -> int:
    """Return the number of periods of the task's window."""
    if not task.period_seconds:
        # A task of upstream; it has no others.
        return 1
    window = task.window(task.period_seconds)
    return window.period_count(task.period_seconds)


def _may_have_others(first: task_records.Task) -> bool:
    """Return whether a task of upstream, or one that failed, is excluded."""
    return (
        first.batch_id is not None
        and first.mode == modes.REPROCESS
        and first.attempts == 0
        and first.last_error is None
        and first.periods_total is not None
        and first.periods_done is not None
    )


def _alike(
    first: task_records.Task,
    found: collections.abc.Iterable[task_records.Task],
    skip: collections.abc.Collection[int],
) -> list[task_records.Task]:
    """Return the tasks that differ from the first only in the scope."""
    passed = frozenset(skip)
    kind = _kind(first)
    others: dict[str, task_records.Task] = {}
    for task in found:
        if (
            task.id not in passed
            and task.scope_id != first.scope_id
            and _kind(task) == kind
        ):
            others.setdefault(task.scope_id, task)
    return list(others.values())


def _kind(task: task_records.Task) -> tuple[object, ...]:
    return (
        task.start_at,
        task.end_at,
        task.current_at,
        task.periods_done,
        task.periods_total,
        task.period_seconds,
        task.metrics,
        task.allow_empty,
        task.mode,
        task.attempts,
        task.last_error,
    )


def _progress(
    current_at: datetime.datetime, periods_done: int
) -> dict[str, typing.Any]:
    return {
        "current_reprocess_time": task_values.shown_cursor(
            _RUNNING, current_at
        ),
        "periods_done": periods_done,
    }


def _update(
    session: orm.Session,
    task_ids: collections.abc.Iterable[int],
    values: dict[str, typing.Any],
) -> None:
    """Change locked rows, in the order of their ids."""
    connection = session.connection()
    for piece in exact_text.chunks(sorted(task_ids)):
        connection.execute(
            sa.update(_TABLE)
            .where(row_ids.among(_TABLE.c.id, piece))
            .values(**values)
        )
