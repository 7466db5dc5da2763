# SPDX-License-Identifier: Apache-2.0
"""``writer.SetCursor`` of live rating: the rows of several scopes."""

import collections.abc
import dataclasses
import datetime

from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.orchestrator.engine import cursors
from cloudkitty.tasks import errors as task_errors


@dataclasses.dataclass(frozen=True)
class StateCursors:
    """Progress of live rating in the rows of scopes, by compare-and-set.

    :param states: the rows as read; None for a scope without a row.
    :param to: beginning of the last period of the chunk.
    :param period_seconds: length of that period.
    """

    states: collections.abc.Mapping[
        scopes.Scope, scope_records.ScopeState | None
    ]
    to: datetime.datetime
    period_seconds: int

    def check(self, session: orm.Session) -> frozenset[str]:
        new = self._new()
        made: set[str] = set()
        if new:
            identifiers = [scope.identifier for scope in new]
            found = scope_queries.find(session, identifiers=identifiers)
            made = {state.scope.identifier for state in found}
        return self._unchanged(session) | {
            scope.identifier for scope in new if scope.identifier not in made
        }

    def check_scope(self, session: orm.Session, scope: scopes.Scope) -> None:
        cursors.StateCursor(
            scope, self.states[scope], self.to, self.period_seconds
        ).check(session)

    def move(
        self, session: orm.Session, among: frozenset[str] | None = None
    ) -> frozenset[str]:
        moved = self._unchanged(session)
        new = self._new()
        if among is not None:
            moved &= among
            new = [scope for scope in new if scope.identifier in among]
        ids = [
            state.id
            for scope, state in self.states.items()
            if state is not None and scope.identifier in moved
        ]
        scope_updates.advance_many(session, ids, self.to, self.period_seconds)
        try:
            scope_updates.create_many(
                session, new, self.to, self.period_seconds
            )
        except db_exception.DBDuplicateEntry as error:
            raise task_errors.LostClaim(
                "the state of a scope was made meanwhile"
            ) from error
        return moved | {scope.identifier for scope in new}

    def conclude(
        self, session: orm.Session, scope_ids: frozenset[str]
    ) -> None:
        """Do nothing: ``move`` has written everything."""

    def _new(self) -> list[scopes.Scope]:
        return [scope for scope, state in self.states.items() if state is None]

    def _unchanged(self, session: orm.Session) -> frozenset[str]:
        """Lock the rows; return the ids of the scopes to advance."""
        known = [state for state in self.states.values() if state is not None]
        unchanged = scope_updates.lock_unchanged(session, known)
        return frozenset(
            state.scope.identifier for state in known if state.id in unchanged
        )
