# SPDX-License-Identifier: Apache-2.0
"""Operations on sets of scopes mean the same on each database."""

import dataclasses
import random
from concurrent import futures

import sqlalchemy as sa
from oslo_db import exception as db_exception

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import statements
from cloudkitty.tests.functional.db import query_case

NOW = query_case.NOW
HOUR = query_case.HOUR
ORIGIN = {
    "scope_key": "project_id",
    "fetcher": "source",
    "collector": "openmetrics",
}


@databases.on_each()
class ScopeSets(query_case.QueryCase):
    def create(self, *names, to=NOW):
        """Insert scopes; return their states in the order of their names."""
        new = [new_scopes.make(name) for name in names]
        self.write(scope_updates.create_many, new, to, 3600)
        found = {state.scope: state for state in self.of()}
        return [found[scope] for scope in new]

    def of(self):
        return self.read(scope_queries.of, **ORIGIN)

    def lock(self, states):
        return self.write(scope_updates.lock_unchanged, states)

    def test_scopes_of_an_origin_are_listed_by_id(self):
        for name, changed in (
            ("b", {}),
            ("key", {"scope_key": "domain_id"}),
            ("fetcher", {"fetcher": "keystone"}),
            ("collector", {"collector": "prometheus"}),
            ("case", {"collector": "OpenMetrics"}),
            ("a", {}),
            ("A", {}),
        ):
            scope = new_scopes.make(name, **changed)
            self.write(scope_updates.create, scope, NOW, period_seconds=60)
        found = self.of()
        self.assertEqual(
            ["b", "a", "A"], [state.scope.identifier for state in found]
        )
        expected = [self.read(scope_queries.get, s.scope) for s in found]
        self.assertEqual(expected, found)

    def test_inactive_scopes_are_listed(self):
        scope = new_scopes.make("a")
        self.write(scope_updates.create, scope, NOW, active=False)
        self.assertEqual([False], [state.active for state in self.of()])

    def test_rows_upstream_did_not_complete_are_listed(self):
        with self.database.writer() as session:
            session.execute(
                sa.insert(scope_models.ScopeState.__table__).values(
                    identifier="a", last_processed_timestamp=NOW, active=True
                )
            )
        [state] = self.of()
        self.assertEqual("", state.scope.scope_key)
        self.assertEqual(
            state, self.read(scope_queries.get, new_scopes.make("a"))
        )

    def test_scopes_are_created_as_one_by_one(self):
        [many] = self.create("a")
        one = self.write(
            scope_updates.create,
            new_scopes.make("b"),
            NOW,
            period_seconds=3600,
        )
        self.assertEqual(
            dataclasses.replace(
                one, id=many.id, scope=many.scope, toggled_at=many.toggled_at
            ),
            many,
        )

    def test_no_scope_is_created_beside_an_existing_one(self):
        self.create("b")
        new = [new_scopes.make(name) for name in "abc"]
        self.assertRaises(
            db_exception.DBDuplicateEntry,
            self.write,
            scope_updates.create_many,
            new,
            NOW,
            3600,
        )
        self.assertEqual(["b"], [s.scope.identifier for s in self.of()])

    def test_an_empty_set_changes_nothing(self):
        self.write(scope_updates.create_many, [], NOW, 3600)
        self.assertEqual(frozenset(), self.lock([]))
        self.assertEqual(
            0, self.write(scope_updates.advance_many, [], NOW, 3600)
        )

    def test_only_unchanged_scopes_are_locked_to_advance(self):
        states = self.create(*"abcdefgh")
        changes = {
            "b": {"last_processed_timestamp": NOW + HOUR},
            "c": {"active": False},
            "d": {"collector": "gnocchi"},
            # The same beginning, but another length: a reset within it.
            "e": {"period_seconds": 1800},
            # Upstream has moved it there and back: the length is unknown.
            "f": {"period_timestamp": NOW - HOUR},
        }
        with self.database.writer() as session:
            for name, values in changes.items():
                session.execute(
                    sa.update(scope_models.ScopeState)
                    .where(scope_models.ScopeState.identifier == name)
                    .values(**values)
                )
            session.execute(
                sa.delete(scope_models.ScopeState).where(
                    scope_models.ScopeState.identifier == "g"
                )
            )
        a, h = states[0], states[-1]
        self.assertEqual({a.id, h.id}, self.lock(states))

    def test_states_with_different_periods_are_compared_each(self):
        [a] = self.create("a")
        [b] = self.create("b", to=NOW + HOUR)
        self.assertEqual({a.id, b.id}, self.lock([b, a]))
        swapped = [
            dataclasses.replace(state, last_processed_at=at)
            for state, at in ((a, NOW + HOUR), (b, NOW))
        ]
        self.assertEqual(frozenset(), self.lock(swapped))

    def test_a_length_that_is_not_known_is_compared_too(self):
        scope = new_scopes.make("a")
        state = self.write(scope_updates.create, scope, NOW)
        self.assertEqual({state.id}, self.lock([state]))
        known = dataclasses.replace(state, period_seconds=3600)
        self.assertEqual(frozenset(), self.lock([known]))

    def test_only_given_scopes_advance(self):
        a, b, c = self.create(*"abc")
        ids = [a.id, c.id]
        moved = self.write(scope_updates.advance_many, ids, NOW + HOUR, 1800)
        self.assertEqual(2, moved)
        self.assertEqual(
            [(NOW + HOUR, 1800), (NOW, 3600), (NOW + HOUR, 1800)],
            [(s.last_processed_at, s.period_seconds) for s in self.of()],
        )

    def test_thousands_of_scopes_take_few_statements(self):
        names = [f"scope-{number:05}" for number in range(2000)]
        states = self.create(*names)
        with statements.recorded(self.database.engine) as executed:
            locked = self.lock(states)
            self.write(scope_updates.advance_many, locked, NOW + HOUR, 3600)
            found = self.of()
        self.assertEqual({s.id for s in states}, locked)
        self.assertEqual({NOW + HOUR}, {s.last_processed_at for s in found})
        sent = [text for text in executed if "storage_states" in text]
        self.assertEqual(3 + 3 + 1, len(sent))


@databases.on_each(databases.SERVERS, name="Locks")
class LockedScopes(query_case.QueryCase):
    """Acceptances and resets wait for the transaction that advances."""

    def setUp(self):
        super().setUp()
        new = [new_scopes.make(f"scope-{number}") for number in range(20)]
        self.write(scope_updates.create_many, new, NOW, 3600)
        self.states = self.read(scope_queries.of, **ORIGIN)

    def test_scopes_to_advance_stay_locked(self):
        with self.database.writer() as session:
            scope_updates.lock_unchanged(session, self.states)
            for state in self.states:
                self.assertRaises(
                    (db_exception.DBError, sa.exc.DBAPIError),
                    self.write_at_once,
                    state.id,
                )
        self.write_at_once(self.states[0].id)

    def write_at_once(self, state_id):
        """Lock a row; fail if another transaction has locked it."""
        with self.database.writer() as session:
            session.execute(
                sa.select(scope_models.ScopeState.id)
                .where(scope_models.ScopeState.id == state_id)
                .with_for_update(nowait=True)
            )

    def test_transactions_that_lock_many_scopes_do_not_deadlock(self):
        def advance(shuffled):
            with self.database.writer() as session:
                scope_updates.lock_unchanged(session, shuffled)
                scope_updates.advance_many(
                    session, [s.id for s in shuffled], NOW, 3600
                )

        def touch(shuffled):
            with self.database.writer() as session:
                scope_updates.touch(session, [s.id for s in shuffled])

        # Without retries, a deadlock is an error.
        with futures.ThreadPoolExecutor(4) as pool:
            done = [
                pool.submit(work, random.sample(self.states, 20))
                for _ in range(50)
                for work in (advance, touch)
            ]
        for future in done:
            future.result()
