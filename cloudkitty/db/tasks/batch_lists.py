# SPDX-License-Identifier: Apache-2.0
"""Lists of batches, with a fixed number of statements."""

import collections.abc
import dataclasses
import datetime
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import batch_counts
from cloudkitty.db.tasks import batch_prices
from cloudkitty.db.tasks import batches as task_batches
from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import first_scopes
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import preview_links
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import columns as task_columns
from cloudkitty.db.tasks.row import conditions as task_conditions

_Model = task_models.Reprocess
_HEAD: tuple[typing.Any, ...] = (
    _Model.batch_id,
    _Model.reason,
    _Model.mode,
    _Model.created_at,
    _Model.created_by,
    _Model.not_before,
    _Model.max_running,
    _Model.metrics,
    _Model.allow_empty,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListedBatch(task_batches.Batch):
    """A batch with the window, the prices and the pace of its tasks.

    :param created_by: id of the user who sent the request.
    :param begin: the earliest beginning of a window.
    :param end: the latest end of a window, exclusive.
    :param periods_empty: periods whose stored points were deleted.
    :param periods_left: of the tasks that wait for a processor or run.
    :param pace: periods completed in a second; None if it is unknown.
    :param before: price of the tasks whose result is known; None without any.
    :param after: their price now.
    :param not_before: as in the tasks, which all have the same.
    :param max_running: as in the tasks.
    :param started_at: when the first task started; None if none has.
    :param finished_at: when the last task finished; None while a task is
        unfinished.
    :param next_attempt_at: the earliest further attempt of a waiting task.
    :param first_scope_ids: scopes of the first tasks, at most
        ``first_scopes.MOST``.
    :param selected_metrics: metrics of the request; None selects all.
    :param allow_empty: that of the request.
    :param preview_batch_id: the preview that was ordered or approved.
    :param order_batch_ids: batches ordered or approved with this preview.
    """

    created_by: str | None
    begin: datetime.datetime
    end: datetime.datetime
    periods_empty: int
    periods_left: int
    pace: float | None
    before: decimal.Decimal | None
    after: decimal.Decimal | None
    not_before: datetime.datetime | None
    max_running: int | None
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    next_attempt_at: datetime.datetime | None
    first_scope_ids: tuple[str, ...]
    selected_metrics: tuple[str, ...] | None
    allow_empty: bool
    preview_batch_id: str | None
    order_batch_ids: tuple[str, ...]


def find(
    session: orm.Session,
    period_seconds: int,
    *,
    offset: int = 0,
    limit: int | None = None,
    **which: typing.Unpack[task_filters.Filters],
) -> list[ListedBatch]:
    """Return the batches with a task that has all properties, newest first.

    :param period_seconds: ``[collect] period``, for tasks without a period
        of their own.
    """
    first = (
        sa.select(sa.func.min(_Model.id).label("id"))
        .where(*_conditions(session, which))
        .group_by(_Model.batch_id)
        .order_by(sa.func.min(_Model.id).desc())
        .offset(offset)
        .limit(limit)
        .subquery("first_tasks")
    )
    heads = session.connection().execute(
        sa.select(*_HEAD)
        .join(first, first.c.id == _Model.id)
        .order_by(_Model.id.desc())
    )
    return _fill(session, period_seconds, heads.all())


def count(
    session: orm.Session, **which: typing.Unpack[task_filters.Filters]
) -> int:
    """Return the number of batches that ``find`` returns without paging."""
    query = sa.select(sa.func.count(_Model.batch_id.distinct()))
    return session.scalar(query.where(*_conditions(session, which))) or 0


def get(
    session: orm.Session, batch_id: str, period_seconds: int
) -> ListedBatch | None:
    """Return a batch; None if no task is of it.

    :param period_seconds: as for ``find``.
    """
    found = find(session, period_seconds, batch_ids=[batch_id])
    return found[0] if found else None


def failing(
    session: orm.Session, batch_id: str, most: int
) -> list[task_batches.FailingTask]:
    """Return failed tasks, then those that are attempted again.

    Oldest first; the first ``most`` of them.
    """
    failed = task_conditions.in_state(states.State.FAILED.value)
    again = sa.and_(task_conditions.unfinished(), _Model.attempts > 0)
    rows = session.connection().scalars(
        task_columns.SELECT_TASK.where(
            exact_text.one_of(session, _Model.batch_id, [batch_id]),
            sa.or_(failed, again),
        )
        .order_by(sa.case((failed, 0), else_=1), _Model.id)
        .limit(most)
    )
    return [
        task_batches.FailingTask.of(task)
        for task in map(task_columns.task, rows)
    ]


def _conditions(
    session: orm.Session, which: task_filters.Filters
) -> list[sa.ColumnElement[bool]]:
    # Tasks of upstream belong to no batch.
    return [
        _Model.batch_id.is_not(None),
        *task_filters.conditions(session, which),
    ]


def _fill(
    session: orm.Session,
    period_seconds: int,
    heads: collections.abc.Sequence[sa.Row[typing.Any]],
) -> list[ListedBatch]:
    """Return the batches of some rows of ``_HEAD``."""
    if not heads:
        return []
    mine = _Model.batch_id.in_([head.batch_id for head in heads])
    counts = batch_counts.count(session, mine)
    pace = batch_counts.pace(session, mine)
    emptied = batch_counts.emptied(session, mine, period_seconds)
    prices = batch_prices.of_batches(session, mine)
    scopes = first_scopes.find(
        session, [each.first_id for each in counts.values()]
    )
    links = preview_links.find(session, list(counts))
    found = []
    for head in heads:
        batch_id = head.batch_id
        counted = counts.get(batch_id)
        # Purged between two statements.
        if counted is None:
            continue
        price = prices.get(batch_id)
        found.append(
            ListedBatch(
                batch_id=batch_id,
                reason=head.reason,
                mode=head.mode,
                created_at=head.created_at,
                created_by=head.created_by,
                states=counted.states,
                periods_total=counted.total,
                periods_done=counted.done,
                periods_kept=counted.kept,
                periods_empty=emptied.get(batch_id, 0),
                periods_left=counted.left,
                begin=counted.begin,
                end=counted.end(period_seconds),
                pace=pace.get(batch_id),
                before=price.before if price else None,
                after=price.after if price else None,
                not_before=head.not_before,
                max_running=head.max_running,
                started_at=counted.started_at,
                finished_at=counted.finished_at,
                next_attempt_at=counted.next_attempt_at,
                first_scope_ids=scopes.get(counted.first_id, ()),
                selected_metrics=(
                    None if head.metrics is None else tuple(head.metrics)
                ),
                allow_empty=head.allow_empty,
                preview_batch_id=links.previews.get(batch_id),
                order_batch_ids=tuple(links.orders.get(batch_id, ())),
            )
        )
    return found
