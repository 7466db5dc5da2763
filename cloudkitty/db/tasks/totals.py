# SPDX-License-Identifier: Apache-2.0
"""Queries on ``cloudkitty_task_totals``: the totals of a task's window.

The column ``days`` has an object of the prices ``before`` and ``after``, each
an object of days in ISO 8601 and exact numbers as strings, or null.
"""

import collections.abc
import datetime
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records

_TABLE = typing.cast(sa.Table, task_models.TaskTotal.__table__)
#: A row of the table.
_Row = sa.Row[typing.Any]
# Compiled once: compiling takes as long as executing.
_DELETE = sa.delete(_TABLE).where(_TABLE.c.task_id == sa.bindparam("the_task"))
#: The totals of each task, by its id.
TotalsOf = collections.abc.Mapping[
    int, collections.abc.Iterable[task_records.TaskTotal]
]
_SIDES = ("before", "after")
_PARTS = ("equal", "changed", "missing", "extra")


def find(
    session: orm.Session, task_id: int, *, days: bool = True
) -> list[task_records.TaskTotal]:
    """Return the totals of a task, by metric.

    :param days: whether those of days are read.
    """
    return find_many(session, [task_id], days=days).get(task_id, [])


def find_many(
    session: orm.Session,
    task_ids: collections.abc.Iterable[int],
    *,
    days: bool = True,
) -> dict[int, list[task_records.TaskTotal]]:
    """Return the totals of tasks by metric; tasks without any are missing.

    :param days: whether those of days are read.
    """
    # Columns instead of entities: a preview of all scopes has thousands.
    columns = [each for each in _TABLE.c if days or each.name != "days"]
    found: dict[int, list[task_records.TaskTotal]] = {}
    for piece in exact_text.chunks(sorted(task_ids)):
        query = sa.select(*columns).where(
            row_ids.among(_TABLE.c.task_id, piece)
        )
        for row in session.execute(query):
            kept = row.days if days else None
            found.setdefault(row.task_id, []).append(_total(row, kept or {}))
    # By code points: the order of databases differs.
    for totals in found.values():
        totals.sort(key=lambda total: total.metric)
    return found


def _total(row: _Row, days: dict[str, typing.Any]) -> task_records.TaskTotal:
    return task_records.TaskTotal(
        metric=row.metric,
        before=_amount(row, "before", days),
        after=_amount(row, "after", days) if _known(row, "after") else None,
        comparison=_comparison(row) if _known(row, "equal") else None,
    )


def add(
    session: orm.Session,
    task_id: int,
    totals: collections.abc.Iterable[task_records.TaskTotal],
) -> None:
    """Add the totals of a task that has none."""
    add_many(session, {task_id: totals})


def add_many(session: orm.Session, totals: TotalsOf) -> None:
    """Add the totals of tasks that have none, in one statement."""
    values = [
        _values(task_id, total)
        for task_id, of_one in totals.items()
        for total in of_one
    ]
    if values:
        session.connection().execute(_TABLE.insert(), values)


def replace(
    session: orm.Session,
    task_id: int,
    totals: collections.abc.Iterable[task_records.TaskTotal],
) -> None:
    """Replace the totals of the task."""
    session.connection().execute(_DELETE, {"the_task": task_id})
    add(session, task_id, totals)


def replace_many(session: orm.Session, totals: TotalsOf) -> None:
    """Replace the totals of tasks."""
    for piece in exact_text.chunks(sorted(totals)):
        session.connection().execute(
            sa.delete(_TABLE).where(row_ids.among(_TABLE.c.task_id, piece))
        )
    add_many(session, totals)


def _known(row: _Row, part: str) -> bool:
    return getattr(row, f"points_{part}") is not None


def _amount(
    row: _Row,
    part: str,
    days: collections.abc.Mapping[str, dict[str, str] | None] | None = None,
) -> task_records.Amount:
    # The short form: some databases add zeros up to the column's width.
    qty: decimal.Decimal | None = getattr(row, f"qty_{part}", None)
    return task_records.Amount(
        points=getattr(row, f"points_{part}"),
        price=money.canonical(getattr(row, f"price_{part}")),
        qty=None if qty is None else money.canonical(qty),
        days=_days((days or {}).get(part)),
    )


def _days(kept: dict[str, str] | None) -> task_records.Days | None:
    if kept is None:
        return None
    return {
        datetime.date.fromisoformat(day): decimal.Decimal(price)
        for day, price in kept.items()
    }


def _kept_days(
    amount: task_records.Amount | None,
) -> dict[str, str] | None:
    if amount is None or amount.days is None:
        return None
    return {
        day.isoformat(): money.text(price)
        for day, price in sorted(amount.days.items())
    }


def _comparison(row: _Row) -> task_records.Comparison:
    return task_records.Comparison(
        **{part: _amount(row, part) for part in _PARTS}
    )


def _values(
    task_id: int, total: task_records.TaskTotal
) -> dict[str, typing.Any]:
    values: dict[str, typing.Any] = {
        "task_id": task_id,
        "metric": total.metric,
    }
    for part in _SIDES:
        amount: task_records.Amount | None = getattr(total, part)
        values[f"points_{part}"] = None if amount is None else amount.points
        values[f"qty_{part}"] = None if amount is None else amount.qty
        values[f"price_{part}"] = None if amount is None else amount.price
    for part in _PARTS:
        amount = getattr(total.comparison, part, None)
        values[f"points_{part}"] = None if amount is None else amount.points
        values[f"price_{part}"] = None if amount is None else amount.price
    days = {part: _kept_days(getattr(total, part)) for part in _SIDES}
    values["days"] = None if days["before"] is None else days
    return values
