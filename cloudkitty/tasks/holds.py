# SPDX-License-Identifier: Apache-2.0
"""Rules of the operator because of which a task is not claimed now."""

import datetime

from sqlalchemy import orm

from cloudkitty.db.tasks import caps
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import governance

NOT_BEFORE = "not_before"
RUN_WINDOWS = "run_windows"
MAX_RUNNING = "max_running"


def find(
    session: orm.Session,
    task: task_records.Task,
    now: datetime.datetime,
    rules: governance.Rules,
) -> str | None:
    """Return the name of the rule that holds a waiting task, or ``None``.

    :param rules: of this process; processors may have other options.
    """
    if task.state not in states.WAITING:
        return None
    if task.not_before is not None and task.not_before > now:
        return NOT_BEFORE
    if rules.opens_at(now) > now:
        return RUN_WINDOWS
    if task.max_running is not None and (
        caps.count_running(session, task) >= task.max_running
    ):
        return MAX_RUNNING
    return None
