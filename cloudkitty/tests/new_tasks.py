# SPDX-License-Identifier: Apache-2.0
"""Tasks of any scopes, put into the table without a request for them."""

import dataclasses

import sqlalchemy as sa

from cloudkitty.db import models
from cloudkitty.db import rows
from cloudkitty.db import task_events
from cloudkitty.db import task_rows


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewTask(rows.NewBatch):
    """A task to put there; ``scope_id`` need not be known."""

    scope_id: str


def insert(session, tasks, now):
    """Insert scheduled tasks, and the event of each batch's acceptance."""
    session.execute(
        sa.insert(models.Reprocess.__table__),
        [
            {"identifier": new.scope_id, **task_rows.values(new, now)}
            for new in tasks
        ],
    )
    for batch_id in {new.batch_id for new in tasks} - {None}:
        task_events.add_accepted(session, batch_id, now)
