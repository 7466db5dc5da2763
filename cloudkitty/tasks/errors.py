# SPDX-License-Identifier: Apache-2.0
"""Why a task is not accepted or not changed.

Every message names what is wrong and what to send instead. None knows of
HTTP: the API maps the classes to its published codes.
"""

import collections.abc
import datetime

from cloudkitty.common import exceptions

#: Scopes that one message names; the others are only counted.
NAMED = 10


def name_some(names: collections.abc.Sequence[str]) -> str:
    """Return ``names`` as text, cut after the first few."""
    text = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    return f"{text} and {more} more" if more > 0 else text


class TaskError(exceptions.CloudKittyError):
    """A task cannot be made or changed as asked."""


class NoScopes(TaskError):
    """scope_ids names no scope: send the ids of active scopes, or ALL."""


class AllWithOthers(TaskError):
    """scope_ids holds ALL and other ids: send ALL alone, or only ids."""


class NoActiveScopes(TaskError):
    """scope_ids is ALL, but no scope is active: activate one, then send it."""


class KeyReused(TaskError):
    """Idempotency-Key came with another request: send a new key with it."""


class BlankReason(TaskError):
    """reason is blank: send why these periods are to be rated again."""


class ReasonTooLong(TaskError):
    """The reason does not fit."""

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
    """The window starts before any period."""

    def __init__(
        self, start_at: datetime.datetime, first: datetime.datetime
    ) -> None:
        super().__init__(
            f"start_reprocess_time {start_at} is before the first period: "
            f"send {first} or later"
        )


class EndTooLate(TaskError):
    """The window ends after any period."""

    def __init__(self, end_at: datetime.datetime) -> None:
        super().__init__(
            f"end_reprocess_time {end_at} is not rated yet for any scope: "
            "send the beginning of a period that is"
        )


class UnalignedWindow(TaskError):
    """The window is not made of whole periods.

    :param start_at: start of the nearest window that is.
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
    """The window holds more periods than one task may have."""

    def __init__(
        self, count: int, most: int, end_at: datetime.datetime
    ) -> None:
        super().__init__(
            f"the window holds {count} periods, a task at most {most}: "
            "send shorter ones, the first with end_reprocess_time "
            f"{end_at}"
        )


class UnknownScopes(TaskError):
    """Some ids are not those of active scopes."""

    def __init__(self, scope_ids: collections.abc.Sequence[str]) -> None:
        super().__init__(
            f"scope_ids names what is no active scope: "
            f"{name_some(scope_ids)}. Send ids that GET /v2/scope?active=1 "
            "lists"
        )
        self.scope_ids = tuple(scope_ids)


class AmbiguousScopes(TaskError):
    """Some ids stand for more than one active scope."""

    def __init__(self, scope_ids: collections.abc.Sequence[str]) -> None:
        super().__init__(
            "scope_ids names what is active under more than one scope key, "
            f"fetcher or collector: {name_some(scope_ids)}. A task cannot "
            "tell them apart: leave one active, then send the request again"
        )
        self.scope_ids = tuple(scope_ids)


class NotYetRated(TaskError):
    """The window reaches past what is rated.

    :param scopes: (id, beginning of its last rated period) pairs.
    """

    def __init__(
        self,
        scopes: collections.abc.Sequence[tuple[str, datetime.datetime]],
        end_at: datetime.datetime,
    ) -> None:
        last = min(at for _, at in scopes)
        named = name_some([f"{name} (up to {at})" for name, at in scopes])
        super().__init__(
            f"end_reprocess_time {end_at} is not rated yet for {named}: "
            f"send {last} or earlier"
        )
        self.scope_ids = tuple(name for name, _ in scopes)


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
            "Send a window outside of theirs, leave these scopes out, or "
            "wait until they are done"
        )
        self.scope_ids = tuple(name for name, _, _ in clashes)


class NoSuchTask(TaskError):
    """There is no task of this id: list the tasks there are."""


class NoSuchBatch(TaskError):
    """No task is of this batch: list the tasks there are."""


class NoWayForAny(TaskError):
    """No task of a batch has a way to the state that is asked for."""

    def __init__(
        self, target: str, current: collections.abc.Sequence[str]
    ) -> None:
        super().__init__(
            f"no task of this batch can become {target}: they are "
            f"{', '.join(current)}"
        )


class ChangedMeanwhile(TaskError):
    """The task changed while it was looked at: get it and decide again."""


class IllegalTransition(TaskError):
    """The state table has no such way."""

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
