# SPDX-License-Identifier: Apache-2.0
"""Numbers of tasks by state, and the oldest waiting one, for metrics."""

import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import conditions

_Model = task_models.Reprocess
# Only the index on (state, id) is read.
_BY_STATE = sa.select(_Model.state, sa.func.count()).group_by(_Model.state)
#: Rows that upstream wrote have no state.
_UPSTREAMS = [
    sa.func.coalesce(
        sa.func.sum(sa.case((conditions.in_state(state), 1), else_=0)), 0
    ).label(state.value)
    for state in states.State
]
_OF_UPSTREAM = sa.select(*_UPSTREAMS).where(_Model.state.is_(None))
#: In the order of the index: ids ascend with the time of creation.
_OLDEST = (
    sa.select(_Model.created_at)
    .where(_Model.state == states.State.SCHEDULED.value)
    .order_by(_Model.id)
    .limit(1)
)


def by_state(session: orm.Session) -> dict[str, int]:
    """Return the number of tasks in each state, also those with none.

    A task that CloudKitty 25 has continued has the state before that.
    """
    counts = {state.value: 0 for state in states.State}
    for state, count in session.execute(_BY_STATE):
        if state in counts:
            counts[state] += count
        elif state is None:
            row = session.execute(_OF_UPSTREAM).one()
            for name, number in row._mapping.items():
                counts[name] += int(number)
    return counts


def oldest_waiting(session: orm.Session) -> datetime.datetime | None:
    """Return the creation time of the oldest scheduled task.

    :returns: ``None`` if no task is scheduled.
    """
    return session.scalar(_OLDEST)
