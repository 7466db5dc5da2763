# SPDX-License-Identifier: Apache-2.0
"""Amounts of a window of a scope, by metric."""

import collections
import collections.abc
import decimal

from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator.reprocess import compare
from cloudkitty.storage import base as storage_base

Amounts = dict[str, task_records.Amount]

NOTHING = task_records.Amount(
    points=0, qty=decimal.Decimal(0), price=decimal.Decimal(0)
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
    totals = storage.total(
        storage_base.Query(
            window=window,
            filters={scope_key: [scope_id]},
            metrics=metrics or (),
        ),
        ["type"],
        transaction=transaction,
    )
    return {
        row.groups["type"]: task_records.Amount(
            points=row.points, qty=row.qty, price=row.rate
        )
        for row in totals.rows
    }


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
    totals = storage.total(
        storage_base.Query(
            window=window,
            filters={scope_key: list(scope_ids)},
            metrics=metrics or (),
        ),
        [scope_key, "type"],
        transaction=transaction,
    )
    found: dict[str, Amounts] = {}
    for row in totals.rows:
        found.setdefault(row.groups[scope_key], {})[row.groups["type"]] = (
            task_records.Amount(points=row.points, qty=row.qty, price=row.rate)
        )
    return found


def of_counts(
    counts: collections.abc.Iterable[storage_base.Count],
) -> Amounts:
    """Return the amounts of counts by metric."""
    sums: dict[str, compare.Sums] = collections.defaultdict(compare.Sums)
    for count in counts:
        points = count.periods * count.points
        sums[count.metric].add(points, count.qty, count.rate)
    return {name: found.amount(with_qty=True) for name, found in sums.items()}


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
