# SPDX-License-Identifier: Apache-2.0
"""Claims: which processor works on a task, and proof of it.

A claim is a lease with a fencing token. Whoever claims a task raises its
token, and every later write names the token it was claimed with: a processor
that slept past its lease, and was replaced, can write nothing any more.
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
from cloudkitty.db import reprocesses
from cloudkitty.db import rows
from cloudkitty.db import task_claims
from cloudkitty.db import task_notes
from cloudkitty.db import task_totals
from cloudkitty.db.tasks import states
from cloudkitty.tasks import progress
from cloudkitty.tasks import transitions

#: Share of the lease after which it is renewed.
RENEW_AFTER = 1 / 3
#: Pause before a task is tried again whose scope somebody else works on.
BUSY_RETRY_SECONDS = 5
#: Characters of an error's text that are kept with the task.
MAX_ERROR = 2000


class LostClaim(exceptions.CloudKittyError):
    """Somebody else goes on with this work; nothing was written."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """What happens to a task whose attempt failed.

    :param most: failed attempts in a row that end it.
    :param first_seconds: pause after the first one; it doubles,
    :param longest_seconds: up to this.
    """

    most: int = 10
    first_seconds: int = 5
    longest_seconds: int = 3600

    def pause_seconds(self, failed: int) -> int:
        """Return the pause after so many failed attempts, from 1."""
        # The exponent is bounded: nobody wants 2 to the power of 10,000.
        doubled = self.first_seconds * 2 ** min(failed - 1, 16)
        return min(doubled, self.longest_seconds)


class Claims:
    """Claims of one processor.

    :param database: the service's database.
    :param clock: tells the time.
    :param owner: names the processor, for people.
    :param lease_seconds: how long a claim lasts without renewal.
    :param period_seconds: ``[collect] period``.
    :param retries: when and whether a failed task is tried again.
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
    ) -> rows.Task | None:
        """Claim the oldest due task; None if none is due.

        :param skip: ids of tasks to leave alone.
        """
        claimed: rows.Task | None = None

        def work(session: orm.Session) -> rows.Task | None:
            nonlocal claimed
            # A connection that broke in the commit: it may have been done.
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
        """Return when the next claim expires, whosever; None if none does.

        That is when the work of a dead processor can be taken up. Never
        earlier than in a second: what expires at this moment is claimed at
        the next look.
        """
        with self._database.reader() as session:
            expiry = task_claims.next_expiry(session)
        if expiry is None:
            return None
        soon = self._clock.now() + datetime.timedelta(seconds=1)
        return max(soon, expiry)

    def renew(self, task: rows.Task) -> None:
        """Make the claim last for another whole lease.

        :raises LostClaim: if it is not ours any more.
        """
        self._database.write(lambda session: self.hold(session, task))

    def hold(self, session: orm.Session, task: rows.Task) -> None:
        """Renew the claim in the caller's transaction.

        :raises LostClaim: if it is not ours any more.
        """
        if not task_claims.renew(
            session, task.id, task.lease_token, self._expiry()
        ):
            raise LostClaim(f"task {task.id} was taken over")

    def advance(
        self,
        session: orm.Session,
        task: rows.Task,
        *,
        current_at: datetime.datetime,
        periods_done: int,
        last: bool = False,
    ) -> bool:
        """Move the cursor, in the transaction of the data it speaks of.

        :param current_at: beginning of the last period redone.
        :param periods_done: periods redone, all in all.
        :param last: all is done then, and the task has succeeded.
        :returns: False if it stood there already: the transaction is the
            repetition of one whose commit was done and the answer lost.
        :raises LostClaim: if the claim is not ours any more.
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
        task: rows.Task,
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
        task: rows.Task,
        totals: collections.abc.Iterable[rows.TaskTotal],
    ) -> None:
        """Keep what the task's window came to before it began.

        :raises LostClaim: if the claim is not ours any more.
        """

        def work(session: orm.Session) -> None:
            self.hold(session, task)
            task_totals.replace(session, task.id, totals)

        self._database.write(work)

    def succeed(
        self,
        task: rows.Task,
        also: collections.abc.Callable[[orm.Session], None] | None = None,
    ) -> None:
        """End the task: all of it is done.

        :param also: done before that, in the same transaction.
        :raises LostClaim: if the claim is not ours any more.
        """

        def work(session: orm.Session) -> None:
            if also is not None:
                also(session)
            self._end(session, task, states.State.SUCCEEDED)

        self._database.write(work)

    def concluded(self, task: rows.Task) -> bool:
        """Tell whether the task has succeeded under this very claim.

        Its last transaction may be done although the answer was lost.
        """
        with self._database.reader() as session:
            return _find(session, task, states.State.SUCCEEDED) is not None

    def give_back(self, task: rows.Task) -> None:
        """Leave the task to whoever comes first: this processor ends.

        :raises LostClaim: if the claim is not ours any more.
        """
        self._settle(
            task,
            states.State.SCHEDULED,
            last_error=task.last_error,
            why="the processor ended",
        )

    def postpone(self, task: rows.Task) -> datetime.datetime:
        """Put the task off for a moment: its scope is busy.

        :returns: when it is due again.
        :raises LostClaim: if the claim is not ours any more.
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
        task: rows.Task,
        error: str,
        *,
        moved: bool,
        at: periods.Window | None = None,
        final: bool = False,
    ) -> datetime.datetime | None:
        """Record a failed attempt: the task is put off, or given up.

        :param error: what went wrong; shown to API consumers.
        :param at: the periods it went wrong at; None for none.
        :param moved: whether the attempt redid anything before it failed;
            then those before it do not count any more.
        :param final: whether no other attempt could do better.
        :returns: when it is due again; None if it is given up.
        :raises LostClaim: if the claim is not ours any more.
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
                        rows.TaskNote(
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
        task: rows.Task,
        state: states.State,
        *,
        also: collections.abc.Callable[[orm.Session], None] | None = None,
        **fields: typing.Any,
    ) -> None:
        """Make the transition, and ``also`` in the same transaction."""

        def work(session: orm.Session) -> None:
            self._end(session, task, state, **fields)
            if also is not None:
                also(session)

        self._database.write(work)

    def _end(
        self,
        session: orm.Session,
        task: rows.Task,
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

    def _holds(self, session: orm.Session, claimed: rows.Task) -> bool:
        now = _find(session, claimed, states.State.RUNNING)
        return now is not None and now.lease_owner == self._owner

    def _expiry(self) -> datetime.datetime:
        return self._clock.now() + datetime.timedelta(
            seconds=self._lease_seconds
        )


def _find(
    session: orm.Session, claimed: rows.Task, state: states.State
) -> rows.Task | None:
    """Return the task as it is now, if in ``state`` under the same token."""
    now = reprocesses.get(session, claimed.id)
    if now is None or now.state != state:
        return None
    return now if now.lease_token == claimed.lease_token else None
