# SPDX-License-Identifier: Apache-2.0
"""The tasks of a batch: first those that an operator has to look at."""

import collections.abc
import dataclasses

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import columns as task_columns
from cloudkitty.db.tasks.row import conditions as task_conditions

_Model = task_models.Reprocess


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of the tasks of a batch; an empty filter selects all of them."""

    batch_id: str
    states: collections.abc.Collection[str] = ()
    scope_ids: collections.abc.Collection[str] = ()
    offset: int = 0
    limit: int | None = None

    @property
    def filters(self) -> task_filters.Filters:
        """The filters of the tasks on all pages."""
        return {
            "batch_ids": [self.batch_id],
            "states": self.states,
            "scope_ids": self.scope_ids,
        }


def find(session: orm.Session, which: Listing) -> list[task_records.Task]:
    """Return the tasks of a page.

    Failed tasks, then those that are attempted again after a failure, running
    ones, other unfinished ones, and those that ended otherwise; each by id.
    """
    unfinished = task_conditions.unfinished()
    urgency = sa.case(
        (task_conditions.in_state(states.State.FAILED.value), 0),
        (sa.and_(unfinished, _Model.attempts > 0), 1),
        (task_conditions.in_state(states.State.RUNNING.value), 2),
        (unfinished, 3),
        else_=4,
    )
    query = (
        task_columns.SELECT_TASK.where(
            *task_filters.conditions(session, which.filters)
        )
        .order_by(urgency, _Model.id)
        .offset(which.offset)
        .limit(which.limit)
    )
    return list(map(task_columns.task, session.connection().scalars(query)))
