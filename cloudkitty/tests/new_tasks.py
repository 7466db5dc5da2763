# SPDX-License-Identifier: Apache-2.0
"""Tasks of any scopes, put into the table without a request for them."""

import dataclasses
import datetime

import sqlalchemy as sa

from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks.row import values as task_values


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewTask(task_records.NewBatch):
    """A task to put there; ``scope_id`` need not be known."""

    scope_id: str


def make(
    scope_id: str, start_at: datetime.datetime, periods: int = 1, **fields
) -> NewTask:
    """Return a task of ``periods`` hours.

    :param start_at: beginning of the first one.
    :param fields: values of other fields.
    """
    return NewTask(
        scope_id=scope_id,
        start_at=start_at,
        end_at=start_at + datetime.timedelta(hours=periods - 1),
        periods_total=periods,
        **{"reason": "test", **fields},
    )


def insert(session, tasks, now):
    """Insert scheduled tasks, and the event of each batch's acceptance."""
    session.execute(
        sa.insert(task_models.Reprocess.__table__),
        [
            {"identifier": new.scope_id, **task_values.accepted(new, now)}
            for new in tasks
        ],
    )
    batches = {
        new.batch_id: new.needs_approval for new in tasks if new.has_row
    }
    for batch_id, approval in batches.items():
        session.execute(
            sa.insert(task_models.TaskBatch).values(
                batch_id=batch_id, approval=approval
            )
        )
    for batch_id in {new.batch_id for new in tasks} - {None}:
        task_events.add_accepted(session, batch_id, now)


def change(database, scope_id: str, **columns) -> None:
    """Set columns of the tasks of a scope."""
    table = task_models.Reprocess.__table__
    with database.writer() as session:
        session.execute(
            sa.update(table)
            .where(table.c.identifier == scope_id)
            .values(**columns)
        )
