# SPDX-License-Identifier: Apache-2.0
"""What deleted tasks left behind.

A connection without foreign keys on, as every plain one to a SQLite file is,
deletes a task and leaves its events, totals and notes.
"""

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import models
from cloudkitty.db import task_models

_CHILDREN = (
    task_models.TaskEvent,
    task_models.TaskTotal,
    task_models.TaskNote,
)


def delete_of_new(session: orm.Session, batch_id: str) -> None:
    """Delete what tasks have that were inserted in this transaction.

    Servers check foreign keys always: there is nothing to find there.

    :param batch_id: the tasks'.
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    new = sa.select(models.Reprocess.id).where(
        models.Reprocess.batch_id == batch_id
    )
    for child in _CHILDREN:
        session.execute(
            sa.delete(child)
            .where(child.task_id.in_(new))
            .execution_options(synchronize_session=False)
        )
