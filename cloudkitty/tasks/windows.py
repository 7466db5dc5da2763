# SPDX-License-Identifier: Apache-2.0
"""No two unfinished tasks of a scope share a period."""

import collections.abc

from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db import task_windows
from cloudkitty.tasks import errors


def check_free(
    session: orm.Session,
    scope_ids: collections.abc.Collection[str],
    window: periods.Window,
    period_seconds: int,
) -> None:
    """Refuse a window of which an unfinished task has a period.

    Only sure after ``scope_states.touch`` of the scopes' rows in the same
    transaction: it makes others who would take a window wait.

    :raises cloudkitty.tasks.errors.OverlapsActiveTask: naming the tasks.
    """
    clashes = [
        (task.scope_id, task.start_at, task.end_at)
        for task in task_windows.taken(
            session, period_seconds, window, scope_ids
        )
    ]
    if clashes:
        raise errors.OverlapsActiveTask(clashes)
