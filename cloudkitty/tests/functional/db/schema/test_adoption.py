# SPDX-License-Identifier: Apache-2.0
"""Upstream's database is taken over in place, and stays upstream's too."""

import alembic.util
import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import base
from cloudkitty.tests import claiming
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.functional.db.schema import upstream

NOW = base.utc("2026-11-23T12:00")


class AdoptionCase:
    backend: str

    def setUp(self):
        super().setUp()
        url = databases.make_url(self, self.backend, migrated=False)
        self.database = facade.Database(self.make_conf(), url)
        self.addCleanup(self.database.dispose)
        with self.database.engine.begin() as connection:
            upstream.make(connection, self.database.dialect)


@databases.on_each(("sqlite", "mariadb"))
class Adoption(AdoptionCase):
    def rows(self):
        with self.database.engine.connect() as connection:
            return upstream.read(connection)

    def write_as_upstream(self, name, **row):
        with self.database.engine.begin() as connection:
            upstream.insert(connection, name, row)

    def test_no_row_changes_or_is_lost(self):
        before = self.rows()
        self.assertEqual(len(upstream.ROWS), len(before))
        migration.upgrade(self.database)
        self.assertEqual(before, self.rows())
        self.assertEqual(migration.head(), migration.version(self.database))
        # Upstream gave the unique key of its scripts no name.
        lacking = [
            change
            for change in migration.differences(self.database)
            if isinstance(change, tuple)
            and change[0].startswith("add_")
            and change[1].table.name != "pyscripts_scripts"
        ]
        self.assertEqual([], lacking)

    def test_upgrading_twice_is_idempotent(self):
        migration.upgrade(self.database)
        before = self.rows()
        migration.upgrade(self.database)
        self.assertEqual(before, self.rows())

    def test_upstreams_versions_stay(self):
        migration.upgrade(self.database)
        with self.database.engine.connect() as connection:
            for name, head in upstream.HEADS.items():
                table = sa.table(name, sa.column("version_num"))
                self.assertEqual(
                    [head], connection.scalars(sa.select(table.c[0])).all()
                )

    def test_an_older_upstream_is_refused_untouched(self):
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE hashmap_alembic SET version_num = '4e0232ce'"
            )
        error = self.assertRaises(
            alembic.util.CommandError, migration.upgrade, self.database
        )
        self.assertIn("hashmap_alembic", str(error))
        self.assertIn("dbsync upgrade", str(error))
        self.assertIsNone(migration.version(self.database))
        columns = sa.inspect(self.database.engine).get_columns(
            "cloudkitty_storage_states"
        )
        self.assertNotIn("generation", {column["name"] for column in columns})

    def test_a_task_continues_where_upstream_stopped(self):
        migration.upgrade(self.database)
        with self.database.reader() as session:
            tasks = task_queries.find(session, ascending=True)
        self.assertEqual(
            ["succeeded", "running", "scheduled"], [t.state for t in tasks]
        )
        claimed = self.database.write(
            lambda session: claiming.claim_next(
                session, owner="us", now=NOW, lease_seconds=60
            )
        )
        self.assertEqual(
            (2, "running", base.utc("2026-11-01T02:00"), 1),
            (
                claimed.id,
                claimed.state,
                claimed.current_at,
                claimed.lease_token,
            ),
        )

    def test_scopes_are_found_and_completed(self):
        migration.upgrade(self.database)
        fresh = new_scopes.make(
            "fresh", fetcher="keystone", collector="prometheus"
        )
        found = self.database.write(
            lambda session: scope_queries.get(session, fresh, fill=True)
        )
        self.assertEqual((2, fresh), (found.id, found.scope))

    def test_scopes_may_differ_in_case_and_blanks_from_then_on(self):
        migration.upgrade(self.database)
        names = ["project", "Project ", "\N{ROCKET}"]
        for name in names:
            with self.database.writer() as session:
                scope_updates.create(
                    session,
                    new_scopes.make(
                        name, fetcher="keystone", collector="prometheus"
                    ),
                    NOW,
                )
        with self.database.reader() as session:
            for name in [*names, "Project"]:
                (found,) = scope_queries.find(session, identifiers=[name])
                self.assertEqual(name, found.scope.identifier)

    def test_a_task_takes_any_text(self):
        migration.upgrade(self.database)
        words = "\N{ROCKET} caf\u00e9"
        new = new_tasks.make(words, NOW, reason=words, metrics=(words,))
        with self.database.writer() as session:
            new_tasks.insert(session, [new], NOW)
        with self.database.writer() as session:
            (task,) = task_queries.find(session, scope_ids=[words])
            session.execute(
                sa.text(
                    "UPDATE storage_scope_reprocessing_schedule "
                    "SET last_error = :words WHERE id = :id"
                ),
                {"words": words, "id": task.id},
            )
        with self.database.reader() as session:
            task = task_queries.get(session, task.id)
        self.assertEqual(
            (words, words, (words,), words),
            (task.scope_id, task.reason, task.metrics, task.last_error),
        )

    def test_upstream_still_writes(self):
        migration.upgrade(self.database)
        self.write_as_upstream(
            "storage_scope_reprocessing_schedule",
            identifier="later",
            start_reprocess_time="2026-11-01 00:00:00",
            end_reprocess_time="2026-11-01 00:00:00",
            reason="upstream's",
        )
        self.write_as_upstream(
            "cloudkitty_storage_states",
            identifier="later",
            last_processed_timestamp="2026-11-02 00:00:00",
            active=True,
        )
        with self.database.reader() as session:
            (task,) = task_queries.find(session, scope_ids=["later"])
            (state,) = scope_queries.find(session, identifiers=["later"])
        self.assertEqual(
            ("scheduled", "reprocess", False, 0, None),
            (
                task.state,
                task.mode,
                task.allow_empty,
                task.attempts,
                task.periods_total,
            ),
        )
        self.assertEqual(0, state.generation)


@databases.on_each(("mariadb",), name="TestCharacterSets")
class CharacterSets(AdoptionCase):
    def test_all_columns_hold_all_of_unicode(self):
        migration.upgrade(self.database)
        statement = sa.text(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = DATABASE() "
            "AND character_set_name <> 'utf8mb4' "
            "AND table_name NOT LIKE '%alembic'"
        )
        with self.database.engine.connect() as connection:
            self.assertEqual([], connection.execute(statement).all())
