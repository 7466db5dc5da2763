# SPDX-License-Identifier: Apache-2.0
"""Periods of a scope that are due for rating."""

import datetime

from cloudkitty.common import periods


def due_window(
    first: datetime.datetime | None,
    now: datetime.datetime,
    period_seconds: int,
    wait_periods: int,
) -> periods.Window | None:
    """Return the periods that are due, or None.

    A period that starts at ``t`` is due once ``t`` plus ``wait_periods``
    periods is *before* ``now``.

    :param first: beginning of the next period, where the rated data end;
        None for a new scope, whose first period is the first one of the
        current month.
    """
    period = datetime.timedelta(seconds=period_seconds)
    if first is None:
        first = _first_ever(now, period_seconds)
    waited = now - wait_periods * period - first
    if waited <= datetime.timedelta(0):
        return None
    # The number of periods that begin strictly before the limit.
    count = -(-waited // period)
    return periods.Window(first, first + count * period)


def _first_ever(
    now: datetime.datetime, period_seconds: int
) -> datetime.datetime:
    """Return the first period that begins in the current UTC month."""
    start = periods.month_start(now)
    if periods.aligned(start, period_seconds):
        return start
    # Weeks and other lengths that do not divide a month evenly.
    step = datetime.timedelta(seconds=period_seconds)
    return periods.floor(start, period_seconds) + step
