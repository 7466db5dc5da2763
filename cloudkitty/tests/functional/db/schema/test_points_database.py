# SPDX-License-Identifier: Apache-2.0
"""A database of points only: its revision, and its upgrade."""

import concurrent.futures

import alembic.util
import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.db import points
from cloudkitty.db import schema
from cloudkitty.storage.v2.sqlalchemy import driver
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.functional.db.schema import broken_copy
from cloudkitty.tests.functional.db.schema import test_points_shape as shapes

TABLE = points.RatedPoint.__tablename__


@databases.on_each()
class _PointsDatabase:
    backend: str

    def setUp(self):
        super().setUp()
        self.url = databases.make_url(self, self.backend, migrated=False)
        self.conf = self.make_conf(
            database={"connection": databases.make_url(self)},
            storage_sqlalchemy={"connection": self.url},
        )
        self.storage = self.make_storage()
        self.database = self.storage.points_database

    def make_storage(self):
        service = facade.Database(self.conf)
        self.addCleanup(service.dispose)
        storage = driver.SQLAlchemyStorage(self.conf, service)
        self.addCleanup(storage.close)
        return storage

    def make_as_earlier_release(self, revision):
        """Make the tables of a revision, with points, but no revision."""
        migration.upgrade(self.database, "0002")
        with self.database.engine.begin() as connection:
            connection.execute(shapes.WIDE.insert(), shapes.wide_rows())
        migration.upgrade(self.database, revision)
        metadata = sa.MetaData()
        metadata.reflect(self.database.engine)
        metadata.drop_all(
            self.database.engine,
            [
                table
                for table in metadata.sorted_tables
                if table.name not in points.PointsBase.metadata.tables
            ],
        )

    def version(self):
        return migration.version(self.database, migration.POINTS)

    def execute(self, statement):
        with self.database.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def check_points(self):
        with self.database.reader() as session:
            rows = session.execute(points.whole()).mappings().all()
        self.assertEqual(
            shapes.comparable(shapes.wide_rows()), shapes.comparable(rows)
        )

    def check_upgraded(self):
        self.storage.check()
        self.assertEqual(migration.head(migration.POINTS), self.version())
        self.assertEqual(
            [], migration.differences(self.database, migration.POINTS)
        )
        indexes = sa.inspect(self.database.engine).get_indexes(TABLE)
        self.assertEqual([], indexes)

    def refusal(self):
        """Return the one sentence of the refusal."""
        error = self.assertRaises(schema.WrongSchema, self.storage.check)
        self.assertNotIn("\n", str(error))
        self.assertIn("[storage_sqlalchemy] connection", str(error))
        return str(error)

    def test_new_database(self):
        self.assertIsNone(self.version())
        self.assertIn("run cloudkitty-storage-init", self.refusal())
        for _ in range(2):
            self.storage.init()
            self.check_upgraded()
        self.assertEqual(
            {*points.PointsBase.metadata.tables, "cloudkitty_points_version"},
            set(sa.inspect(self.database.engine).get_table_names())
            - {"sqlite_sequence"},
        )

    def check_earlier_release(self, revision):
        self.make_as_earlier_release(revision)
        self.assertIsNone(self.version())
        self.assertIn("run cloudkitty-storage-init", self.refusal())
        for _ in range(2):
            self.storage.init()
            self.check_upgraded()
            self.check_points()

    def test_wide_points_without_revision(self):
        self.check_earlier_release("0002")

    def test_narrow_points_without_revision(self):
        self.check_earlier_release("0003")

    def test_points_without_index_and_revision(self):
        self.check_earlier_release("head")

    def test_broken_off_copy_begins_anew(self):
        self.make_as_earlier_release("0002")
        repair = broken_copy.break_off(self)
        self.assertRaises(KeyboardInterrupt, self.storage.init)
        self.assertIsNone(self.version())
        repair()
        self.storage.init()
        self.check_upgraded()
        self.check_points()

    def test_older_revision(self):
        migration.upgrade(self.database, "0003", migration.POINTS)
        text = self.refusal()
        self.assertIn("is at revision 0003", text)
        self.assertIn("run cloudkitty-storage-init", text)
        self.storage.init()
        self.check_upgraded()

    def test_revision_of_a_newer_release(self):
        self.storage.init()
        self.execute(
            "UPDATE cloudkitty_points_version SET version_num = '9876'"
        )
        text = self.refusal()
        self.assertIn("is at revision 9876", text)
        self.assertIn("install that release", text)
        self.assertNotIn("storage-init", text)
        error = self.assertRaises(alembic.util.CommandError, self.storage.init)
        self.assertIn("9876", str(error))
        self.assertEqual("9876", self.version())

    def test_column_is_missing(self):
        self.storage.init()
        self.execute(f"ALTER TABLE {TABLE} DROP COLUMN price")
        self.assertIn(f"lacks column {TABLE}.price", self.refusal())

    def test_hosts_at_once(self):
        self.make_as_earlier_release("0002")
        storages = [self.make_storage() for _ in range(3)]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(driver.SQLAlchemyStorage.init, storages))
        self.check_upgraded()
        self.check_points()

    def test_another_url_of_the_database_of_the_service(self):
        migration.upgrade(self.database)
        self.storage.init()
        self.check_upgraded()
        schema.check(self.database)
        self.assertEqual([], migration.differences(self.database))


class TestRevisions(base.TestCase):
    def test_the_service_has_a_revision_of_each_number(self):
        for revision in ("0003", migration.head(migration.POINTS)):
            self.assertTrue(migration.known(revision))
            self.assertTrue(migration.known(revision, migration.POINTS))
        self.assertFalse(migration.known("0004", migration.POINTS))
