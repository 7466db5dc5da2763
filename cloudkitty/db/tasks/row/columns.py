# SPDX-License-Identifier: Apache-2.0
"""Select the columns of tasks and decode the rows."""

import collections.abc
import datetime
import functools
import typing

import sqlalchemy as sa

from cloudkitty.db.sql import json_rows
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks.row import derived

_Model = task_models.Reprocess


#: Columns that lists show of a task.
LISTED = tuple(
    getattr(_Model, name)
    for name in (
        "id",
        "identifier",
        "start_reprocess_time",
        "end_reprocess_time",
        "current_reprocess_time",
        "reason",
        "state",
        "mode",
        "batch_id",
        "created_at",
        "started_at",
        "finished_at",
        "attempts",
        "last_error",
        "periods_total",
        "periods_done",
        "period_seconds",
        "periods_kept",
    )
) + (derived.OURS_ONLY,)
#: Columns of a whole task; the second part is named after the fields.
COLUMNS = LISTED + tuple(
    getattr(_Model, name) for name in task_records.Task.__slots__
)
_WHOLE = json_rows.Row(COLUMNS)
_LISTED = json_rows.Row(LISTED)
SELECT_TASK = sa.select(_WHOLE.column)
SELECT_LISTED = sa.select(_LISTED.column)


# Most tasks of a list have not changed since the last list.
@functools.lru_cache(maxsize=4096)
def listed(text: str) -> task_records.ListedTask:
    """Return the task of one row of ``SELECT_LISTED``."""
    return of_listed(_LISTED.values(text))


def of_listed(
    values: collections.abc.Sequence[typing.Any],
) -> task_records.ListedTask:
    """Return the task of the values of ``LISTED``."""
    return task_records.ListedTask(**_listed_fields(*values))


def task(text: str) -> task_records.Task:
    """Return the task of one row of ``SELECT_TASK``."""
    return of_whole(_WHOLE.values(text))


def of_whole(
    values: collections.abc.Sequence[typing.Any],
) -> task_records.Task:
    """Return the task of the values of ``COLUMNS``."""
    more = dict(
        zip(task_records.Task.__slots__, values[len(LISTED) :], strict=True)
    )
    if more["metrics"] is not None:
        more["metrics"] = tuple(more["metrics"])
    return task_records.Task(**_listed_fields(*values[: len(LISTED)]), **more)


def _listed_fields(
    task_id: int,
    identifier: str,
    start_at: datetime.datetime,
    end_at: datetime.datetime,
    cursor: datetime.datetime | None,
    reason: str,
    state: str | None,
    mode: str,
    batch_id: str | None,
    created_at: datetime.datetime | None,
    started_at: datetime.datetime | None,
    finished_at: datetime.datetime | None,
    attempts: int,
    last_error: str | None,
    periods_total: int | None,
    periods_done: int | None,
    period_seconds: int | None,
    periods_kept: int | None,
    ours_only: bool,
) -> dict[str, typing.Any]:
    """Return the fields of a row of ``LISTED`` columns."""
    effective_state, current_at, periods_done = derived.effective(
        derived.Row(
            state,
            mode,
            ours_only,
            start_at,
            end_at,
            cursor,
            periods_total,
            periods_done,
        )
    )
    return {
        "id": task_id,
        "scope_id": identifier,
        "start_at": start_at,
        "end_at": end_at,
        "current_at": current_at,
        "reason": reason,
        "state": effective_state,
        "mode": mode,
        "batch_id": batch_id,
        "created_at": created_at,
        "started_at": started_at,
        "finished_at": finished_at,
        "attempts": attempts,
        "last_error": last_error,
        "periods_total": periods_total,
        "periods_done": periods_done,
        "period_seconds": period_seconds,
        "periods_kept": periods_kept or 0,
    }
