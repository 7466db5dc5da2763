# SPDX-License-Identifier: Apache-2.0
"""The two kinds of ``writer.Cursor``: progress and the right to write."""

import collections.abc
import dataclasses
import datetime

from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import claims as ck_claims
from cloudkitty.tasks import errors as task_errors

#: Writes within the given transaction.
Step = collections.abc.Callable[[orm.Session], None]


@dataclasses.dataclass(frozen=True)
class StateCursor:
    """Progress of live rating in the scope's row, by compare-and-set.

    :param state: the row as read; None if the scope has no row yet.
    :param to: beginning of the last period of the chunk.
    :param period_seconds: length of that period.
    """

    scope: scopes.Scope
    state: scope_records.ScopeState | None
    to: datetime.datetime
    period_seconds: int

    def check(self, session: orm.Session) -> None:
        now = scope_queries.get(session, self.scope)
        if _last_period(now) != _last_period(self.state):
            raise task_errors.LostClaim(
                "the scope's state was changed meanwhile"
            )

    def move(self, session: orm.Session) -> None:
        if self.state is None:
            self._create(session)
        elif not scope_updates.advance(
            session, self.state, self.to, self.period_seconds
        ):
            raise task_errors.LostClaim(
                "the scope's state was changed meanwhile"
            )

    def conclude(self, session: orm.Session) -> None:
        """Do nothing: ``move`` has written everything."""

    def _create(self, session: orm.Session) -> None:
        try:
            scope_updates.create(
                session,
                self.scope,
                self.to,
                period_seconds=self.period_seconds,
            )
        except db_exception.DBDuplicateEntry as error:
            raise task_errors.LostClaim(
                "the scope's state was made meanwhile"
            ) from error


def _last_period(
    state: scope_records.ScopeState | None,
) -> tuple[datetime.datetime, int | None] | None:
    """Return the beginning and the length of the last rated period."""
    if state is None:
        return None
    return state.last_processed_at, state.period_seconds


@dataclasses.dataclass(frozen=True)
class TaskCursor:
    """Progress of a task in its row, guarded by the claim's token.

    :param current_at: beginning of the last period of the chunk.
    :param periods_done: total number of periods done after the chunk.
    :param record: writes the chunk's notes and totals.
    :param finish: writes the results of the whole task, which ends with
        this chunk; None if the chunk is not the last one.
    """

    claims: ck_claims.Claims
    task: task_records.Task
    current_at: datetime.datetime
    periods_done: int
    record: Step
    finish: Step | None = None

    def check(self, session: orm.Session) -> None:
        self.claims.hold(session, self.task)

    def move(self, session: orm.Session) -> None:
        moved = self.claims.advance(
            session,
            self.task,
            current_at=self.current_at,
            periods_done=self.periods_done,
            last=self.finish is not None,
        )
        if moved:
            self.record(session)

    def conclude(self, session: orm.Session) -> None:
        if self.finish is not None:
            self.finish(session)
