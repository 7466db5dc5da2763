# SPDX-License-Identifier: Apache-2.0
"""Records of a task beside its row: events and totals."""

import decimal
import sqlite3
import typing

from cloudkitty.tests.simulation.rules import snapshot

_EVENTS = """
SELECT task_id, from_state, to_state FROM cloudkitty_task_events ORDER BY id
"""
_TOTALS = """
SELECT task_id, metric, points_before, qty_before, price_before,
       points_after, qty_after, price_after
FROM cloudkitty_task_totals
"""


class Amount(typing.NamedTuple):
    """How many points, and the sums of them."""

    points: int
    qty: decimal.Decimal
    price: decimal.Decimal


class Total(typing.NamedTuple):
    """One metric of a task's window; None while it is not known."""

    before: Amount
    after: Amount | None


class Records(typing.NamedTuple):
    """All of them, by task."""

    events: dict[int, list[tuple[str | None, str]]]
    totals: dict[int, dict[str, Total]]


EMPTY = Records({}, {})


def read(connection: sqlite3.Connection) -> Records:
    """Return the committed records."""
    found = Records({}, {})
    for task_id, source, target in connection.execute(_EVENTS):
        found.events.setdefault(task_id, []).append((source, target))
    for task_id, metric, *amounts in connection.execute(_TOTALS):
        found.totals.setdefault(task_id, {})[metric] = Total(
            _amount(*amounts[:3]),
            None if amounts[3] is None else _amount(*amounts[3:]),
        )
    return found


def _amount(points: int, qty: str, price: str) -> Amount:
    return Amount(points, snapshot.number(qty), snapshot.number(price))


def broken_chain(
    events: list[tuple[str | None, str]], state: str
) -> str | None:
    """Return the first fault of a task's events, or None."""
    at: str | None = None
    for source, target in events:
        if source != at:
            return f"an event from {source} while it was {at}"
        at = target
    return None if at == state else f"the events end at {at}, not {state}"


def broken_totals(
    task: snapshot.Task,
    old: dict[str, Total],
    new: dict[str, Total],
    points_before: snapshot.Points,
    points: snapshot.Points,
) -> str | None:
    """Return the first fault of new totals of a reprocess, or None.

    No other process wrote to the window while they were measured.

    :param points_before: points before the commit.
    :param points: points after the commit.
    """
    for metric, total in new.items():
        was = _sum(task, metric, points_before)
        now = _sum(task, metric, points)
        if old and metric in old and old[metric].before != total.before:
            return f"the {metric} of before changed afterwards"
        if not old and total.before != was:
            return f"{metric} was {was}, not {total.before}"
        if total.after is not None and total.after != now:
            return f"{metric} came to {now}, not {total.after}"
        if (total.after is not None) != (task.state == "succeeded"):
            return f"{metric} has a wrong end: {total} while {task.state}"
    return None


def _sum(task: snapshot.Task, metric: str, points: snapshot.Points) -> Amount:
    mine = [
        point
        for start in task.starts()
        for point in points.get((task.scope_id, start), ())
        if point.metric == metric
    ]
    return Amount(
        len(mine),
        sum((point.qty for point in mine), decimal.Decimal(0)),
        sum((point.price for point in mine), decimal.Decimal(0)),
    )
