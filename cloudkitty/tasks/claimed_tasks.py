# SPDX-License-Identifier: Apache-2.0
"""Writes to claimed tasks in the caller's transaction.

Each of them writes nothing if the claim has ended: its statement contains the
token of the claim.
"""

import datetime
import typing

from sqlalchemy import orm

from cloudkitty.common import clock as ck_clock
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import errors
from cloudkitty.tasks import transitions


class ClaimedTasks:
    """The tasks that one processor has claimed.

    :param clock: source of the current time.
    :param owner: name of the processor, shown to operators.
    :param lease_seconds: duration of a claim without renewal.
    """

    def __init__(
        self, clock: ck_clock.Clock, *, owner: str, lease_seconds: int
    ) -> None:
        self._clock = clock
        self._owner = owner
        self._lease_seconds = lease_seconds

    def hold(self, session: orm.Session, task: task_records.Task) -> None:
        """Renew the claim in the caller's transaction.

        :raises cloudkitty.tasks.errors.LostClaim: if the claim is lost.
        """
        if not task_claims.renew(
            session, task.id, task.lease_token, self._expiry()
        ):
            raise errors.LostClaim(f"task {task.id} was taken over")

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
        :raises cloudkitty.tasks.errors.LostClaim: if the claim is lost.
        """
        if last:
            return self._advance_and_release(
                session, task, (current_at, periods_done)
            )
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

    def _advance_and_release(
        self,
        session: orm.Session,
        task: task_records.Task,
        progress: tuple[datetime.datetime, int],
    ) -> bool:
        """Move the cursor and release the task as succeeded."""
        end = states.State.SUCCEEDED
        moved = self._try_release(session, task, end, progress=progress)
        if not moved:
            self._release_in(session, task, end)
        return moved

    def _release_in(
        self,
        session: orm.Session,
        task: task_records.Task,
        state: states.State,
        **fields: typing.Any,
    ) -> None:
        """Release the task in the caller's transaction, or raise LostClaim."""
        if not self._try_release(session, task, state, **fields):
            raise errors.LostClaim(f"task {task.id} was taken over")

    def _try_release(
        self,
        session: orm.Session,
        task: task_records.Task,
        state: states.State,
        **fields: typing.Any,
    ) -> bool:
        """Release the task; return ``False`` if nothing was written."""
        transitions.check(states.State.RUNNING, state)
        return task_claims.release(
            session,
            task.id,
            task.lease_token,
            state=state,
            now=self._clock.now(),
            by=self._owner,
            **fields,
        )

    def _expiry(self) -> datetime.datetime:
        return self._in(self._lease_seconds)

    def _in(self, seconds: int) -> datetime.datetime:
        return self._clock.now() + datetime.timedelta(seconds=seconds)
