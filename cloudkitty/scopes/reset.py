# SPDX-License-Identifier: Apache-2.0
"""Scope reset: delete the rated data from a date on and rate it again."""

import collections.abc
import dataclasses
import datetime

from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import closed
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance
from cloudkitty.tasks import rated


class ResetError(exceptions.CloudKittyError):
    """A scope cannot be reset as requested; it is unchanged."""


class NoSuchScope(ResetError):
    """The scope does not exist."""


class UnalignedDate(ResetError):
    """The date is not the beginning of a period."""

    def __init__(self, at: datetime.datetime, period_seconds: int) -> None:
        before = periods.floor(at, period_seconds)
        after = before + datetime.timedelta(seconds=period_seconds)
        self.nearest = before if at - before <= after - at else after
        super().__init__(
            f"{at} is not the beginning of a period of {period_seconds} "
            f"seconds: the nearest one is {self.nearest}"
        )


class DateTooEarly(ResetError):
    """The date is before the second period of 1970: send a later one."""


class NotRatedYet(ResetError):
    """Scopes are not rated up to the date: the reset would skip periods."""

    def __init__(
        self,
        late: collections.abc.Sequence[scope_records.ScopeState],
        begin: datetime.datetime,
        period_seconds: int,
    ) -> None:
        first = min(
            periods.floor(rated.end(state, period_seconds), period_seconds)
            for state in late
        )
        named = errors.name_some([one.scope.identifier for one in late])
        super().__init__(
            f"{begin} is after the end of the rated data of {named}: send "
            f"{first} or earlier"
        )


class WithinPeriod(ResetError):
    """Scopes are rated by periods of another length; one spans the date."""

    def __init__(
        self,
        spanned: collections.abc.Sequence[scope_records.ScopeState],
        begin: datetime.datetime,
        period_seconds: int,
    ) -> None:
        named = errors.name_some(
            [
                f"{one.scope.identifier} ({one.period_seconds} seconds)"
                for one in spanned
            ]
        )
        meetings = [
            rated.last_meeting(one, begin, period_seconds) for one in spanned
        ]
        dates = [at for at in meetings if at is not None]
        advice = "set [collect] period to the period of these scopes"
        if len(dates) == len(meetings):
            advice = f"send {min(dates)}, or {advice}"
        super().__init__(
            f"{begin} is within a period that was not rated with the current "
            f"[collect] period of {period_seconds} seconds, and a part of it "
            f"would be rated twice: {named}. To reset these scopes, {advice}"
        )


class TasksUnfinished(ResetError):
    """Unfinished tasks process periods that the reset would delete."""

    def __init__(
        self, tasks: collections.abc.Sequence[task_records.Task]
    ) -> None:
        named = errors.name_some(
            [f"{task.id} of {task.scope_id}" for task in tasks]
        )
        super().__init__(
            f"unfinished reprocessing tasks end after this date: {named}. "
            "Wait until they end, or cancel them"
        )


class PeriodsClosed(ResetError):
    """Live rating would rate closed periods again."""

    def __init__(
        self,
        ends: collections.abc.Sequence[tuple[str, datetime.datetime]],
        begin: datetime.datetime,
    ) -> None:
        named = errors.name_some(
            [f"{name} (before {at})" for name, at in ends]
        )
        super().__init__(
            f"live rating would rate periods from {begin} on again, but these "
            f"are closed: {named}. Send a date from "
            f"{max(at for _, at in ends)} on, or rate the periods with a "
            "reprocessing task that is forced"
        )


class SharedData(ResetError):
    """Scopes share their rated data with scopes that are not reset."""

    def __init__(self, scope_ids: collections.abc.Sequence[str]) -> None:
        super().__init__(
            "scopes are active under more than one fetcher or collector and "
            f"share their rated data: {errors.name_some(scope_ids)}. Reset "
            "them together, or keep one of them active"
        )


def check_date(begin: datetime.datetime, period_seconds: int) -> None:
    """Reject a date that is not the beginning of a period.

    :raises ResetError: the message contains a date to send instead.
    """
    if not periods.aligned(begin, period_seconds):
        raise UnalignedDate(begin, period_seconds)
    if begin < periods.EPOCH + datetime.timedelta(seconds=period_seconds):
        raise DateTooEarly


def reached(
    state: scope_records.ScopeState,
    begin: datetime.datetime,
    period_seconds: int,
) -> bool:
    """Return whether the scope is rated at least up to ``begin``."""
    return begin <= rated.end(state, period_seconds)


def check(
    session: orm.Session,
    states: collections.abc.Sequence[scope_records.ScopeState],
    begin: datetime.datetime,
    period_seconds: int,
    rules: governance.Rules = governance.OFF,
) -> None:
    """Reject a reset that would lose rated data or the work of a task.

    Also one that would rate closed periods again: a reset cannot be forced.

    :param begin: beginning of the first period to rate again.
    :raises ResetError: the message names scopes or tasks.
    """
    late = [
        state for state in states if not reached(state, begin, period_seconds)
    ]
    if late:
        raise NotRatedYet(late, begin, period_seconds)
    spanned = [
        state
        for state in states
        if rated.within_period(state, begin, period_seconds)
    ]
    if spanned:
        raise WithinPeriod(spanned, begin, period_seconds)
    check_open(
        session, [state.scope.identifier for state in states], begin, rules
    )
    in_the_way = [
        task
        for task in task_queries.unfinished(
            session, sorted({state.scope.identifier for state in states})
        )
        if task.mode != task_modes.PREVIEW
        and task.window(period_seconds).end > begin
    ]
    if in_the_way:
        raise TasksUnfinished(in_the_way)


def check_open(
    session: orm.Session,
    scope_ids: collections.abc.Collection[str],
    begin: datetime.datetime,
    rules: governance.Rules,
) -> None:
    """Reject live rating of closed periods.

    :param begin: beginning of the first period to rate.
    :raises PeriodsClosed: the message names the scopes.
    """
    if not scope_ids:
        return
    ends = closed.find(session, dict.fromkeys(scope_ids, begin), rules)
    if ends:
        raise PeriodsClosed(ends, begin)


def check_whole(
    session: orm.Session,
    states: collections.abc.Sequence[scope_records.ScopeState],
) -> None:
    """Reject a reset of only some of the scopes that share their data.

    Rated data are identified by identifier and scope key only.

    :raises SharedData: the message names the scopes.
    """
    chosen = {state.id for state in states}
    keys = {_data_of(state) for state in states}
    others = [
        state.scope.identifier
        for state in scope_queries.find(
            session,
            identifiers=sorted({key[0] for key in keys}),
            active=True,
        )
        if state.id not in chosen and _data_of(state) in keys
    ]
    if others:
        raise SharedData(sorted(set(others)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rewind:
    """Sets a scope's state so that ``begin`` is the next period.

    :param scope: the scope to reset.
    :param begin: beginning of the first period to rate again.
    :param period_seconds: ``[collect] period``.
    :param touched: ids of all rows of that identifier, read before the
        transaction; the acceptance of a task touches the same rows.
    :param rules: rules of the operator.
    """

    scope: scopes.Scope
    begin: datetime.datetime
    period_seconds: int
    touched: collections.abc.Collection[int]
    rules: governance.Rules = governance.OFF

    @classmethod
    def of(
        cls,
        database: facade.Database,
        scope: scopes.Scope,
        begin: datetime.datetime,
        period_seconds: int,
        rules: governance.Rules = governance.OFF,
    ) -> "Rewind":
        """Return a rewind with the current rows of the identifier."""
        with database.reader() as session:
            found = scope_queries.find(session, identifiers=[scope.identifier])
        return cls(
            scope=scope,
            begin=begin,
            period_seconds=period_seconds,
            touched=[state.id for state in found],
            rules=rules,
        )

    def apply(self, session: orm.Session) -> scope_records.ScopeState:
        """Reset the scope; the first operation of a writing transaction.

        A concurrent rating run finds a state other than the one it has read
        and writes nothing. No task is accepted at the same time.

        :returns: the state before the reset.
        :raises ResetError: as ``check``; nothing is written.
        """
        scope_updates.touch(session, self.touched)
        state = scope_queries.get(session, self.scope, fill=True)
        if state is None:
            raise NoSuchScope
        check(session, [state], self.begin, self.period_seconds, self.rules)
        scope_updates.rewind(
            session,
            state.id,
            self.begin - datetime.timedelta(seconds=self.period_seconds),
            self.period_seconds,
        )
        return state


def _data_of(state: scope_records.ScopeState) -> tuple[str, str]:
    return state.scope.identifier, state.scope.scope_key
