# SPDX-License-Identifier: Apache-2.0
"""Queries on scopes mean the same on each database."""

import fixtures
import sqlalchemy as sa

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.sql import exact_text
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.functional.db import query_case

NOW = query_case.NOW
HOUR = query_case.HOUR
NAMES = query_case.NAMES


@databases.on_each()
class ScopeQueries(query_case.QueryCase):
    def test_scopes_are_found_by_their_exact_names(self):
        for name in NAMES:
            self.write(scope_updates.create, new_scopes.make(name), NOW)
        for name in NAMES:
            found = self.read(scope_queries.find, identifiers=[name])
            self.assertEqual([name], [s.scope.identifier for s in found])
            state = self.read(scope_queries.get, new_scopes.make(name))
            self.assertEqual(name, state.scope.identifier)

    def test_ids_of_names_that_the_table_takes_for_equal(self):
        """A row is found once, whichever piece of the list has its name."""
        dialect = self.database.engine.dialect
        if dialect.name == "mysql":
            column = scope_models.ScopeState.__table__.c.identifier
            # The database goes to another test.
            exact = column.type.compile(dialect)
            self.addCleanup(self.modify_identifier, exact)
            self.modify_identifier("VARCHAR(256) COLLATE utf8mb4_general_ci")
        ids = [
            self.write(
                scope_updates.create, new_scopes.make(name, scope_key=key), NOW
            ).id
            for name, key in (("a", "x"), ("A", "y"), ("b", "x"))
        ]
        self.useFixture(
            fixtures.MonkeyPatch(f"{exact_text.__name__}.CHUNK", 1)
        )
        for names, found in (
            (["a", "A"], ids[:2]),
            (["A", "b", "A"], ids[1:]),
            (["B"], []),
        ):
            self.assertEqual(found, self.read(scope_queries.find_ids, names))
        self.assertEqual(
            ids[:2],
            [
                state.id
                for state in self.read(
                    scope_queries.active_with_ids, ids[1::-1]
                )
            ],
        )

    def modify_identifier(self, kind):
        with self.database.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "ALTER TABLE cloudkitty_storage_states "
                    f"MODIFY identifier {kind} NOT NULL"
                )
            )

    def test_a_scope_of_another_collector_is_another(self):
        self.write(scope_updates.create, new_scopes.make("a"), NOW)
        other = new_scopes.make("a", collector="prometheus")
        self.assertIsNone(self.read(scope_queries.get, other))

    def test_a_row_upstream_did_not_complete_is_adopted(self):
        with self.database.writer() as session:
            session.execute(
                sa.insert(scope_models.ScopeState.__table__).values(
                    identifier="a",
                    last_processed_timestamp=NOW,
                    active=True,
                )
            )
        state = self.read(scope_queries.get, new_scopes.make("a"))
        self.assertEqual("", state.scope.scope_key)
        state = self.write(scope_queries.get, new_scopes.make("a"), fill=True)
        self.assertEqual(new_scopes.make("a"), state.scope)
        self.assertEqual(
            [state], self.read(scope_queries.find, fetchers=["source"])
        )

    def test_the_last_period_moves_only_from_where_it_was(self):
        state = self.write(scope_updates.create, new_scopes.make("a"), NOW)
        moves = [
            self.write(scope_updates.advance, state, NOW + HOUR, 3600)
            for _ in range(2)
        ]
        self.assertEqual([True, False], moves)
        state = self.read(scope_queries.get, new_scopes.make("a"))
        self.assertEqual(NOW + HOUR, state.last_processed_at)

    def test_thousands_of_scopes_are_found_and_touched(self):
        names = [f"scope-{number:05}" for number in range(2500)]

        def insert(session):
            session.execute(
                sa.insert(scope_models.ScopeState),
                [
                    {
                        "identifier": name,
                        "last_processed_timestamp": NOW,
                        "active": True,
                    }
                    for name in names
                ],
            )

        self.database.write(insert)
        found = self.read(scope_queries.find, identifiers=names)
        self.assertEqual(2500, len(found))
        self.assertEqual(
            found[10:20],
            self.read(
                scope_queries.find, identifiers=names, offset=10, limit=10
            ),
        )
        self.assertEqual(
            2500, self.read(scope_queries.count, identifiers=names)
        )
        self.assertEqual(
            found[2400:2410],
            self.read(scope_queries.find, active=True, offset=2400, limit=10),
        )
        self.write(scope_updates.touch, [state.id for state in found])
        generations = {s.generation for s in self.read(scope_queries.find)}
        self.assertEqual({1}, generations)
