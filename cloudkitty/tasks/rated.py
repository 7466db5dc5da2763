# SPDX-License-Identifier: Apache-2.0
"""Where the rated data of a scope end, whatever period they were rated by.

The row of a scope has the beginning of the last rated period and, unless
upstream has moved it, the length of that period. ``[collect] period`` may be
another one by now.
"""

import datetime
import math

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.db import rows


class PeriodChanged(exceptions.CloudKittyError):
    """The rated data end within a period of ``[collect] period``."""

    def __init__(self, state: rows.ScopeState, period_seconds: int) -> None:
        ended = end(state, period_seconds)
        known = state.period_seconds
        meeting = last_meeting(state, ended, period_seconds)
        advice = f"set [collect] period to {known} again"
        if meeting is not None:
            advice = (
                "reset the scope (PUT /v2/scope) to "
                f"last_processed_timestamp {meeting}, from where on it is "
                f"rated again, or {advice}"
            )
        super().__init__(
            f"scope {state.scope.identifier} is rated up to {ended} by "
            f"periods of {known} seconds, and [collect] period is "
            f"{period_seconds}: no such period begins there. Nothing was "
            f"rated: {advice}"
        )


def end(state: rows.ScopeState, period_seconds: int) -> datetime.datetime:
    """Return where the scope's rated data end.

    :param period_seconds: ``[collect] period``: taken for the length of the
        last rated period where that is not known.
    """
    return state.last_processed_at + datetime.timedelta(
        seconds=state.period_seconds or period_seconds
    )


def next_begin(
    state: rows.ScopeState, period_seconds: int
) -> datetime.datetime:
    """Return the beginning of the period that is rated next.

    :param period_seconds: ``[collect] period``: the length of that period.
    :raises PeriodChanged: if none begins where the rated data end.
    """
    begin = end(state, period_seconds)
    if _changed(state, period_seconds) and not periods.aligned(
        begin, period_seconds
    ):
        raise PeriodChanged(state, period_seconds)
    return begin


def last_of(state: rows.ScopeState, period_seconds: int) -> datetime.datetime:
    """Return the beginning of the last period that is rated as a whole.

    :param period_seconds: length of the period.
    """
    if not _changed(state, period_seconds):
        return state.last_processed_at
    step = datetime.timedelta(seconds=period_seconds)
    return periods.floor(end(state, period_seconds), period_seconds) - step


def within_period(
    state: rows.ScopeState, at: datetime.datetime, period_seconds: int
) -> bool:
    """Tell whether ``at`` is inside of a period of another length.

    :param period_seconds: ``[collect] period``: that other one is as long as
        the last rated one.
    """
    if state.period_seconds is None or not _changed(state, period_seconds):
        return False
    step = datetime.timedelta(seconds=state.period_seconds)
    return bool((at - state.last_processed_at) % step)


def last_meeting(
    state: rows.ScopeState, at: datetime.datetime, period_seconds: int
) -> datetime.datetime | None:
    """Return the last instant up to ``at`` where old and new periods begin.

    :param period_seconds: length of the new ones; the old ones are as long
        as the last rated one.
    :returns: None if they never begin together.
    """
    length = state.period_seconds or period_seconds
    step = datetime.timedelta(seconds=length)
    found = at - (at - state.last_processed_at) % step
    for _ in range(period_seconds // math.gcd(length, period_seconds)):
        if found < periods.EPOCH + step:
            return None
        if periods.aligned(found, period_seconds):
            return found
        found -= step
    return None


def _changed(state: rows.ScopeState, period_seconds: int) -> bool:
    return state.period_seconds not in (None, period_seconds)
