# SPDX-License-Identifier: Apache-2.0
"""What an operator asks for, and what of it can be judged by itself."""

import collections.abc
import dataclasses
import datetime

from cloudkitty.common import periods
from cloudkitty.tasks import errors

#: Alone in ``scope_ids`` it means every active scope.
ALL = "ALL"
#: What a task may do with its periods: replace what is stored,
REPROCESS = "reprocess"
#: or only compare it with what would replace it.
PREVIEW = "preview"
MODES = (REPROCESS, PREVIEW)
#: Fields of a request that say who asked, and not for what.
ORIGIN = frozenset({"created_by", "project_id", "request_id"})
#: Fields whose order means nothing.
SETS = frozenset({"scope_ids", "metrics"})
#: Characters of a reason: short enough for MariaDB's TEXT in any script.
MAX_REASON = 4000
#: Periods of one task: 11 years of hours. It bounds what one request asks
#: of the processors; longer stretches are split by whoever wants them.
MAX_PERIODS = 100_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an operator asks for.

    :param scope_ids: identifiers of scopes, or ``ALL`` alone.
    :param start_at: beginning of the first period; aware.
    :param end_at: beginning of the *last* period; aware.
    :param reason: why, in the operator's words.
    :param metrics: only these (``alt_name``); None for all.
    :param mode: one of ``MODES``.
    :param allow_empty: whether a period of which nothing is collected loses
        what is stored of it.
    :param created_by: user that asks, for the record.
    :param project_id: project of that user's token.
    :param request_id: the HTTP request, for the logs.
    """

    scope_ids: collections.abc.Sequence[str]
    start_at: datetime.datetime
    end_at: datetime.datetime
    reason: str
    metrics: collections.abc.Sequence[str] | None = None
    mode: str = REPROCESS
    allow_empty: bool = False
    created_by: str | None = None
    project_id: str | None = None
    request_id: str | None = None


def normalise(request: Request) -> Request:
    """Return ``request`` without repeats and outer blanks, times in UTC.

    :raises cloudkitty.tasks.errors.TaskError: for what has no meaning.
    """
    scope_ids = tuple(dict.fromkeys(request.scope_ids))
    if not all(name.strip() for name in scope_ids) or not scope_ids:
        raise errors.NoScopes()
    if ALL in scope_ids and len(scope_ids) > 1:
        raise errors.AllWithOthers()
    reason = request.reason.strip()
    if not reason:
        raise errors.BlankReason()
    if len(reason) > MAX_REASON:
        raise errors.ReasonTooLong(len(reason), MAX_REASON)
    return dataclasses.replace(
        request,
        scope_ids=scope_ids,
        reason=reason,
        metrics=request.metrics and tuple(dict.fromkeys(request.metrics)),
        start_at=request.start_at.astimezone(datetime.UTC),
        end_at=request.end_at.astimezone(datetime.UTC),
    )


def check_window(request: Request, period_seconds: int) -> periods.Window:
    """Return the window that ``request`` means, if it is a possible one.

    :raises cloudkitty.tasks.errors.TaskError: if it is not.
    """
    start_at, end_at = request.start_at, request.end_at
    if end_at < start_at:
        raise errors.EndBeforeStart(start_at, end_at)
    if start_at < periods.EPOCH:
        raise errors.StartTooEarly(start_at, periods.EPOCH)
    nearest = (
        periods.floor(start_at, period_seconds),
        periods.floor(end_at, period_seconds),
    )
    if nearest != (start_at, end_at):
        raise errors.UnalignedWindow(*nearest, period_seconds)
    step = datetime.timedelta(seconds=period_seconds)
    count = (end_at - start_at) // step + 1
    if count > MAX_PERIODS:
        last = start_at + (MAX_PERIODS - 1) * step
        raise errors.WindowTooLong(count, MAX_PERIODS, last)
    try:
        return periods.Window.of_reprocess(start_at, end_at, period_seconds)
    except OverflowError:
        # The last period of the calendar: no scope is rated that far.
        raise errors.EndTooLate(end_at) from None
