# SPDX-License-Identifier: Apache-2.0
"""A database whose tables are not those of this release is refused."""

import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import models
from cloudkitty.db import points
from cloudkitty.db import schema
from cloudkitty.storage.v2.sqlalchemy import driver
from cloudkitty.tests import databases


@databases.on_each()
class _Schema:
    backend: str

    def setUp(self):
        super().setUp()
        self.conf = self.make_conf()
        self.conf.set_override(
            "connection",
            databases.make_url(self, self.backend, migrated=False),
            group="database",
        )
        self.database = facade.Database(self.conf)
        self.addCleanup(self.database.dispose)

    def execute(self, statement):
        with self.database.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def refusal(self):
        """Return the one line of the refusal."""
        error = self.assertRaises(
            schema.WrongSchema, schema.check, self.database
        )
        self.assertNotIn("\n", str(error))
        return str(error)

    def test_tables_of_this_release(self):
        migration.upgrade(self.database)
        schema.check(self.database)
        self.assertEqual([], schema.missing(self.database, models.METADATA))

    def test_no_tables(self):
        self.assertIn("run cloudkitty-dbsync upgrade", self.refusal())

    def test_older_revision(self):
        migration.upgrade(self.database, "0003")
        text = self.refusal()
        self.assertIn("0003", text)
        self.assertIn(migration.head(), text)
        self.assertIn("run cloudkitty-dbsync upgrade", text)

    def test_revision_of_a_newer_release(self):
        migration.upgrade(self.database)
        self.execute(
            f"UPDATE {migration.VERSION_TABLE} SET version_num = '9876'"
        )
        text = self.refusal()
        self.assertIn("9876", text)
        self.assertIn("newer release", text)
        self.assertNotIn("dbsync", text)

    def test_column_is_missing(self):
        migration.upgrade(self.database)
        self.execute("ALTER TABLE cloudkitty_task_notes DROP COLUMN detail")
        self.assertIn("column cloudkitty_task_notes.detail", self.refusal())

    def test_table_is_missing(self):
        migration.upgrade(self.database)
        self.execute("DROP TABLE cloudkitty_task_notes")
        self.assertIn("table cloudkitty_task_notes", self.refusal())

    def test_points_are_missing(self):
        migration.upgrade(self.database)
        self.execute(f"DROP TABLE {points.RatedPoint.__tablename__}")
        storage = driver.SQLAlchemyStorage(self.conf, self.database)
        error = self.assertRaises(schema.WrongSchema, storage.check)
        self.assertIn("run cloudkitty-dbsync upgrade", str(error))

    def test_points_in_a_database_of_their_own(self):
        self.conf.set_override(
            "connection",
            databases.make_url(self, self.backend, migrated=False),
            group="storage_sqlalchemy",
        )
        storage = driver.SQLAlchemyStorage(self.conf, self.database)
        self.addCleanup(storage.close)
        error = self.assertRaises(schema.WrongSchema, storage.check)
        self.assertIn("run cloudkitty-storage-init", str(error))
        storage.init()
        storage.check()
