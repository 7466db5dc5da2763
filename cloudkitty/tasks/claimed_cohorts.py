# SPDX-License-Identifier: Apache-2.0
"""Writes to cohorts of claimed tasks in the caller's transaction.

The rows are locked first: nothing is written to a task whose claim has ended.
"""

import collections.abc
import dataclasses
import datetime

from sqlalchemy import orm

from cloudkitty.db.tasks import cohorts as task_cohorts
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.tasks import claimed_tasks
from cloudkitty.tasks import transitions


@dataclasses.dataclass(frozen=True, slots=True)
class Advanced:
    """What ``advance_cohort`` has done; ids of tasks.

    :param held: the tasks whose claim is not lost.
    :param moved: those of them whose cursor was moved now. The others were
        moved by an earlier attempt of the transaction, whose response was
        lost.
    :param succeeded: tasks that succeeded in such an earlier attempt.
    """

    held: frozenset[int]
    moved: frozenset[int]
    succeeded: frozenset[int]


class ClaimedCohorts(claimed_tasks.ClaimedTasks):
    """The tasks that one processor has claimed, in sets."""

    def hold_cohort(
        self,
        session: orm.Session,
        tasks: collections.abc.Collection[task_records.Task],
    ) -> frozenset[int]:
        """Renew the claims; return the ids of those that are not lost."""
        valid = task_cohorts.lock_claimed(session, tasks).valid
        task_cohorts.renew(session, valid, self._expiry())
        return frozenset(valid)

    def advance_cohort(
        self,
        session: orm.Session,
        tasks: collections.abc.Collection[task_records.Task],
        *,
        current_at: datetime.datetime,
        periods_done: int,
        last: bool = False,
    ) -> Advanced:
        """Move the cursors in the transaction that writes the data.

        A claim that is lost is left out. The parameters are those of
        ``advance``.
        """
        claimed = task_cohorts.lock_claimed(session, tasks)
        moved = [
            task_id
            for task_id, done in claimed.valid.items()
            if done < periods_done
        ]
        if last:
            self._release_held(
                session,
                claimed.valid,
                states.State.SUCCEEDED,
                progress=(current_at, periods_done),
            )
        else:
            task_cohorts.advance(
                session,
                moved,
                current_at=current_at,
                periods_done=periods_done,
                lease_expires_at=self._expiry(),
                now=self._clock.now(),
            )
        return Advanced(
            frozenset(claimed.valid), frozenset(moved), claimed.succeeded
        )

    def _release_held(
        self,
        session: orm.Session,
        task_ids: collections.abc.Collection[int],
        state: states.State,
        *,
        why: str | None = None,
        progress: tuple[datetime.datetime, int] | None = None,
        undo: bool = False,
    ) -> None:
        """Release tasks whose valid claims are locked by this transaction."""
        transitions.check(states.State.RUNNING, state)
        task_cohorts.release(
            session,
            task_ids,
            state=state,
            now=self._clock.now(),
            by=self._owner,
            why=why,
            progress=progress,
            undo=undo,
        )
