# SPDX-License-Identifier: Apache-2.0
"""Amounts of a window of a scope, by metric and by day."""

import collections
import collections.abc
import datetime
import decimal

from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator.reprocess import compare
from cloudkitty.storage import base as storage_base

Amounts = dict[str, task_records.Amount]

#: Days of a window at most whose totals are kept: they are one column.
MAX_DAYS = 400
NOTHING = task_records.Amount(
    points=0, qty=decimal.Decimal(0), price=decimal.Decimal(0), days={}
)


def measure(
    storage: storage_base.Storage,
    scope_key: str,
    scope_id: str,
    window: periods.Window,
    metrics: collections.abc.Sequence[str] | None,
    transaction: orm.Session | None = None,
) -> Amounts:
    """Return the stored amounts by metric.

    :param scope_key: ``[collect] scope_key``.
    :param metrics: only these metrics; None selects every metric.
    :param transaction: as for ``Storage.total``.
    :raises cloudkitty.storage.base.StorageError: if the request fails.
    """
    rows = _rows(
        storage,
        _query(scope_key, [scope_id], window, metrics),
        ["type"],
        transaction,
    )
    return _add_up(rows, keeps_days(window))


def measure_many(
    storage: storage_base.Storage,
    scope_key: str,
    scope_ids: collections.abc.Collection[str],
    window: periods.Window,
    metrics: collections.abc.Sequence[str] | None,
    transaction: orm.Session | None = None,
) -> dict[str, Amounts]:
    """Return the amounts of several scopes, by one request.

    Scopes without points are missing. The parameters are those of
    ``measure``.
    """
    rows = _rows(
        storage,
        _query(scope_key, scope_ids, window, metrics),
        [scope_key, "type"],
        transaction,
    )
    by_scope: dict[str, list[storage_base.TotalRow]] = {}
    for row in rows:
        by_scope.setdefault(row.groups[scope_key], []).append(row)
    days = keeps_days(window)
    return {
        scope_id: _add_up(of_one, days)
        for scope_id, of_one in by_scope.items()
    }


def keeps_days(window: periods.Window) -> bool:
    """Return whether the totals of the days of a window are kept."""
    return window.end - window.begin <= datetime.timedelta(days=MAX_DAYS)


def of_counts(
    counts: collections.abc.Iterable[storage_base.Count],
) -> Amounts:
    """Return the amounts of counts by metric, with those of days."""
    sums: dict[str, compare.Sums] = collections.defaultdict(compare.Sums)
    for count in counts:
        points = count.periods * count.points
        sums[count.metric].add(
            points, count.qty, count.rate, periods.day_of(count.begin)
        )
    return {
        name: found.amount(with_qty=True, with_days=True)
        for name, found in sums.items()
    }


def _query(
    scope_key: str,
    scope_ids: collections.abc.Iterable[str],
    window: periods.Window,
    metrics: collections.abc.Sequence[str] | None,
) -> storage_base.Query:
    return storage_base.Query(
        window=window,
        filters={scope_key: list(scope_ids)},
        metrics=metrics or (),
    )


def _rows(
    storage: storage_base.Storage,
    query: storage_base.Query,
    groupby: list[str],
    transaction: orm.Session | None,
) -> collections.abc.Sequence[storage_base.TotalRow]:
    """Return sums by day, or of the whole of a long window."""
    if keeps_days(query.window):
        return storage.daily(query, groupby, transaction=transaction)
    return storage.total(query, groupby, transaction=transaction).rows


def _add_up(
    rows: collections.abc.Iterable[storage_base.TotalRow], days: bool
) -> Amounts:
    """Return the amounts of one scope by metric.

    :param days: whether each row is of a day.
    """
    sums: dict[str, compare.Sums] = collections.defaultdict(compare.Sums)
    for row in rows:
        sums[row.groups["type"]].add(
            row.points, row.qty, row.rate, periods.day_of(row.begin)
        )
    return {
        name: found.amount(with_qty=True, with_days=days)
        for name, found in sums.items()
    }


def before(
    amounts: Amounts, metrics: collections.abc.Iterable[str]
) -> list[task_records.TaskTotal]:
    """Return the totals of a task that begins.

    :param metrics: the metrics that it collects. A metric without stored
        points has zero amounts, so that every task has totals.
    """
    names = sorted({*amounts, *metrics})
    return [
        task_records.TaskTotal(metric=name, before=amounts.get(name, NOTHING))
        for name in names
    ]


def after(
    totals: collections.abc.Iterable[task_records.TaskTotal], amounts: Amounts
) -> list[task_records.TaskTotal]:
    """Return the totals of a task that has ended.

    :param totals: the totals from the beginning of the task.
    :param amounts: the amounts stored now.
    """
    was = {total.metric: total.before for total in totals}
    return [
        task_records.TaskTotal(
            metric=name,
            before=was.get(name, NOTHING),
            after=amounts.get(name, NOTHING),
        )
        for name in sorted({*was, *amounts})
    ]
