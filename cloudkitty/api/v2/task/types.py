# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v2/task``."""

import datetime
import decimal
import functools
import typing

import wsme.types

from cloudkitty.api import fast_types
from cloudkitty.api import ordered
from cloudkitty.api import render
from cloudkitty.common import money
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import progress


class ActiveScope(fast_types.Type):
    """A scope that a request for tasks can name."""

    scope_id = wsme.types.text
    #: Beginning of the last rated period.
    last_processed_timestamp = wsme.types.text
    #: null if no period is closed.
    closed_before = ordered.nullable(wsme.types.text)


class TaskTypes(ordered.Base):
    """The types of tasks: path segments below ``/v2/task``; and limits."""

    task_types = [wsme.types.text]
    #: ``[collect] period``: windows consist of such periods.
    period_seconds = int
    #: Maximum number of periods of a window.
    max_periods = int
    #: Maximum number of characters of a reason.
    max_reason = int
    #: The next two only if ``include`` names them.
    scopes = ordered.optional([ActiveScope])
    metrics = ordered.optional([wsme.types.text])


class Prices(fast_types.Type):
    """Prices of the tasks whose result is known, as strings."""

    before = ordered.nullable(wsme.types.text)
    after = ordered.nullable(wsme.types.text)

    @classmethod
    def of(
        cls, before: decimal.Decimal | None, after: decimal.Decimal | None
    ) -> typing.Self:
        """Return the wire form of two sums; None if they are unknown."""
        return cls(before=money_text(before), after=money_text(after))


class Reprocess(fast_types.Type):
    """One reprocessing task of one scope.

    The first five attributes are upstream's. Times are strings such as
    ``2021-06-01 00:00:00+00:00``.
    """

    scope_id = wsme.types.text
    reason = wsme.types.text
    start_reprocess_time = wsme.types.text
    #: Beginning of the last period.
    end_reprocess_time = wsme.types.text
    #: Beginning of the last completed period, or null.
    current_reprocess_time = ordered.nullable(wsme.types.text)
    id = int
    state = wsme.types.text
    mode = wsme.types.text
    batch_id = ordered.nullable(wsme.types.text)
    created_at = ordered.nullable(wsme.types.text)
    started_at = ordered.nullable(wsme.types.text)
    finished_at = ordered.nullable(wsme.types.text)
    failed_attempts = int
    #: The earlier name of ``failed_attempts``.
    attempts = int
    last_error = ordered.nullable(wsme.types.text)
    periods_total = int
    periods_done = int
    #: Periods in which stored points were kept.
    periods_kept = int
    #: From 0 to 1.
    progress = float
    #: null for a task created by upstream: ``[collect] period`` applies.
    period_seconds = ordered.nullable(int)

    @classmethod
    def of(
        cls, task: task_records.ListedTask, period_seconds: int
    ) -> typing.Self:
        """Return the wire form of ``task``.

        :param period_seconds: ``[collect] period``.
        """
        far = progress.of(task, period_seconds)
        return cls(
            scope_id=task.scope_id,
            reason=task.reason,
            start_reprocess_time=instant(task.start_at),
            end_reprocess_time=instant(task.end_at),
            current_reprocess_time=instant(far.current_at),
            id=task.id,
            state=task.state,
            mode=task.mode,
            batch_id=task.batch_id,
            created_at=instant(task.created_at),
            started_at=instant(task.started_at),
            finished_at=instant(task.finished_at),
            failed_attempts=task.attempts,
            attempts=task.attempts,
            last_error=task.last_error,
            periods_total=far.total,
            periods_done=far.done,
            periods_kept=task.periods_kept,
            progress=far.share,
            period_seconds=task.period_seconds,
        )


#: The text of a task.
ReprocessText = typing.Annotated[fast_types.Rendered, Reprocess]


# Most tasks of a list are unchanged between two requests: they have ended.
@functools.lru_cache(maxsize=4096)
def rendered(
    task: task_records.ListedTask, period_seconds: int
) -> ReprocessText:
    """Return the JSON of ``task``."""
    shown = Reprocess.of(task, period_seconds).to_json()
    return render.rendered(shown)


# The tasks of a list contain many equal times.
@functools.lru_cache(maxsize=4096)
def instant(at: datetime.datetime | None) -> str | None:
    """Return a time in the format of the task resources, in UTC."""
    if at is None:
        return None
    return at.astimezone(datetime.UTC).isoformat(sep=" ", timespec="seconds")


def money_text(value: decimal.Decimal | None) -> str | None:
    """Return an amount with all its digits, None for None."""
    return None if value is None else money.text(value)
