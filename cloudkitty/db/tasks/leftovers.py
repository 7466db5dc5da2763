# SPDX-License-Identifier: Apache-2.0
"""Orphaned rows of deleted tasks.

A connection without foreign keys, such as a plain one to a SQLite file,
deletes a task and leaves its events, totals and notes.
"""

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.tasks import models as task_models

_CHILDREN = (
    task_models.TaskEvent,
    task_models.TaskTotal,
    task_models.TaskNote,
)


def delete_of_new(session: orm.Session, batch_id: str) -> None:
    """Delete the orphaned rows of tasks inserted in this transaction.

    Database servers always check foreign keys and have no such rows.

    :param batch_id: of the new tasks.
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    new = sa.select(task_models.Reprocess.id).where(
        task_models.Reprocess.batch_id == batch_id
    )
    for child in _CHILDREN:
        session.execute(
            sa.delete(child)
            .where(child.task_id.in_(new))
            .execution_options(synchronize_session=False)
        )
