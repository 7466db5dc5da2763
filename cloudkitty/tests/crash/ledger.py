# SPDX-License-Identifier: Apache-2.0
"""Check row, totals and events of a task that survived a kill."""

import decimal

from cloudkitty.common import periods
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tests.functional.orchestrator import deployment


def check(database, task, state, *, before, after):
    """Return the first fault of a task's row, totals or events, or None.

    :param state: expected final state.
    :param before: dumped rows of its scope and window before the kill.
    :param after: the same rows now.
    """
    if (task.state, task.lease_owner) != (state, None):
        return f"{task.state}, claimed by {task.lease_owner}"
    if state == "succeeded" and task.periods_done != task.periods_total:
        return f"{task.periods_done} of {task.periods_total} periods done"
    if task.attempts or task.last_error:
        return f"{task.attempts} attempts, {task.last_error}"
    with database.reader() as session:
        events = task_events.find(session, task.id)
        totals = task_totals.find(session, task.id)
    if state != "succeeded":
        after = None
    wrong = _check_events(events, state)
    # What was cancelled before it began was never measured.
    if wrong or (not totals and task.started_at is None):
        return wrong
    return _check_totals(totals, before, after)


def done_part(task, window):
    """Return the part of ``window`` that the task has done, or None."""
    if not task.periods_done:
        return None
    found = list(window.periods(deployment.HOUR))
    return periods.Window(window.begin, found[task.periods_done - 1].end)


def _check_events(events, state):
    """Each event continues where the previous one ended."""
    ways = [(event.from_state, event.to_state) for event in events]
    reached = None
    for from_state, to_state in ways:
        if from_state != reached:
            return f"events {ways}"
        reached = to_state
    return None if reached == state else f"events {ways}"


def _check_totals(totals, before, after):
    if {total.metric: _sums(total.before) for total in totals} != _add(before):
        return f"totals before: {totals}"
    if after is None:
        return None
    if {total.metric: _sums(total.after) for total in totals} != _add(after):
        return f"totals after: {totals}"
    return None


def _sums(amount):
    return amount and (amount.points, amount.qty, amount.price)


def _add(rows):
    """Return metric -> (points, quantity, price) of dumped rows."""
    sums = {}
    for row in map(dict, rows):
        points, qty, price = sums.get(row["metric"], (0, 0, 0))
        sums[row["metric"]] = (
            points + 1,
            qty + decimal.Decimal(row["qty"]),
            price + decimal.Decimal(row["price"]),
        )
    return sums
