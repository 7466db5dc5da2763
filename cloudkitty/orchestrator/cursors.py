# SPDX-License-Identifier: Apache-2.0
"""How far the work is, and whose: the two kinds of ``writing.Cursor``."""

import collections.abc
import dataclasses
import datetime

from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db import rows
from cloudkitty.db import scope_states
from cloudkitty.tasks import claims as ck_claims

#: Writes something in a transaction.
Step = collections.abc.Callable[[orm.Session], None]


@dataclasses.dataclass(frozen=True)
class StateCursor:
    """The scope's row says how far it is rated: a compare-and-set.

    :param state: the row as it was read; None for a scope never seen.
    :param to: beginning of the last period of the chunk.
    :param period_seconds: length of that period.
    """

    scope: scopes.Scope
    state: rows.ScopeState | None
    to: datetime.datetime
    period_seconds: int

    def check(self, session: orm.Session) -> None:
        now = scope_states.get(session, self.scope)
        if _last_period(now) != _last_period(self.state):
            raise ck_claims.LostClaim(
                "the scope's state was changed meanwhile"
            )

    def move(self, session: orm.Session) -> None:
        if self.state is None:
            self._create(session)
        elif not scope_states.advance(
            session, self.state, self.to, self.period_seconds
        ):
            raise ck_claims.LostClaim(
                "the scope's state was changed meanwhile"
            )

    def conclude(self, session: orm.Session) -> None:
        """Do nothing: all is written."""

    def _create(self, session: orm.Session) -> None:
        try:
            scope_states.create(
                session,
                self.scope,
                self.to,
                period_seconds=self.period_seconds,
            )
        except db_exception.DBDuplicateEntry as error:
            raise ck_claims.LostClaim(
                "the scope's state was made meanwhile"
            ) from error


def _last_period(
    state: rows.ScopeState | None,
) -> tuple[datetime.datetime, int | None] | None:
    """Return beginning and length of the last rated period."""
    if state is None:
        return None
    return state.last_processed_at, state.period_seconds


@dataclasses.dataclass(frozen=True)
class TaskCursor:
    """The task's row says how far it is; the claim's token guards it.

    :param current_at: beginning of the last period of the chunk.
    :param periods_done: periods redone after it, all in all.
    :param record: writes what else there is to tell of the chunk.
    :param finish: writes what there is to tell of the whole task, which
        ends with this chunk; None for every chunk but the last.
    """

    claims: ck_claims.Claims
    task: rows.Task
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
