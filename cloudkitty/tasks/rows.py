# SPDX-License-Identifier: Apache-2.0
"""Tasks with their prices and estimates, for lists."""

import collections.abc
import dataclasses

from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.db.tasks import batch_prices
from cloudkitty.db.tasks import batch_tasks
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import progress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One task of a list.

    :param prices: of all metrics; None until the result is known.
    :param seconds_left: estimated seconds, or None if unknown.
    """

    task: task_records.Task
    prices: batch_prices.Prices | None
    seconds_left: int | None


def of(
    session: orm.Session,
    tasks: collections.abc.Sequence[task_records.Task],
    period_seconds: int,
) -> list[Row]:
    """Return the rows of tasks, in their order, with one statement.

    :param period_seconds: ``[collect] period``.
    """
    prices = batch_prices.of_tasks(session, [task.id for task in tasks])
    return [
        Row(
            task=task,
            prices=prices.get(task.id),
            seconds_left=progress.seconds_left(task, period_seconds),
        )
        for task in tasks
    ]


def of_batch(
    database: facade.Database,
    period_seconds: int,
    which: batch_tasks.Listing,
) -> tuple[list[Row], int]:
    """Return a page of the tasks of a batch, and their total number.

    Failed tasks come first; see ``db.tasks.batch_tasks.find``.

    :param period_seconds: ``[collect] period``.
    """
    with database.reader() as session:
        tasks = batch_tasks.find(session, which)
        total = task_queries.count(session, **which.filters)
        return of(session, tasks, period_seconds), total
