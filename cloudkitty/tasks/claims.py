# SPDX-License-Identifier: Apache-2.0
"""Claims: exclusive leases of processors on tasks.

A claim is a lease with a fencing token. Claiming a task increments its token,
and every later write contains the token of the claim. A processor whose lease
has expired and whose task was claimed by another processor can therefore
write nothing more.
"""

import collections.abc
import dataclasses
import datetime
import typing

from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.db import facade
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tasks import progress
from cloudkitty.tasks import transitions

#: Fraction of the lease after which it is renewed.
RENEW_AFTER = 1 / 3
#: Delay before a task is retried if another processor has locked its scope.
BUSY_RETRY_SECONDS = 5
#: Maximum number of characters of an error that is stored with the task.
MAX_ERROR = 2000


class LostClaim(exceptions.CloudKittyError):
    """The claim expired or ended; nothing was written."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Limits of the attempts at a task.

    :param most: number of consecutive failures after which the task fails.
    :param first_seconds: delay after the first failure; doubled after each
        further failure.
    :param longest_seconds: maximum delay.
    """

    most: int = 10
    first_seconds: int = 5
    longest_seconds: int = 3600

    def pause_seconds(self, failed: int) -> int:
        """Return the delay after ``failed`` failures, at least 1."""
        # Limit the exponent so that the power stays small.
        doubled = self.first_seconds * 2 ** min(failed - 1, 16)
        return min(doubled, self.longest_seconds)


class Claims:
    """Claims of one processor.

    :param database: the service's database.
    :param clock: source of the current time.
    :param owner: name of the processor, shown to operators.
    :param lease_seconds: duration of a claim without renewal.
    :param period_seconds: ``[collect] period``.
    :param retries: limits and delays of further attempts.
    """

    def __init__(
        self,
        database: facade.Database,
        clock: ck_clock.Clock,
        *,
        owner: str,
        lease_seconds: int,
        period_seconds: int,
        retries: Retries,
    ) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._period_seconds = period_seconds
        self._retries = retries

    def claim_next(
        self, skip: collections.abc.Collection[int] = ()
    ) -> task_records.Task | None:
        """Claim the oldest due task; return ``None`` if no task is due.

        :param skip: ids of tasks that are not claimed.
        """
        claimed: task_records.Task | None = None

        def work(session: orm.Session) -> task_records.Task | None:
            nonlocal claimed
            # After a connection failure during the commit, the previous
            # attempt may have been committed.
            if claimed is not None and self._holds(session, claimed):
                return claimed
            task = task_claims.claim_next(
                session,
                owner=self._owner,
                now=self._clock.now(),
                lease_seconds=self._lease_seconds,
                skip=skip,
            )
            if task is None:
                return None
            claimed = progress.counted(session, task, self._period_seconds)
            return claimed

        return self._database.write(work)

    def next_expiry(self) -> datetime.datetime | None:
        """Return the next expiry of any processor's claim, or ``None``.

        At this time the task of a dead processor can be claimed. It is at
        least one second in the future: a claim that expires now is found by
        the next ``claim_next``.
        """
        with self._database.reader() as session:
            expiry = task_claims.next_expiry(session)
        if expiry is None:
            return None
        soon = self._clock.now() + datetime.timedelta(seconds=1)
        return max(soon, expiry)

    def renew(self, task: task_records.Task) -> None:
        """Extend the claim by a full lease from now.

        :raises LostClaim: if this processor no longer holds the claim.
        """
        self._database.write(lambda session: self.hold(session, task))

    def hold(self, session: orm.Session, task: task_records.Task) -> None:
        """Renew the claim in the caller's transaction.

        :raises LostClaim: if this processor no longer holds the claim.
        """
        if not task_claims.renew(
            session, task.id, task.lease_token, self._expiry()
        ):
            raise LostClaim(f"task {task.id} was taken over")

    def advance(
        self,
        session: orm.Session,
        task: task_records.Task,
        *,
        current_at: datetime.datetime,
        periods_done: int,
        last: bool = False,
    ) -> bool:
        """Move the cursor in the transaction that writes the data.

        :param current_at: beginning of the last completed period.
        :param periods_done: total number of completed periods.
        :param last: whether the task is complete and succeeds.
        :returns: ``False`` if the cursor has been moved already: an earlier
            attempt of the transaction was committed, but its response was
            lost.
        :raises LostClaim: if this processor no longer holds the claim.
        """
        if last:
            return self._complete(session, task, current_at, periods_done)
        moved = task_claims.advance(
            session,
            task.id,
            task.lease_token,
            current_at=current_at,
            periods_done=periods_done,
            lease_expires_at=self._expiry(),
            now=self._clock.now(),
        )
        if not moved:
            self.hold(session, task)
        return moved

    def _complete(
        self,
        session: orm.Session,
        task: task_records.Task,
        current_at: datetime.datetime,
        periods_done: int,
    ) -> bool:
        transitions.check(states.State.RUNNING, states.State.SUCCEEDED)
        moved = task_claims.complete(
            session,
            task.id,
            task.lease_token,
            current_at=current_at,
            periods_done=periods_done,
            now=self._clock.now(),
            by=self._owner,
        )
        if not moved:
            self._end(session, task, states.State.SUCCEEDED)
        return moved

    def keep_totals(
        self,
        task: task_records.Task,
        totals: collections.abc.Iterable[task_records.TaskTotal],
    ) -> None:
        """Store the totals of the task's window before its first write.

        :raises LostClaim: if this processor no longer holds the claim.
        """

        def work(session: orm.Session) -> None:
            self.hold(session, task)
            task_totals.replace(session, task.id, totals)

        self._database.write(work)

    def succeed(
        self,
        task: task_records.Task,
        also: collections.abc.Callable[[orm.Session], None] | None = None,
    ) -> None:
        """End a complete task as succeeded.

        :param also: called before that in the same transaction.
        :raises LostClaim: if this processor no longer holds the claim.
        """

        def work(session: orm.Session) -> None:
            if also is not None:
                also(session)
            self._end(session, task, states.State.SUCCEEDED)

        self._database.write(work)

    def concluded(self, task: task_records.Task) -> bool:
        """Return whether the task has succeeded under this claim.

        The last transaction may be committed although its response was lost.
        """
        with self._database.reader() as session:
            return _find(session, task, states.State.SUCCEEDED) is not None

    def give_back(self, task: task_records.Task) -> None:
        """Release the task because this processor stops.

        :raises LostClaim: if this processor no longer holds the claim.
        """
        self._settle(
            task,
            states.State.SCHEDULED,
            last_error=task.last_error,
            why="the processor ended",
        )

    def postpone(self, task: task_records.Task) -> datetime.datetime:
        """Release the task with a short delay because its scope is locked.

        :returns: time at which the task is due again.
        :raises LostClaim: if this processor no longer holds the claim.
        """
        due_at = self._clock.now() + datetime.timedelta(
            seconds=BUSY_RETRY_SECONDS
        )
        given_back = self._database.write(
            lambda session: task_claims.unclaim(
                session,
                task.id,
                task.lease_token,
                now=self._clock.now(),
                next_attempt_at=due_at,
                by=self._owner,
                why="the scope is busy",
            )
        )
        if not given_back:
            raise LostClaim(f"task {task.id} was taken over")
        return due_at

    def fail(
        self,
        task: task_records.Task,
        error: str,
        *,
        moved: bool,
        at: periods.Window | None = None,
        final: bool = False,
    ) -> datetime.datetime | None:
        """Record a failed attempt: reschedule the task or end it as failed.

        :param error: cause of the failure; shown to API users.
        :param at: periods in which the attempt failed, or ``None``.
        :param moved: whether the attempt completed any period; if so,
            earlier failures no longer count.
        :param final: whether a further attempt would fail too.
        :returns: time at which the task is due again; ``None`` if it failed.
        :raises LostClaim: if this processor no longer holds the claim.
        """
        attempts = 1 if moved else task.attempts + 1
        error = error[:MAX_ERROR]

        def note(session: orm.Session) -> None:
            task_notes.forget_failure(session, task.id)
            if at is not None:
                task_notes.add(
                    session,
                    task.id,
                    [
                        task_records.TaskNote(
                            begin=at.begin,
                            end=at.end,
                            kind=task_notes.FAILED,
                            detail=error,
                        )
                    ],
                )

        if final or attempts >= self._retries.most:
            self._settle(
                task,
                states.State.FAILED,
                last_error=error,
                attempts=attempts,
                why=error,
                also=note,
            )
            return None
        due_at = self._clock.now() + datetime.timedelta(
            seconds=self._retries.pause_seconds(attempts)
        )
        self._settle(
            task,
            states.State.SCHEDULED,
            last_error=error,
            next_attempt_at=due_at,
            attempts=attempts,
            why=error,
            also=note,
        )
        return due_at

    def _settle(
        self,
        task: task_records.Task,
        state: states.State,
        *,
        also: collections.abc.Callable[[orm.Session], None] | None = None,
        **fields: typing.Any,
    ) -> None:
        """Make the transition and call ``also`` in the same transaction."""

        def work(session: orm.Session) -> None:
            self._end(session, task, state, **fields)
            if also is not None:
                also(session)

        self._database.write(work)

    def _end(
        self,
        session: orm.Session,
        task: task_records.Task,
        state: states.State,
        **fields: typing.Any,
    ) -> None:
        transitions.check(states.State.RUNNING, state)
        if not task_claims.settle(
            session,
            task.id,
            task.lease_token,
            state=state,
            now=self._clock.now(),
            by=self._owner,
            **fields,
        ):
            raise LostClaim(f"task {task.id} was taken over")

    def _holds(self, session: orm.Session, claimed: task_records.Task) -> bool:
        now = _find(session, claimed, states.State.RUNNING)
        return now is not None and now.lease_owner == self._owner

    def _expiry(self) -> datetime.datetime:
        return self._clock.now() + datetime.timedelta(
            seconds=self._lease_seconds
        )


def _find(
    session: orm.Session, claimed: task_records.Task, state: states.State
) -> task_records.Task | None:
    """Return the current row if it has ``state`` and the same token."""
    now = task_queries.get(session, claimed.id)
    if now is None or now.state != state:
        return None
    return now if now.lease_token == claimed.lease_token else None
