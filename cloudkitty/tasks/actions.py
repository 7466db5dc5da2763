# SPDX-License-Identifier: Apache-2.0
"""What an operator may do to a task: pause, resume, retry, cancel."""

from oslo_log import log
from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import notifications as ck_notifications
from cloudkitty.db import facade
from cloudkitty.db import reprocesses
from cloudkitty.db import rows
from cloudkitty.db import scope_states
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors
from cloudkitty.tasks import notices
from cloudkitty.tasks import progress
from cloudkitty.tasks import request as task_request
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
    notifications: ck_notifications.Notifications = ck_notifications.SILENT,
) -> rows.Task:
    """Put a task into the state ``target`` and return it.

    A processor that is at work on it writes nothing from then on; what it
    had stored stays, up to the task's cursor. A task that is in the state
    already is left as it is.

    :param period_seconds: ``[collect] period``.
    :param target: a key of ``states.ACTIONS``.
    :param by: user that asks, and
    :param why: in words, for the task's events.
    :param notifications: tells others of a cancelled task.
    :raises cloudkitty.tasks.errors.NoSuchTask: for an unknown id.
    :raises cloudkitty.tasks.errors.IllegalTransition: if there is no way.
    :raises cloudkitty.tasks.errors.OverlapsActiveTask: if the window of a
        failed task was given to another one since.
    :raises cloudkitty.tasks.errors.ChangedMeanwhile: if a processor was
        faster.
    """

    def work(session: orm.Session) -> tuple[rows.Task, bool]:
        task = reprocesses.get(session, task_id)
        if task is None:
            raise errors.NoSuchTask()
        if task.state == target:
            return task, False
        transitions.check_action(states.State(task.state), target)
        if (
            task.state in states.TERMINAL
            and target in states.UNFINISHED
            and task.mode != task_request.PREVIEW
        ):
            _take_window_again(session, task, period_seconds)
        task = progress.counted(session, task, period_seconds)
        if not reprocesses.transition(
            session, task, target, clock.now(), by=by, why=why
        ):
            raise errors.ChangedMeanwhile()
        changed = reprocesses.get(session, task_id)
        if changed is None:
            raise errors.NoSuchTask()
        return changed, True

    task, changed = database.write(work)
    if changed:
        LOG.info(
            "task changed task_id=%(task)d state=%(state)s",
            {"task": task_id, "state": target.value},
        )
        if target is states.State.CANCELLED:
            notices.tell(notifications, notices.CANCELLED, task)
    return task


def _take_window_again(
    session: orm.Session, task: rows.Task, period_seconds: int
) -> None:
    """Make sure that nobody has the window of a task that had ended."""
    found = scope_states.find(session, identifiers=[task.scope_id])
    scope_states.touch(session, [state.id for state in found])
    windows.check_free(
        session, [task.scope_id], task.window(period_seconds), period_seconds
    )
