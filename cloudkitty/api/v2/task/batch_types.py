# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v2/task/batches``."""

import typing

import wsme.types

from cloudkitty.api import fast_types
from cloudkitty.api import ordered
from cloudkitty.api.v2.task import approval_types
from cloudkitty.api.v2.task import overview
from cloudkitty.api.v2.task import rows
from cloudkitty.api.v2.task import types
from cloudkitty.db.tasks import batch_lists
from cloudkitty.db.tasks import batch_prices
from cloudkitty.db.tasks import batches as task_batches
from cloudkitty.db.tasks import states
from cloudkitty.tasks import batches
from cloudkitty.tasks import progress


class Batch(fast_types.Type):
    """The tasks of one request."""

    batch_id = wsme.types.text
    reason = wsme.types.text
    mode = wsme.types.text
    created_at = ordered.nullable(wsme.types.text)
    total = int
    #: Number of tasks in each state.
    states = {wsme.types.text: int}
    periods_total = int
    periods_done = int
    periods_kept = int
    #: From 0 to 1.
    progress = float
    #: Number of changed tasks, only in the response to a change.
    changed = ordered.optional(int)
    created_by = ordered.nullable(wsme.types.text)
    begin = wsme.types.text
    #: Exclusive.
    end = wsme.types.text
    periods_empty = int
    #: null if unknown.
    seconds_left = ordered.nullable(int)
    totals = types.Prices
    #: The next two only if they are set.
    not_before = ordered.optional(wsme.types.text)
    max_running = ordered.optional(int)
    #: null until a task has started.
    started_at = ordered.nullable(wsme.types.text)
    #: null while a task is unfinished.
    finished_at = ordered.nullable(wsme.types.text)
    #: The earliest further attempt of a waiting task, or null.
    next_attempt_at = ordered.nullable(wsme.types.text)
    first_scope_ids = [wsme.types.text]
    #: null if all metrics are selected.
    selected_metrics = ordered.nullable([wsme.types.text])
    allow_empty = wsme.types.wsattr(bool)
    #: The preview that was ordered as shown, or approved; or null.
    preview_batch_id = ordered.nullable(wsme.types.text)
    #: Batches that were ordered or approved with this preview.
    order_batch_ids = [wsme.types.text]

    @classmethod
    def of(cls, batch: batch_lists.ListedBatch) -> typing.Self:
        """Return the wire form of ``batch``."""
        counts = {
            state.value: batch.states.get(state, 0)
            for state, rule in states.RULES.items()
            if state in batch.states or not rule.by_option
        }
        shown = cls(
            batch_id=batch.batch_id,
            reason=batch.reason,
            mode=batch.mode,
            created_at=types.instant(batch.created_at),
            total=sum(counts.values()),
            states=counts,
            periods_total=batch.periods_total,
            periods_done=batch.periods_done,
            periods_kept=batch.periods_kept,
            progress=batch.periods_done / max(batch.periods_total, 1),
            created_by=batch.created_by,
            begin=types.instant(batch.begin),
            end=types.instant(batch.end),
            periods_empty=batch.periods_empty,
            seconds_left=progress.batch_seconds_left(batch),
            totals=types.Prices.of(batch.before, batch.after),
            started_at=types.instant(batch.started_at),
            finished_at=types.instant(batch.finished_at),
            next_attempt_at=types.instant(batch.next_attempt_at),
            first_scope_ids=list(batch.first_scope_ids),
            selected_metrics=(
                None
                if batch.selected_metrics is None
                else list(batch.selected_metrics)
            ),
            allow_empty=batch.allow_empty,
            preview_batch_id=batch.preview_batch_id,
            order_batch_ids=list(batch.order_batch_ids),
        )
        if batch.not_before is not None:
            shown.not_before = types.instant(batch.not_before)
        if batch.max_running is not None:
            shown.max_running = batch.max_running
        return shown


class Batches(typing.TypedDict):
    """A page of batches."""

    batches: list[Batch]
    total: int
    #: Only with ``include=overview``.
    overview: typing.NotRequired[overview.Overview]


class FailingTask(ordered.Base):
    """A task that failed, or is attempted again after a failure."""

    id = int
    scope_id = wsme.types.text
    last_error = ordered.nullable(wsme.types.text)
    failed_attempts = int
    #: null if it is due now, or is not attempted again.
    next_attempt_at = ordered.nullable(wsme.types.text)

    @classmethod
    def of(cls, task: task_batches.FailingTask) -> typing.Self:
        """Return the wire form of ``task``."""
        return cls(
            id=task.id,
            scope_id=task.scope_id,
            last_error=task.last_error,
            failed_attempts=task.failed_attempts,
            next_attempt_at=types.instant(task.next_attempt_at),
        )


class MetricPrices(ordered.Base):
    """Prices of one metric, as strings."""

    metric = wsme.types.text
    before = ordered.nullable(wsme.types.text)
    after = ordered.nullable(wsme.types.text)
    difference = ordered.nullable(wsme.types.text)

    @classmethod
    def of(cls, metric: str, prices: batch_prices.Prices) -> typing.Self:
        """Return the wire form of ``prices``."""
        return cls(
            metric=metric,
            before=types.money_text(prices.before),
            after=types.money_text(prices.after),
            difference=types.money_text(prices.difference),
        )


class BatchDetail(Batch):
    """A batch with its failing tasks and the prices of each metric."""

    failing = [FailingTask]
    metrics = [MetricPrices]
    #: Only of a batch that needs an approval.
    approval = ordered.optional(approval_types.Approval)
    #: Only of a preview; null until all its tasks have succeeded.
    digest = ordered.optional(wsme.types.text, nullable=True)
    #: Only with ``include=tasks``; failed ones first.
    tasks = ordered.optional([rows.Row])
    #: Number of tasks on all pages.
    tasks_total = ordered.optional(int)

    @classmethod
    def of_detail(cls, detail: batches.Detail) -> "BatchDetail":
        """Return the wire form of ``detail``."""
        shown = cls.of(detail.batch)
        shown.failing = [FailingTask.of(task) for task in detail.failing]
        shown.metrics = [
            MetricPrices.of(metric, prices)
            for metric, prices in detail.metrics.items()
        ]
        return shown
