# SPDX-License-Identifier: Apache-2.0
"""Actions of operators on a task: pause, resume, retry, cancel."""

from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import log_fields
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.db import facade
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import closed
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance
from cloudkitty.tasks import notices
from cloudkitty.tasks import progress
from cloudkitty.tasks import transitions
from cloudkitty.tasks import windows

LOG = log.getLogger(__name__)


def change_state(
    database: facade.Database,
    clock: ck_clock.Clock,
    period_seconds: int,
    task_id: int,
    target: states.State,
    *,
    by: str | None = None,
    why: str | None = None,
    force: bool = False,
    rules: governance.Rules = governance.OFF,
    notifications: ck_notifications.Notifications = ck_notifications.SILENT,
) -> task_records.Task:
    """Change the state of a task to ``target`` and return the task.

    A processor that executes the task writes nothing afterwards. The data
    that it has stored, up to the task's cursor, are kept. A task that is
    already in the state is not changed.

    :param period_seconds: ``[collect] period``.
    :param target: a key of ``states.ACTIONS``.
    :param by: id of the requesting user, for the task's events.
    :param why: reason, for the task's events.
    :param force: whether closed periods may be rated again.
    :param rules: rules of the operator.
    :param notifications: receives a notification if the task is cancelled.
    :raises cloudkitty.tasks.errors.NoSuchTask: if the task does not exist.
    :raises cloudkitty.tasks.errors.IllegalTransition: if an operator cannot
        make this transition.
    :raises cloudkitty.tasks.errors.OverlapsActiveTask: if a failed task
        overlaps an unfinished task that was accepted later.
    :raises cloudkitty.tasks.errors.NoLongerRated: if the scope of a failed
        task was reset to a time within the window.
    :raises cloudkitty.tasks.errors.WindowClosed: if remaining periods of a
        task to retry or resume are closed.
    :raises cloudkitty.tasks.errors.ChangedMeanwhile: if the task changed
        concurrently.
    """

    def work(session: orm.Session) -> tuple[task_records.Task, bool]:
        task = _get(session, task_id)
        if task.state == target:
            return task, False
        transitions.check_action(states.State(task.state), target)
        if task.state in states.TERMINAL and target in states.UNFINISHED:
            windows.lock(session, [task.scope_id])
            windows.check_again(session, [task], period_seconds)
        reason = closed.check_tasks(
            session,
            [task],
            target,
            period_seconds,
            rules,
            force=force,
            why=why,
        )
        task = progress.counted(session, task, period_seconds)
        if not task_queries.transition(
            session, task, target, clock.now(), by=by, why=reason
        ):
            raise errors.ChangedMeanwhile()
        return _get(session, task_id), True

    task, changed = database.write(work)
    if changed:
        LOG.info(
            *log_fields.event(
                "task changed",
                task_id=task_id,
                state=target.value,
            ),
        )
        if target is states.State.CANCELLED:
            notices.tell(notifications, notices.CANCELLED, task)
    return task


def _get(session: orm.Session, task_id: int) -> task_records.Task:
    task = task_queries.get(session, task_id)
    if task is None:
        raise errors.NoSuchTask()
    return task
