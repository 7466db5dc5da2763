# SPDX-License-Identifier: Apache-2.0
"""Batches: show, pause, resume, retry or cancel all tasks of a request."""

import collections.abc
import dataclasses

from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.db import facade
from cloudkitty.db.tasks import batch_lists
from cloudkitty.db.tasks import batch_prices
from cloudkitty.db.tasks import batches as task_batches
from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import closed
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance
from cloudkitty.tasks import notices
from cloudkitty.tasks import windows

LOG = log.getLogger(__name__)


#: Maximum number of failing tasks that a batch shows.
MAX_FAILING = 100


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One batch with its failing tasks and the prices of each metric."""

    batch: batch_lists.ListedBatch
    failing: collections.abc.Sequence[task_batches.FailingTask]
    metrics: collections.abc.Mapping[str, batch_prices.Prices]


def read(
    database: facade.Database, period_seconds: int, batch_id: str
) -> Detail:
    """Return a batch.

    :param period_seconds: ``[collect] period``.
    :raises cloudkitty.tasks.errors.NoSuchBatch: if it does not exist.
    """
    with database.reader() as session:
        batch = batch_lists.get(session, batch_id, period_seconds)
        if batch is None:
            raise errors.NoSuchBatch()
        mine = task_filters.conditions(session, {"batch_ids": [batch_id]})
        return Detail(
            batch=batch,
            failing=batch_lists.failing(session, batch_id, MAX_FAILING),
            metrics=batch_prices.of_metrics(session, *mine),
        )


def find(
    database: facade.Database,
    period_seconds: int,
    *,
    offset: int,
    limit: int,
    filters: task_filters.Filters,
) -> tuple[list[batch_lists.ListedBatch], int]:
    """Return a page of the batches, newest first, and their total number.

    :param period_seconds: ``[collect] period``.
    :param filters: a batch is listed if one task has all properties.
    """
    with database.reader() as session:
        found = batch_lists.find(
            session, period_seconds, offset=offset, limit=limit, **filters
        )
        return found, batch_lists.count(session, **filters)


def change_state(
    database: facade.Database,
    clock: ck_clock.Clock,
    period_seconds: int,
    batch_id: str,
    target: states.State,
    *,
    by: str | None = None,
    why: str | None = None,
    force: bool = False,
    rules: governance.Rules = governance.OFF,
    notifications: ck_notifications.Notifications = ck_notifications.SILENT,
) -> int:
    """Change the state of the tasks of a batch to ``target`` where possible.

    The other tasks are not changed. All changes are made in one transaction.
    A processor that executes a changed task writes nothing afterwards.

    :param period_seconds: ``[collect] period``.
    :param target: a key of ``states.ACTIONS``.
    :param force: whether closed periods may be rated again.
    :param rules: rules of the operator.
    :returns: number of changed tasks.
    :raises cloudkitty.tasks.errors.NoSuchBatch: if it does not exist.
    :raises cloudkitty.tasks.errors.NoWayForAny: if no task can change to the
        state and none is in it.
    :raises cloudkitty.tasks.errors.OverlapsActiveTask: if a failed task
        overlaps an unfinished task that was accepted later; nothing is
        changed.
    :raises cloudkitty.tasks.errors.NoLongerRated: if the scope of a failed
        task was reset to a time within the window; nothing is changed.
    :raises cloudkitty.tasks.errors.WindowClosed: if remaining periods of a
        task to retry or resume are closed; nothing is changed.
    """

    def work(session: orm.Session) -> list[task_records.Task]:
        batch = _get(session, batch_id)
        if target in states.REOPENED:
            # Lock the rows of scopes before the rows of tasks, as ``accept``.
            windows.lock(session, task_batches.scope_ids(session, batch_id))
        tasks = task_batches.lock(session, batch_id, states.ACTIONS[target])
        if not tasks and target not in batch.states:
            raise errors.NoWayForAny(target, sorted(batch.states))
        if target in states.REOPENED:
            windows.check_again(session, tasks, period_seconds)
        reason = closed.check_tasks(
            session,
            tasks,
            target,
            period_seconds,
            rules,
            force=force,
            why=why,
        )
        task_batches.transition(
            session, tasks, target, clock.now(), by=by, why=reason
        )
        return tasks

    changed = database.write(work)
    LOG.info(
        *log_fields.event(
            "batch changed",
            batch_id=batch_id,
            state=target.value,
            tasks=len(changed),
        ),
    )
    if target is states.State.CANCELLED:
        notices.tell_batch(
            notifications,
            notices.CANCELLED,
            database,
            batch_id,
            only={task.id for task in changed},
        )
    return len(changed)


def _get(session: orm.Session, batch_id: str) -> task_batches.Batch:
    batch = task_batches.get(session, batch_id)
    if batch is None:
        raise errors.NoSuchBatch()
    return batch
