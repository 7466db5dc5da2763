# SPDX-License-Identifier: Apache-2.0
"""Reasons for rejecting a task or a change of a task.

Every message names the problem and a value to send instead. The classes are
independent of HTTP: the API maps them to its published codes.
"""

import collections.abc
import datetime

from cloudkitty.common import exceptions
from cloudkitty.common import wording

#: Maximum number of scopes that one message names; others are counted.
NAMED = 10
#: Ids of scopes, each with the beginning of its last rated period.
_Ends = collections.abc.Sequence[tuple[str, datetime.datetime]]


def name_some(names: collections.abc.Sequence[str]) -> str:
    """Return the first ``NAMED`` names as text, with the number of others."""
    return wording.listed(names, NAMED)


class LostClaim(exceptions.CloudKittyError):
    """The claim of a task expired or ended; nothing was written."""


class TaskError(exceptions.CloudKittyError):
    """A task cannot be created or changed as requested."""


class NoScopes(TaskError):
    """scope_ids contains no id: send ids of active scopes, or ALL."""


class AllWithOthers(TaskError):
    """scope_ids contains ALL and other ids: send ALL alone, or only ids."""


class NoActiveScopes(TaskError):
    """scope_ids is ALL, but no scope is active: activate a scope first."""


class KeyReused(TaskError):
    """Idempotency-Key was used for a different request: send a new key."""


class BlankReason(TaskError):
    """reason is blank: send the reason for rating these periods again."""


class ReasonTooLong(TaskError):
    """The reason is too long."""

    def __init__(self, length: int, most: int) -> None:
        super().__init__(
            f"reason has {length} characters: send at most {most}"
        )


class EndBeforeStart(TaskError):
    """The window ends before it starts."""

    def __init__(
        self, start_at: datetime.datetime, end_at: datetime.datetime
    ) -> None:
        super().__init__(
            f"end_reprocess_time {end_at} is before start_reprocess_time "
            f"{start_at}: send an end at or after the start (the end is the "
            "beginning of the last period to reprocess)"
        )


class StartTooEarly(TaskError):
    """The window starts before the first period."""

    def __init__(
        self, start_at: datetime.datetime, first: datetime.datetime
    ) -> None:
        super().__init__(
            f"start_reprocess_time {start_at} is before the first period: "
            f"send {first} or later"
        )


class EndTooLate(TaskError):
    """The window ends after the last possible period."""

    def __init__(self, end_at: datetime.datetime) -> None:
        super().__init__(
            f"end_reprocess_time {end_at} is not rated yet for any scope: "
            "send the beginning of a rated period"
        )


class UnalignedWindow(TaskError):
    """The window does not consist of whole periods.

    :param start_at: start of the nearest valid window.
    :param end_at: beginning of the last period of that window.
    """

    def __init__(
        self,
        start_at: datetime.datetime,
        end_at: datetime.datetime,
        period_seconds: int,
    ) -> None:
        super().__init__(
            "start_reprocess_time and end_reprocess_time must be beginnings "
            f"of periods of {period_seconds} seconds: send the nearest such "
            f"window, start_reprocess_time {start_at} and "
            f"end_reprocess_time {end_at}"
        )
        self.start_at = start_at
        self.end_at = end_at


class WindowTooLong(TaskError):
    """The window contains more periods than one task may have."""

    def __init__(
        self, count: int, most: int, end_at: datetime.datetime
    ) -> None:
        super().__init__(
            f"the window contains {count} periods, but a task has at most "
            f"{most}: send shorter windows, the first with "
            f"end_reprocess_time {end_at}"
        )


class UnknownScopes(TaskError):
    """Some ids do not identify an active scope."""

    def __init__(self, scope_ids: collections.abc.Sequence[str]) -> None:
        super().__init__(
            "scope_ids contains ids that identify no active scope: "
            f"{name_some(scope_ids)}. Send ids that GET /v2/scope?active=1 "
            "lists"
        )
        self.scope_ids = tuple(scope_ids)


class AmbiguousScopes(TaskError):
    """Some ids identify more than one active scope."""

    def __init__(self, scope_ids: collections.abc.Sequence[str]) -> None:
        super().__init__(
            "scope_ids contains ids that are active under more than one "
            f"scope key, fetcher or collector: {name_some(scope_ids)}. A "
            "task cannot distinguish these scopes: keep one of them active, "
            "then send the request again"
        )
        self.scope_ids = tuple(scope_ids)


class NotYetRated(TaskError):
    """The window ends after the rated data of a scope.

    :param scopes: (id, beginning of its last rated period) pairs.
    :param end_at: beginning of the last period of the window.
    """

    def __init__(self, scopes: _Ends, end_at: datetime.datetime) -> None:
        named, last = _name_ends(scopes)
        super().__init__(
            f"end_reprocess_time {end_at} is not rated yet for {named}: "
            f"send {last} or earlier"
        )
        self.scope_ids = tuple(name for name, _ in scopes)


class NoLongerRated(TaskError):
    """A scope was reset to a time within the window of a task that failed.

    :param scopes: as for ``NotYetRated``, like ``end_at``.
    """

    def __init__(self, scopes: _Ends, end_at: datetime.datetime) -> None:
        named, last = _name_ends(scopes)
        super().__init__(
            f"the window ends with the period of {end_at}, and this period "
            f"is not rated any more: {named}. Retry the task when the scope "
            "is rated again, or create a task with end_reprocess_time "
            f"{last} or earlier"
        )
        self.scope_ids = tuple(name for name, _ in scopes)


def _name_ends(scopes: _Ends) -> tuple[str, datetime.datetime]:
    """Return a text of the scopes, and the earliest end of their data."""
    named = name_some([f"{name} (up to {at})" for name, at in scopes])
    return named, min(at for _, at in scopes)


class WindowClosed(TaskError):
    """The request would rate closed periods again.

    :param ends: (scope id, end of its closed periods) pairs.
    """

    def __init__(self, ends: _Ends) -> None:
        named = name_some([f"{name} (before {at})" for name, at in ends])
        super().__init__(
            f"periods of this window are closed: {named}. Send a window that "
            f"starts at {max(at for _, at in ends)} or later, or force true "
            "if the policy schedule:force_task_reprocesses allows it to you"
        )
        self.scope_ids = tuple(name for name, _ in ends)


class OwnApproval(TaskError):
    """The author of a request cannot approve it: ask another user.

    Without authentication no request can be approved.
    """


class PreviewMismatch(TaskError):
    """The preview is not complete, or not that of the tasks or the digest."""


class OverlapsActiveTask(TaskError):
    """An unfinished task of the scope shares a period with the window.

    :param clashes: (scope id, start, beginning of the last period) of the
        unfinished tasks.
    """

    def __init__(
        self,
        clashes: collections.abc.Sequence[
            tuple[str, datetime.datetime, datetime.datetime]
        ],
    ) -> None:
        named = name_some(
            [f"{name} ({start} to {end})" for name, start, end in clashes]
        )
        super().__init__(
            f"unfinished tasks share periods with this window: {named}. "
            "Send a window that does not overlap theirs, omit these scopes, "
            "or wait until the tasks end"
        )
        self.scope_ids = tuple(name for name, _, _ in clashes)


class NoSuchTask(TaskError):
    """The task does not exist. GET /v2/task/reprocesses lists all tasks."""


class NoSuchBatch(TaskError):
    """The batch does not exist. GET /v2/task/reprocesses lists all tasks."""


class NoWayForAny(TaskError):
    """No task of a batch can change to the requested state."""

    def __init__(
        self, target: str, current: collections.abc.Sequence[str]
    ) -> None:
        super().__init__(
            f"no task of this batch can become {target}: its tasks are "
            f"{', '.join(current)}"
        )


class ChangedMeanwhile(TaskError):
    """The task changed during the request: get it, then send a new request."""


class IllegalTransition(TaskError):
    """The state table does not contain this transition."""

    def __init__(
        self,
        current: str,
        target: str,
        allowed: collections.abc.Sequence[str],
    ) -> None:
        ways = ", ".join(allowed) or "nothing, it has ended"
        super().__init__(
            f"a task that is {current} cannot become {target}; it can "
            f"become: {ways}"
        )
