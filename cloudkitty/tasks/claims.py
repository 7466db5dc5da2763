# SPDX-License-Identifier: Apache-2.0
"""Claims: exclusive leases of processors on tasks.

A claim is a lease with a fencing token. Claiming a task increments its token,
and every later write contains the token of the claim. A processor whose lease
has expired and whose task was claimed by another processor can therefore
write nothing more.
"""

import collections.abc
import datetime
import functools
import typing

from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import cohorts as task_cohorts
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tasks import claimed_cohorts
from cloudkitty.tasks import governance
from cloudkitty.tasks import progress
from cloudkitty.tasks import public_text
from cloudkitty.tasks import retries as task_retries

#: Fraction of the lease after which it is renewed.
RENEW_AFTER = 1 / 3
#: Delay before a task is retried if another processor has locked its scope.
BUSY_RETRY_SECONDS = 5
#: Maximum number of characters of an error that is stored with the task.
MAX_ERROR = 2000


class Look(typing.NamedTuple):
    """The result of a look for due tasks.

    :param tasks: claimed now, oldest first.
    :param next_due: as ``Claims.next_due``; None if there are tasks.
    """

    tasks: list[task_records.Task]
    next_due: datetime.datetime | None


class Claims(claimed_cohorts.ClaimedCohorts):
    """Claims of one processor: each method is one transaction.

    :param database: the service's database.
    :param clock: source of the current time.
    :param owner: name of the processor, shown to operators.
    :param lease_seconds: duration of a claim without renewal.
    :param period_seconds: ``[collect] period``.
    :param retries: limits and delays of further attempts.
    :param rules: returns the rules of the operator that are in force.
    """

    def __init__(
        self,
        database: facade.Database,
        clock: ck_clock.Clock,
        *,
        owner: str,
        lease_seconds: int,
        period_seconds: int,
        retries: task_retries.Retries,
        rules: collections.abc.Callable[[], governance.Rules] = governance.off,
    ) -> None:
        super().__init__(clock, owner=owner, lease_seconds=lease_seconds)
        self._database = database
        self._period_seconds = period_seconds
        self._retries = retries
        self._rules = rules

    def claim_next(
        self, skip: collections.abc.Collection[int] = ()
    ) -> task_records.Task | None:
        """Claim the oldest due task; return ``None`` if no task is due.

        :param skip: ids of tasks that are not claimed.
        """
        return next(iter(self.look(1, skip).tasks), None)

    def look(
        self,
        most: int,
        skip: collections.abc.Collection[int] = (),
        *,
        most_periods: int | None = None,
    ) -> Look:
        """Claim the oldest due task, and tasks that differ only in the scope.

        See ``db.tasks.cohorts.claim_next``. No task is claimed if none is
        due, or if no run window is open.

        :param most: number of tasks at most.
        :param skip: ids of tasks that are not claimed.
        :param most_periods: number of their periods at most; at least one
            task is claimed.
        """
        closed_until = self._closed_until(self._clock.now())
        if closed_until is not None:
            # Without a transaction.
            return Look([], closed_until)
        claimed: list[task_records.Task] = []

        def work(session: orm.Session) -> Look:
            nonlocal claimed
            # After a connection failure during the commit, the previous
            # attempt may have been committed. Tasks may have been cancelled
            # since.
            if claimed and (held := self._held_of(session, claimed)):
                return Look(held, None)
            now = self._clock.now()
            closed_until = self._closed_until(now)
            if closed_until is not None:
                # The window has closed before this attempt.
                return Look([], closed_until)
            claimed = task_cohorts.claim_next(
                session,
                most,
                owner=self._owner,
                now=now,
                lease_seconds=self._lease_seconds,
                skip=skip,
                most_periods=most_periods,
            )
            if not claimed:
                return Look([], _next_due(session, now))
            if len(claimed) == 1:
                claimed = [
                    progress.counted(session, claimed[0], self._period_seconds)
                ]
            return Look(claimed, None)

        return self._database.write(work)

    def renew_cohort(
        self, tasks: collections.abc.Collection[task_records.Task]
    ) -> None:
        """Extend the claims that are not lost by a full lease from now."""
        self._database.write(lambda session: self.hold_cohort(session, tasks))

    def keep_totals_of(
        self,
        tasks: collections.abc.Collection[task_records.Task],
        totals: collections.abc.Mapping[
            int, collections.abc.Iterable[task_records.TaskTotal]
        ],
    ) -> None:
        """Do ``keep_totals`` for the tasks whose claim is not lost.

        :param totals: by the tasks' ids.
        """

        def work(session: orm.Session) -> None:
            held = self.hold_cohort(session, tasks)
            task_totals.replace_many(
                session, {each: totals[each] for each in held & totals.keys()}
            )

        self._database.write(work)

    def release_cohort(
        self,
        tasks: collections.abc.Collection[task_records.Task],
        *,
        undo: bool = False,
    ) -> None:
        """Release the tasks whose claim is not lost; none has an error.

        :param undo: because they are claimed in another cohort; otherwise
            because this processor stops.
        """

        def work(session: orm.Session) -> None:
            self._release_held(
                session,
                task_cohorts.lock_claimed(session, tasks).valid,
                states.State.SCHEDULED,
                why="claimed in another cohort"
                if undo
                else "the processor ended",
                undo=undo,
            )

        self._database.write(work)

    def next_due(self) -> datetime.datetime | None:
        """Return when another task can be claimed by the clock, or ``None``.

        That is the next expiry of any processor's claim, when the task of a
        dead processor can be claimed, or the next ``not_before`` of a task,
        but not before a run window opens. It is at least one second in the
        future: a claim that expires now is found by the next ``look``.
        """
        now = self._clock.now()
        closed_until = self._closed_until(now)
        if closed_until is not None:
            return closed_until
        with self._database.reader() as session:
            return _next_due(session, now)

    def renew(self, task: task_records.Task) -> None:
        """Extend the claim by a full lease from now.

        :raises cloudkitty.tasks.errors.LostClaim: if the claim is lost.
        """
        self._database.write(lambda session: self.hold(session, task))

    def keep_totals(
        self,
        task: task_records.Task,
        totals: collections.abc.Iterable[task_records.TaskTotal],
    ) -> None:
        """Store the totals of the task's window before its first write.

        :raises cloudkitty.tasks.errors.LostClaim: if the claim is lost.
        """

        def work(session: orm.Session) -> None:
            self.hold(session, task)
            task_totals.replace(session, task.id, totals)

        self._database.write(work)

    def release_succeeded(
        self,
        task: task_records.Task,
        before: collections.abc.Callable[[orm.Session], None] | None = None,
    ) -> None:
        """Release a complete task as succeeded.

        :param before: called first, in the same transaction.
        :raises cloudkitty.tasks.errors.LostClaim: if the claim is lost.
        """
        self._release(task, states.State.SUCCEEDED, before=before)

    def has_succeeded(self, task: task_records.Task) -> bool:
        """Return whether the task has succeeded under this claim.

        The last transaction may be committed although its response was lost.
        """
        with self._database.reader() as session:
            return _find(session, task, states.State.SUCCEEDED) is not None

    def release(self, task: task_records.Task) -> None:
        """Release the task because this processor stops.

        :raises cloudkitty.tasks.errors.LostClaim: if the claim is lost.
        """
        self._release(
            task,
            states.State.SCHEDULED,
            last_error=task.last_error,
            why="the processor ended",
        )

    def release_busy(self, task: task_records.Task) -> datetime.datetime:
        """Release the task with a short delay because its scope is locked.

        :returns: time at which the task is due again.
        :raises cloudkitty.tasks.errors.LostClaim: if the claim is lost.
        """
        due_at = self._in(BUSY_RETRY_SECONDS)
        self._release(
            task,
            states.State.SCHEDULED,
            last_error=task.last_error,
            next_attempt_at=due_at,
            why="the scope is busy",
            undo=True,
        )
        return due_at

    def release_failed(
        self,
        task: task_records.Task,
        error: str,
        *,
        moved: bool,
        at: periods.Window | None = None,
        final: bool = False,
    ) -> datetime.datetime | None:
        """Release the task after a failed attempt: for another one, or failed.

        :param error: cause of the failure; shown to API users, without the
            folders of files.
        :param at: periods in which the attempt failed, or ``None``.
        :param moved: whether the attempt completed any period; if so,
            earlier failures no longer count.
        :param final: whether a further attempt would fail too.
        :returns: time at which the task is due again; ``None`` if it failed.
        :raises cloudkitty.tasks.errors.LostClaim: if the claim is lost.
        """
        attempts = failures_in_a_row(task, moved=moved)
        error = public_text.without_folders(error)[:MAX_ERROR]
        due_at = None
        if not final and attempts < self._retries.most:
            due_at = self._in(self._retries.pause_seconds(attempts))
        self._release(
            task,
            states.State.SCHEDULED if due_at else states.State.FAILED,
            last_error=error,
            next_attempt_at=due_at,
            attempts=attempts,
            why=error,
            after=functools.partial(
                task_notes.replace_failure, task_id=task.id, at=at, error=error
            ),
        )
        return due_at

    def _release(
        self,
        task: task_records.Task,
        state: states.State,
        *,
        before: collections.abc.Callable[[orm.Session], None] | None = None,
        after: collections.abc.Callable[[orm.Session], None] | None = None,
        **fields: typing.Any,
    ) -> None:
        """Release the task in one transaction with ``before`` and ``after``.

        :param fields: of ``db.tasks.claims.release``.
        """

        def work(session: orm.Session) -> None:
            if before is not None:
                before(session)
            self._release_in(session, task, state, **fields)
            if after is not None:
                after(session)

        self._database.write(work)

    def _closed_until(
        self, now: datetime.datetime
    ) -> datetime.datetime | None:
        """Return when a run window opens; None if tasks may be claimed."""
        opens_at = self._rules().opens_at(now)
        return opens_at if opens_at > now else None

    def _held_of(
        self,
        session: orm.Session,
        claimed: collections.abc.Iterable[task_records.Task],
    ) -> list[task_records.Task]:
        """Return the tasks that are still claimed by this processor."""
        ours = {task.id: task for task in claimed}
        return [
            ours[now.id]
            for now in task_queries.get_many(session, ours)
            if now.state == states.State.RUNNING
            and now.lease_token == ours[now.id].lease_token
            and now.lease_owner == self._owner
        ]


def _next_due(
    session: orm.Session, now: datetime.datetime
) -> datetime.datetime | None:
    """Return the result of ``Claims.next_due`` while a run window is open."""
    due_at = task_claims.next_due(session, now)
    if due_at is None:
        return None
    return max(now + datetime.timedelta(seconds=1), due_at)


def _find(
    session: orm.Session, claimed: task_records.Task, state: states.State
) -> task_records.Task | None:
    """Return the current row if it has ``state`` and the same token."""
    now = task_queries.get(session, claimed.id)
    if now is None or now.state != state:
        return None
    return now if now.lease_token == claimed.lease_token else None


def failures_in_a_row(task: task_records.Task, *, moved: bool) -> int:
    """Return the number of consecutive failures with the current one.

    :param moved: whether the failed attempt has completed any period.
    """
    return 1 if moved else task.attempts + 1
