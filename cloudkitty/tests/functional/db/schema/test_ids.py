# SPDX-License-Identifier: Apache-2.0
"""Ids are not reused, and a new row has no leftovers of an old one."""

import datetime
import sqlite3
import uuid

import alembic.command
import alembic.script
import sqlalchemy as sa

from cloudkitty.common import scopes
from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.functional.db.schema import upstream

TASKS = "storage_scope_reprocessing_schedule"
NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
AT = "2026-11-01 00:00:00.000000"
#: Everything of the service's that has a number of its own.
NUMBERED = sorted(
    table.name
    for table in models.METADATA.sorted_tables
    if [column.name for column in table.primary_key] == ["id"]
)


def add_task(session, scope_id):
    """Accept a task of a new scope."""
    scope = scopes.Scope(
        identifier=scope_id, scope_key="k", fetcher="f", collector="c"
    )
    scope_updates.create(session, scope, NOW)
    (found,) = scope_queries.find_active(session, scope_id)
    new = task_records.NewBatch(
        start_at=NOW,
        end_at=NOW,
        reason="test",
        periods_total=1,
        batch_id=str(uuid.uuid4()),
    )
    task_queries.insert_batch(session, [found.id], new, NOW)


class FileCase(base.TestCase):
    def setUp(self):
        super().setUp()
        url = databases.make_url(self, migrated=False)
        self.path = sa.make_url(url).database
        self.database = facade.Database(self.make_conf(), url)
        self.addCleanup(self.database.dispose)

    def go_to(self, revision):
        with migration._locked(self.database) as connection:
            alembic.command.upgrade(migration._config(connection), revision)

    def go_before(self):
        tree = alembic.script.ScriptDirectory.from_config(migration._config())
        self.go_to(tree.get_revision("0008").down_revision)

    def plain(self, *statements):
        """Run statements as the tool ``sqlite3`` does: no foreign keys."""
        connection = sqlite3.connect(self.path)
        try:
            with connection:
                found = [
                    connection.execute(statement).fetchall()
                    for statement in statements
                ]
        finally:
            connection.close()
        return found[-1]

    def texts(self):
        return dict(self.plain("SELECT name, sql FROM sqlite_master"))

    def tasks(self):
        with self.database.reader() as session:
            return [task.id for task in task_queries.find(session)]

    def add(self, scope_id):
        self.database.write(lambda session: add_task(session, scope_id))
        return max(self.tasks())


class TestIds(FileCase):
    def setUp(self):
        super().setUp()
        migration.upgrade(self.database)

    def test_every_numbered_table_counts_on(self):
        texts = self.texts()
        for name in NUMBERED:
            self.assertIn("AUTOINCREMENT", texts[name], name)

    def test_ids_of_deleted_tasks_are_not_reused(self):
        first = self.add("a")
        self.plain(f"DELETE FROM {TASKS}")
        self.assertGreater(self.add("b"), first)

    def test_a_new_task_meets_no_children(self):
        first = self.add("a")
        self.plain(
            "INSERT INTO cloudkitty_task_totals (task_id, metric, "
            f"points_before, qty_before, price_before) VALUES ({first}, 'm', "
            "1, '1', '1')",
            "INSERT INTO cloudkitty_task_notes (task_id, begin, kind, end) "
            f"VALUES ({first}, '2026-11-01 00:00:00', 'no_data', "
            "'2026-11-01 01:00:00')",
            f"DELETE FROM {TASKS}",
            # Whatever makes a file count from the beginning again.
            "DELETE FROM sqlite_sequence",
        )
        self.assertEqual(first, self.add("b"))
        with self.database.reader() as session:
            events = task_events.find(session, first)
        self.assertEqual(["scheduled"], [each.to_state for each in events])
        for table in ("cloudkitty_task_totals", "cloudkitty_task_notes"):
            self.assertEqual([], self.plain(f"SELECT * FROM {table}"))


class TestMigratedFile(FileCase):
    def setUp(self):
        super().setUp()
        self.go_before()

    def add(self, scope_id):
        """Add a task as that revision stored it; return its id."""
        self.plain(
            "INSERT INTO cloudkitty_storage_states (identifier, scope_key, "
            "fetcher, collector, last_processed_timestamp, "
            "scope_activation_toggle_date, active) VALUES "
            f"('{scope_id}', 'k', 'f', 'c', '{AT}', '{AT}', 1)",
            f"INSERT INTO {TASKS} (identifier, start_reprocess_time, "
            "end_reprocess_time, reason, state, batch_id, periods_total, "
            f"periods_done) VALUES ('{scope_id}', '{AT}', '{AT}', 'test', "
            f"'scheduled', '{uuid.uuid4()}', 1, 0)",
            "INSERT INTO cloudkitty_task_events (task_id, at, to_state) "
            f"SELECT max(id), '{AT}', 'scheduled' FROM {TASKS}",
        )
        [(task_id,)] = self.plain(f"SELECT max(id) FROM {TASKS}")
        return task_id

    def rows(self):
        return {
            name: self.plain(f"SELECT * FROM {name} ORDER BY id")
            for name in NUMBERED
        }

    def shape(self):
        """Return columns, indexes and constraints of the tables."""
        inspector = sa.inspect(self.database.engine)
        return {
            name: (
                [
                    (c["name"], str(c["type"]), c["nullable"], c["default"])
                    for c in inspector.get_columns(name)
                ],
                sorted(map(str, inspector.get_indexes(name))),
                sorted(map(str, inspector.get_foreign_keys(name))),
                sorted(map(str, inspector.get_unique_constraints(name))),
                sorted(map(str, inspector.get_check_constraints(name))),
            )
            for name in NUMBERED
        }

    def test_rows_indexes_and_children_stay(self):
        for scope_id in "abc":
            self.add(scope_id)
        self.plain(
            "INSERT INTO hashmap_services (service_id, name) "
            "VALUES ('s', 'cpu')",
            "INSERT INTO hashmap_fields (field_id, name, service_id) "
            "VALUES ('f', 'flavor', 1)",
            f"CREATE INDEX an_operators ON {TASKS} (reason)",
            # Additions of another revision are kept too.
            f"ALTER TABLE {TASKS} ADD COLUMN of_another INTEGER DEFAULT 7",
        )
        before = self.rows(), self.shape()
        # Later revisions add columns.
        self.go_to("0008")
        self.assertEqual(before, (self.rows(), self.shape()))
        self.assertEqual(3, len(before[0][TASKS]))
        self.assertEqual(3, len(before[0]["cloudkitty_task_events"]))

    def test_leftovers_of_deleted_tasks_are_removed_and_counted(self):
        for scope_id in "abc":
            last = self.add(scope_id)
        self.plain(f"DELETE FROM {TASKS} WHERE id >= {last - 1}")
        migration.upgrade(self.database)
        self.assertEqual(
            [(1,)],
            self.plain("SELECT DISTINCT task_id FROM cloudkitty_task_events"),
        )
        self.assertEqual(last + 1, self.add("d"))

    def test_foreign_keys_are_on_again(self):
        migration.upgrade(self.database)
        with self.database.reader() as session:
            self.assertEqual(1, session.scalar(sa.text("PRAGMA foreign_keys")))
        self.assertEqual([], self.plain("PRAGMA foreign_key_check"))


class TestUpstreamsFile(FileCase):
    def test_it_is_adopted(self):
        with self.database.engine.begin() as connection:
            upstream.make(connection, "sqlite")
        before = self.plain(f"SELECT id, identifier FROM {TASKS}")
        self.go_before()
        differences = migration.differences(self.database)
        migration.upgrade(self.database)
        self.assertEqual(
            before, self.plain(f"SELECT id, identifier FROM {TASKS}")
        )
        texts = self.texts()
        for name in NUMBERED:
            self.assertIn("AUTOINCREMENT", texts[name], name)
        # Nothing is lost on the way. Later revisions add tables and columns.
        added = [d for d in differences if d[0] in ("add_table", "add_column")]
        self.assertEqual(
            len(differences) - len(added),
            len(migration.differences(self.database)),
        )
