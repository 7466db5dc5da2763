# SPDX-License-Identifier: Apache-2.0
"""Notifications on tasks: ``rating.task.<event>``."""

import collections.abc
import contextlib
import datetime
import typing

from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import exc

from cloudkitty.common import log_fields
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.db import facade
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states

LOG = log.getLogger(__name__)

CREATED = "created"
STARTED = "started"
FINISHED = "finished"
FAILED = states.State.FAILED.value
CANCELLED = states.State.CANCELLED.value
APPROVED = "approved"

#: Number of tasks of a batch that are read in one query.
_PAGE = 1000


def tell(
    notifications: ck_notifications.Notifications,
    event: str,
    task: task_records.Task,
) -> None:
    """Send a notification on one task. Call it after the commit."""
    if notifications.enabled:
        notifications.send(f"rating.task.{event}", payload(task))


def tell_batch(
    notifications: ck_notifications.Notifications,
    event: str,
    database: facade.Database,
    batch_id: str,
    *,
    only: collections.abc.Container[int] | None = None,
) -> None:
    """Send a notification on each task of a batch, oldest first.

    The event is committed already, so a database error is only logged.

    :param only: ids of the tasks to notify; ``None`` selects all tasks.
    """
    if notifications.enabled:
        with _losing(event, batch_id):
            _tell_batch(notifications, event, database, batch_id, only)


def tell_now(
    notifications: ck_notifications.Notifications,
    event: str,
    database: facade.Database,
    task_id: int,
) -> None:
    """Send a notification with the current row of a task.

    As in ``tell_batch``, a database error is only logged.
    """
    if notifications.enabled:
        with _losing(event, task_id), database.reader() as session:
            task = task_queries.get(session, task_id)
            if task is not None:
                tell(notifications, event, task)


def tell_each(
    notifications: ck_notifications.Notifications,
    event: str,
    database: facade.Database,
    task_ids: collections.abc.Sequence[int],
) -> None:
    """Do ``tell_now`` for several tasks; they are read by one query."""
    if notifications.enabled and task_ids:
        with _losing(event, f"{len(task_ids)} tasks"):
            with database.reader() as session:
                tasks = task_queries.get_many(session, task_ids)
            for task in tasks:
                tell(notifications, event, task)


@contextlib.contextmanager
def _losing(event: str, whose: object) -> collections.abc.Iterator[None]:
    """Log a lost notification and continue."""
    try:
        yield
    # oslo.db does not translate every database error.
    except (db_exception.DBError, exc.SQLAlchemyError) as error:
        LOG.warning(
            *log_fields.event(
                "notifications lost",
                unit=whose,
                event_type=event,
                error=type(error).__name__,
            ),
        )


def _tell_batch(
    notifications: ck_notifications.Notifications,
    event: str,
    database: facade.Database,
    batch_id: str,
    only: collections.abc.Container[int] | None,
) -> None:
    marker: int | None = None
    while True:
        with database.reader() as session:
            page = task_queries.find(
                session,
                batch_ids=[batch_id],
                ascending=True,
                marker=marker,
                limit=_PAGE,
            )
        for task in page:
            if only is None or task.id in only:
                tell(notifications, event, task)
        if len(page) < _PAGE:
            return
        marker = page[-1].id


def payload(task: task_records.Task) -> dict[str, typing.Any]:
    """Return the payload for ``task``; times are ISO 8601, in UTC."""
    return {
        "id": task.id,
        "batch_id": task.batch_id,
        "scope_id": task.scope_id,
        "mode": task.mode,
        "state": task.state,
        "reason": task.reason,
        "start_reprocess_time": _iso(task.start_at),
        "end_reprocess_time": _iso(task.end_at),
        "metrics": None if task.metrics is None else list(task.metrics),
        "periods_total": task.periods_total,
        "periods_done": task.periods_done,
        "periods_kept": task.periods_kept,
        "failed_attempts": task.attempts,
        # The earlier name.
        "attempts": task.attempts,
        "last_error": task.last_error,
        "created_by": task.created_by,
        "created_at": _iso(task.created_at),
        "started_at": _iso(task.started_at),
        "finished_at": _iso(task.finished_at),
    }


def _iso(at: datetime.datetime | None) -> str | None:
    return None if at is None else at.isoformat()
