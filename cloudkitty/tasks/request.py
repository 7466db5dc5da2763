# SPDX-License-Identifier: Apache-2.0
"""Requests for tasks, and the checks that need no database."""

import collections.abc
import dataclasses
import datetime

from cloudkitty.common import periods
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.tasks import errors

#: As the only item of ``scope_ids``, it selects every active scope.
ALL = "ALL"
#: Fields that identify the sender of a request.
ORIGIN = frozenset({"created_by", "project_id", "request_id"})
#: Fields that only the acceptance reads: the tasks do not have them.
ONLY_ACCEPTED = frozenset({"scope_ids", "force"})
#: Fields whose order is not significant.
SETS = frozenset({"scope_ids", "metrics"})
#: Maximum number of characters of a reason. They fit in MariaDB's TEXT in
#: any script.
MAX_REASON = 4000
#: Maximum number of periods of one task: 11 years of hours. It limits the
#: work of one request; a longer window needs several requests.
MAX_PERIODS = 100_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An operator's request for tasks.

    :param scope_ids: identifiers of scopes, or only ``ALL``.
    :param start_at: beginning of the first period; aware.
    :param end_at: beginning of the *last* period; aware.
    :param reason: the operator's reason, free text.
    :param metrics: metrics (``alt_name``) to process; ``None`` selects every
        metric.
    :param mode: one of ``db.tasks.modes.MODES``.
    :param allow_empty: whether the stored points of a period are deleted if
        nothing is collected for it.
    :param force: whether closed periods may be rated again.
    :param not_before: time before which the tasks are not claimed; aware.
        ``None`` means no limit.
    :param max_running: number of the tasks that may run at once; ``None``
        selects ``[reprocess] max_running``.
    :param preview_batch_id: batch of the preview that has this content; None
        if it is not the order of a preview.
    :param preview_digest: digest of that preview.
    :param created_by: id of the requesting user.
    :param project_id: project of that user's token.
    :param request_id: id of the HTTP request, for the logs.
    """

    scope_ids: collections.abc.Sequence[str]
    start_at: datetime.datetime
    end_at: datetime.datetime
    reason: str
    metrics: collections.abc.Sequence[str] | None = None
    mode: str = task_modes.REPROCESS
    allow_empty: bool = False
    force: bool = False
    not_before: datetime.datetime | None = None
    max_running: int | None = None
    preview_batch_id: str | None = None
    preview_digest: str | None = None
    created_by: str | None = None
    project_id: str | None = None
    request_id: str | None = None


def normalise(request: Request) -> Request:
    """Return ``request`` without duplicates and outer blanks, times in UTC.

    :raises cloudkitty.tasks.errors.TaskError: if a field is invalid.
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
    """Return the window of ``request``.

    :raises cloudkitty.tasks.errors.TaskError: if the window is invalid.
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
        # The end is beyond the range of datetime: no scope is rated so far.
        raise errors.EndTooLate(end_at) from None
