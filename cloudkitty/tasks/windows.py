# SPDX-License-Identifier: Apache-2.0
"""Check that no two unfinished tasks of a scope share a period."""

import collections.abc

from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.tasks import overlap as task_overlap
from cloudkitty.tasks import errors


def check_free(
    session: orm.Session,
    scope_ids: collections.abc.Collection[str],
    window: periods.Window,
    period_seconds: int,
) -> None:
    """Reject a window that shares a period with an unfinished task.

    Call ``scope_states.touch`` for the rows of the scopes before, in the same
    transaction: it makes concurrent requests for these scopes wait.

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
