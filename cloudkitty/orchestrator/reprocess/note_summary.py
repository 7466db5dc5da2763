# SPDX-License-Identifier: Apache-2.0
"""The log line of a task that did not replace all points."""

import collections.abc
import datetime

from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import exc

from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records

LOG = log.getLogger(__name__)

_KEPT = ("no_data", "undefined")


def warn(database: facade.Database, task_id: int, period_seconds: int) -> None:
    """Log one WARNING if the task has notes of kept or changed periods.

    A database error is only logged, because the task has ended.
    """
    try:
        with database.reader() as session:
            task = task_queries.get(session, task_id)
            notes = task_notes.find(session, task_id)
    # oslo.db does not convert every database error.
    except (db_exception.DBError, exc.SQLAlchemyError) as error:
        LOG.warning(
            *log_fields.event(
                "notes of a task not read",
                task_id=task_id,
                error=type(error).__name__,
            ),
        )
        return
    notes = [note for note in notes if note.kind != task_notes.FAILED]
    if task is None or not notes:
        return

    def count(*kinds: str) -> int:
        return _periods(
            [note for note in notes if note.kind in kinds], period_seconds
        )

    LOG.warning(
        *log_fields.event(
            "task kept or emptied stored points: GET "
            "/v2/task/{id}/periods lists them",
            task_id=task_id,
            scope_id=task.scope_id,
            batch_id=task.batch_id,
            mode=task.mode,
            periods_total=task.periods_total,
            periods_kept=count(*_KEPT),
            periods_emptied=count(task_notes.EMPTIED),
            periods_fewer_points=count("fewer_points"),
            metrics=len({note.metric for note in notes if note.metric}),
        )
    )


def _periods(
    notes: collections.abc.Iterable[task_records.TaskNote], period_seconds: int
) -> int:
    """Return the number of distinct periods that the notes cover."""
    covered = periods.covered((note.begin, note.end) for note in notes)
    return covered // datetime.timedelta(seconds=period_seconds)
