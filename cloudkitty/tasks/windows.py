# SPDX-License-Identifier: Apache-2.0
"""Check the windows of tasks that are created, or retried after their end.

No two unfinished tasks of a scope share a period, and none has periods that
live rating has not rated.
"""

import collections.abc
import datetime

from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import overlap as task_overlap
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors
from cloudkitty.tasks import rated

States = collections.abc.Iterable[scope_records.ScopeState]


def lock(
    session: orm.Session, scope_ids: collections.abc.Collection[str]
) -> None:
    """Lock the rows of scopes, whose tasks are to have a window again.

    Concurrent requests for these scopes wait for the end of the transaction.

    :param scope_ids: not empty.
    """
    scope_updates.touch(session, scope_queries.find_ids(session, scope_ids))


def check_free(
    session: orm.Session,
    scope_ids: collections.abc.Collection[str],
    window: periods.Window,
    period_seconds: int,
) -> None:
    """Reject a window that shares a period with an unfinished task.

    Call ``lock``, or ``db.scopes.updates.touch`` on the rows of the scopes,
    before it in the same transaction.

    :raises cloudkitty.tasks.errors.OverlapsActiveTask: the message contains
        the tasks.
    """
    clashes = [
        (task.scope_id, task.start_at, task.end_at)
        for task in task_overlap.taken(
            session, period_seconds, window, scope_ids
        )
    ]
    if clashes:
        raise errors.OverlapsActiveTask(clashes)


def check_rated(
    scopes: States, end_at: datetime.datetime, period_seconds: int
) -> None:
    """Reject periods that live rating has not rated yet.

    :param end_at: beginning of the last period.
    :raises cloudkitty.tasks.errors.NotYetRated: the message contains the
        scopes.
    """
    late = _late(scopes, end_at, period_seconds)
    if late:
        raise errors.NotYetRated(late, end_at)


def check_again(
    session: orm.Session,
    tasks: collections.abc.Iterable[task_records.Task],
    period_seconds: int,
) -> None:
    """Check the window of tasks of one request before they are retried.

    While they had ended, the window could be given to another task, and the
    scope could be reset. Call ``lock`` before it in the same transaction.

    :raises cloudkitty.tasks.errors.NoLongerRated: if the scope was reset to a
        time within the window.
    :raises cloudkitty.tasks.errors.OverlapsActiveTask: as ``check_free``.
    """
    ended = [task for task in tasks if task.state in states.TERMINAL]
    if not ended:
        return
    first = ended[0]
    found = scope_queries.find(
        session, identifiers=sorted({task.scope_id for task in ended})
    )
    seconds = first.period(period_seconds)
    late = _late(_deciding(found, seconds), first.end_at, seconds)
    if late:
        raise errors.NoLongerRated(late, first.end_at)
    # A preview changes no data, so it may overlap other tasks.
    if first.mode != task_modes.PREVIEW:
        check_free(
            session,
            [task.scope_id for task in ended],
            first.window(period_seconds),
            period_seconds,
        )


def _deciding(
    found: States, period_seconds: int
) -> list[scope_records.ScopeState]:
    """Return the rows that say how far each identifier is rated.

    These are the active ones. Without one, it is the row that is rated
    furthest: the scope may be switched on while the task waits.
    """
    rows: dict[str, list[scope_records.ScopeState]] = {}
    for state in found:
        rows.setdefault(state.scope.identifier, []).append(state)
    deciding = []
    for of_one in rows.values():
        active = [state for state in of_one if state.active]
        deciding += active or [
            max(of_one, key=lambda state: rated.last_of(state, period_seconds))
        ]
    return deciding


def _late(
    scopes: States, end_at: datetime.datetime, period_seconds: int
) -> list[tuple[str, datetime.datetime]]:
    """Return the scopes that are not rated up to ``end_at``, and their end."""
    return [
        (state.scope.identifier, last)
        for state in scopes
        if end_at > (last := rated.last_of(state, period_seconds))
    ]
