# SPDX-License-Identifier: Apache-2.0
"""``writer.SetCursor`` of tasks: the rows of a cohort."""

import collections.abc
import dataclasses
import datetime

from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import claims as ck_claims

#: Writes within the given transaction; the ids of scopes.
Step = collections.abc.Callable[[orm.Session, frozenset[str]], None]


@dataclasses.dataclass(slots=True)
class TaskCursors:
    """Progress of tasks in their rows, guarded by the tokens of the claims.

    :param tasks: the task of each scope, by the scope's id.
    :param current_at: beginning of the last period of the chunk.
    :param periods_done: total number of periods done after the chunk.
    :param record: writes the chunk's notes and totals.
    :param finish: writes the results of the whole tasks, which end with
        this chunk; None if the chunk is not the last one.
    :ivar succeeded: ids of the scopes whose task succeeded in an earlier
        attempt of the transaction, whose response was lost.
    """

    claims: ck_claims.Claims
    tasks: collections.abc.Mapping[str, task_records.Task]
    current_at: datetime.datetime
    periods_done: int
    record: Step
    finish: Step | None = None
    succeeded: frozenset[str] = frozenset()

    def check(self, session: orm.Session) -> frozenset[str]:
        return self._scopes(
            self.claims.hold_cohort(session, self.tasks.values())
        )

    def check_scope(self, session: orm.Session, scope: scopes.Scope) -> None:
        self.claims.hold(session, self.tasks[scope.identifier])

    def move(
        self, session: orm.Session, among: frozenset[str] | None = None
    ) -> frozenset[str]:
        advanced = self.claims.advance_cohort(
            session,
            [
                task
                for scope_id, task in self.tasks.items()
                if among is None or scope_id in among
            ],
            current_at=self.current_at,
            periods_done=self.periods_done,
            last=self.finish is not None,
        )
        self.succeeded = self._scopes(advanced.succeeded)
        if advanced.moved:
            self.record(session, self._scopes(advanced.moved))
        return self._scopes(advanced.held)

    def conclude(
        self, session: orm.Session, scope_ids: frozenset[str]
    ) -> None:
        if self.finish is not None and scope_ids:
            self.finish(session, scope_ids)

    def _scopes(self, task_ids: frozenset[int]) -> frozenset[str]:
        return frozenset(
            scope_id
            for scope_id, task in self.tasks.items()
            if task.id in task_ids
        )
