# SPDX-License-Identifier: Apache-2.0
"""Tasks, their events, totals and notes: frozen, with aware UTC times."""

import collections.abc
import dataclasses
import datetime
import decimal

from cloudkitty.common import periods
from cloudkitty.db.tasks import modes


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListedTask:
    """The columns for lists of ``storage_scope_reprocessing_schedule``.

    ``state`` is never None here: for a task of upstream it is derived from
    the cursor, and a task that upstream finished has succeeded.
    ``current_at`` is the beginning of the last redone period, None before the
    first, and matches ``periods_done`` where the counters are filled.
    ``period_seconds`` is ``[collect] period`` at the creation of the task,
    None for a task of upstream.
    """

    id: int
    scope_id: str
    start_at: datetime.datetime
    end_at: datetime.datetime
    current_at: datetime.datetime | None
    reason: str
    state: str
    mode: str = modes.REPROCESS
    batch_id: str | None = None
    created_at: datetime.datetime | None = None
    started_at: datetime.datetime | None = None
    finished_at: datetime.datetime | None = None
    attempts: int = 0
    last_error: str | None = None
    periods_total: int | None = None
    periods_done: int | None = None
    period_seconds: int | None = None
    periods_kept: int = 0

    def period(self, period_seconds: int) -> int:
        """Return the length of the task's periods in seconds.

        :param period_seconds: ``[collect] period``, for a task without a
            period of its own.
        """
        return self.period_seconds or period_seconds

    def window(self, period_seconds: int) -> periods.Window:
        """Return the window of the task; the argument is as for ``period``."""
        return periods.Window.of_reprocess(
            self.start_at, self.end_at, self.period(period_seconds)
        )

    def rest(self, period_seconds: int) -> periods.Window | None:
        """Return the part of the window after the cursor; None if it is empty.

        The argument is as for ``period``.
        """
        window = self.window(period_seconds)
        begin = window.begin
        if self.current_at is not None:
            begin = self.current_at + datetime.timedelta(
                seconds=self.period(period_seconds)
            )
        if begin >= window.end:
            return None
        return periods.Window(begin, window.end)

    def shares(self, window: periods.Window, period_seconds: int) -> bool:
        """Return whether the task's window and ``window`` overlap.

        :param period_seconds: as for ``period``.
        """
        # Differences: upstream's rows may end at the latest possible time.
        length = datetime.timedelta(seconds=self.period(period_seconds))
        return (
            self.start_at < window.end and window.begin - self.end_at < length
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Task(ListedTask):
    """All columns of a row of ``storage_scope_reprocessing_schedule``.

    :param not_before: time before which it is not claimed; None: no limit.
    :param max_running: number of tasks of its batch that may run at once;
        None: no limit.
    """

    metrics: tuple[str, ...] | None = None
    allow_empty: bool = False
    created_by: str | None = None
    project_id: str | None = None
    request_id: str | None = None
    updated_at: datetime.datetime | None = None
    next_attempt_at: datetime.datetime | None = None
    lease_owner: str | None = None
    lease_token: int = 0
    lease_expires_at: datetime.datetime | None = None
    claimed_at: datetime.datetime | None = None
    claimed_done: int | None = None
    not_before: datetime.datetime | None = None
    max_running: int | None = None

    @property
    def first_claim(self) -> bool:
        """Whether the current claim is the first one of the task."""
        return self.claimed_at == self.started_at


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """The common attributes of the tasks of one request.

    :param needs_approval: whether they await an approval; no column, like
        the next two.
    :param preview_batch_id: batch of the preview that is ordered as shown.
    :param preview_digest: digest of that preview.
    """

    start_at: datetime.datetime
    end_at: datetime.datetime
    reason: str
    periods_total: int
    period_seconds: int | None = None
    mode: str = modes.REPROCESS
    batch_id: str | None = None
    metrics: tuple[str, ...] | None = None
    allow_empty: bool = False
    not_before: datetime.datetime | None = None
    max_running: int | None = None
    created_by: str | None = None
    project_id: str | None = None
    request_id: str | None = None
    needs_approval: bool = False
    preview_batch_id: str | None = None
    preview_digest: str | None = None

    @property
    def has_row(self) -> bool:
        """Whether the batch has a row in ``cloudkitty_task_batches``."""
        return (
            self.max_running is not None
            or self.needs_approval
            or self.preview_batch_id is not None
        )

    @property
    def ours_only(self) -> bool:
        """Whether upstream's processor would ignore an attribute."""
        return any(
            value is not None
            for value in (self.metrics, self.not_before, self.max_running)
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent:
    """One transition of a task.

    :param from_state: None for the acceptance. The same as ``to_state`` when
        a task was taken over from a processor that died.
    :param by: a user's id, or the name of a processor's worker.
    :param why: the reason as text; None if the states suffice.
    """

    at: datetime.datetime
    from_state: str | None
    to_state: str
    by: str | None
    why: str | None


#: Prices by day in UTC.
Days = collections.abc.Mapping[datetime.date, decimal.Decimal]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Number of points, and their sums.

    :param points: number of points.
    :param qty: sum of their quantities; None where it has no meaning.
    :param price: sum of their prices.
    :param days: sum of the prices of each day in UTC with points; None if it
        is unknown.
    """

    points: int
    price: decimal.Decimal
    qty: decimal.Decimal | None = None
    days: Days | None = dataclasses.field(default=None, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Differences between the stored points and those of a preview.

    :param equal: points that would not change.
    :param changed: points whose quantity, price or metadata would change;
        ``price`` is the difference in price.
    :param missing: stored points that would be deleted.
    :param extra: points that would be new.
    """

    equal: Amount
    changed: Amount
    missing: Amount
    extra: Amount


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TaskTotal:
    """The totals of one metric in a task's window.

    :param before: totals of the points stored before the task.
    :param after: None until the task has succeeded. For a preview, both are
        the totals of the periods done so far.
    :param comparison: of previews only.
    """

    metric: str
    before: Amount
    after: Amount | None = None
    comparison: Comparison | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TaskNote:
    """Consecutive periods of a task with a special result.

    :param begin: beginning of the first one.
    :param end: end of the last one.
    :param kind: ``no_data``: nothing was collected and the stored points
        were kept; ``undefined``: points of a metric without definition were
        kept; ``emptied``: nothing was collected and the stored points were
        deleted, as ``allow_empty`` allows; ``fewer_points``: replaced by
        fewer than half as many; ``failed``: the last attempt ended here.
    :param detail: the error's text; the numbers of ``fewer_points``.
    :param metric: the metric concerned; None: the whole period.
    """

    begin: datetime.datetime
    end: datetime.datetime
    kind: str
    detail: str | None = None
    metric: str | None = None
