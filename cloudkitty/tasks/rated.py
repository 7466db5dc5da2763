# SPDX-License-Identifier: Apache-2.0
"""End of the rated data of a scope, for any period they were rated with.

The row of a scope contains the beginning of the last rated period and, unless
upstream has changed it, the length of that period. ``[collect] period`` may
have changed since.
"""

import datetime
import math

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.db.scopes import records as scope_records


class PeriodChanged(exceptions.CloudKittyError):
    """The rated data end within a period of ``[collect] period``."""

    def __init__(
        self, state: scope_records.ScopeState, period_seconds: int
    ) -> None:
        ended = end(state, period_seconds)
        known = state.period_seconds
        meeting = last_meeting(state, ended, period_seconds)
        advice = f"set [collect] period to {known} again"
        if meeting is not None:
            advice = (
                "reset the scope (PUT /v2/scope) to "
                f"last_processed_timestamp {meeting}, from which it is then "
                f"rated again, or {advice}"
            )
        super().__init__(
            f"scope {state.scope.identifier} is rated up to {ended} with "
            f"periods of {known} seconds, and [collect] period is "
            f"{period_seconds}: no period begins at that time. Nothing was "
            f"rated: {advice}"
        )


def end(
    state: scope_records.ScopeState, period_seconds: int
) -> datetime.datetime:
    """Return the end of the scope's rated data.

    :param period_seconds: ``[collect] period``; used if the length of the
        last rated period is not stored.
    """
    return state.last_processed_at + datetime.timedelta(
        seconds=state.period_seconds or period_seconds
    )


def next_begin(
    state: scope_records.ScopeState, period_seconds: int
) -> datetime.datetime:
    """Return the beginning of the next period to rate.

    :param period_seconds: ``[collect] period``: the length of that period.
    :raises PeriodChanged: if no period begins at the end of the rated data.
    """
    begin = end(state, period_seconds)
    if _changed(state, period_seconds) and not periods.aligned(
        begin, period_seconds
    ):
        raise PeriodChanged(state, period_seconds)
    return begin


def last_of(
    state: scope_records.ScopeState, period_seconds: int
) -> datetime.datetime:
    """Return the beginning of the last completely rated period.

    :param period_seconds: length of the period.
    """
    if not _changed(state, period_seconds):
        return state.last_processed_at
    step = datetime.timedelta(seconds=period_seconds)
    return periods.floor(end(state, period_seconds), period_seconds) - step


def within_period(
    state: scope_records.ScopeState, at: datetime.datetime, period_seconds: int
) -> bool:
    """Return whether ``at`` is within a rated period of another length.

    :param period_seconds: ``[collect] period``. The rated period has the
        length of the last rated period.
    """
    if state.period_seconds is None or not _changed(state, period_seconds):
        return False
    step = datetime.timedelta(seconds=state.period_seconds)
    return bool((at - state.last_processed_at) % step)


def last_meeting(
    state: scope_records.ScopeState, at: datetime.datetime, period_seconds: int
) -> datetime.datetime | None:
    """Return the last time up to ``at`` at which old and new periods begin.

    :param period_seconds: length of the new periods; the old periods have
        the length of the last rated period.
    :returns: ``None`` if they never begin at the same time.
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


def _changed(state: scope_records.ScopeState, period_seconds: int) -> bool:
    return state.period_seconds not in (None, period_seconds)
