# SPDX-License-Identifier: Apache-2.0
"""Amounts of a window of a scope, by metric."""

import collections.abc
import decimal

from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db import rows
from cloudkitty.storage import base as storage_base

Amounts = dict[str, rows.Amount]

NOTHING = rows.Amount(
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
        row.groups["type"]: rows.Amount(
            points=row.points, qty=row.qty, price=row.rate
        )
        for row in totals.rows
    }


def before(
    amounts: Amounts, metrics: collections.abc.Iterable[str]
) -> list[rows.TaskTotal]:
    """Return the totals of a task that begins.

    :param metrics: the metrics that it collects. A metric without stored
        points has zero amounts, so that every task has totals.
    """
    names = sorted({*amounts, *metrics})
    return [
        rows.TaskTotal(metric=name, before=amounts.get(name, NOTHING))
        for name in names
    ]


def after(
    totals: collections.abc.Iterable[rows.TaskTotal], amounts: Amounts
) -> list[rows.TaskTotal]:
    """Return the totals of a task that has ended.

    :param totals: the totals from the beginning of the task.
    :param amounts: the amounts stored now.
    """
    was = {total.metric: total.before for total in totals}
    return [
        rows.TaskTotal(
            metric=name,
            before=was.get(name, NOTHING),
            after=amounts.get(name, NOTHING),
        )
        for name in sorted({*was, *amounts})
    ]
