# SPDX-License-Identifier: Apache-2.0
"""Totals of the tasks of a batch, with a fixed number of statements."""

import collections.abc
import dataclasses

from cloudkitty.db import facade
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tasks import errors


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TaskTotals:
    """One task and its totals by metric; without any until it starts."""

    task: task_records.ListedTask
    totals: collections.abc.Sequence[task_records.TaskTotal]


def read(
    database: facade.Database, batch_id: str, *, offset: int, limit: int
) -> tuple[list[TaskTotals], int]:
    """Return a page of the tasks of a batch, by id, and their total number.

    :param limit: maximum number of tasks.
    :raises cloudkitty.tasks.errors.NoSuchBatch: if the batch does not exist.
    """
    with database.reader() as session:
        total = task_queries.count(session, batch_ids=[batch_id])
        if not total:
            raise errors.NoSuchBatch()
        tasks = task_queries.find_listed(
            session,
            batch_ids=[batch_id],
            ascending=True,
            offset=offset,
            limit=limit,
        )
        totals = task_totals.find_many(
            session, [task.id for task in tasks], days=False
        )
    found = [
        TaskTotals(task=task, totals=totals.get(task.id, ())) for task in tasks
    ]
    return found, total
