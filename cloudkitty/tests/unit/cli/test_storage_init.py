# SPDX-License-Identifier: Apache-2.0
"""Exit codes and texts of ``cloudkitty-storage-init``."""

import sqlalchemy as sa

from cloudkitty.cli import dbsync
from cloudkitty.cli import storage_init
from cloudkitty.tests.unit.cli import case

VERSIONS = "storage_sqlalchemy_alembic"


class TestStorageInit(case.Case):
    def test_from_nothing_and_again(self):
        for _ in range(2):
            self.assertEqual(0, self.run_command(storage_init)[0])
            self.assertIn("cloudkitty_rated_points", self.tables())
            self.assertIn("cloudkitty_storage_states", self.tables())

    def test_version_1_creates_upstreams_table(self):
        version_1 = {"storage": {"version": 1}}
        for command in (
            (storage_init,),
            (dbsync, "upgrade"),
            (storage_init,),
        ):
            code, _, err = self.run_command(*command, **version_1)
            self.assertEqual(0, code, err)
            self.assertIn("rated_data_frames", self.tables())
        engine = sa.create_engine(self.url)
        self.addCleanup(engine.dispose)
        with engine.connect() as connection:
            self.assertEqual(
                ["d875621d0384"],
                connection.scalars(
                    sa.text("SELECT * FROM storage_sqlalchemy_alembic")
                ).all(),
            )

    def test_a_table_of_an_older_upstream_is_refused(self):
        version_1 = {"storage": {"version": 1}}
        self.assertEqual(0, self.run_command(storage_init, **version_1)[0])
        engine = sa.create_engine(self.url)
        self.addCleanup(engine.dispose)
        for revision, words in (
            ("c703a1bad612", "of CloudKitty 25 first"),
            ("999999", "newer release"),
        ):
            with engine.begin() as connection:
                connection.execute(
                    sa.text(f"UPDATE {VERSIONS} SET version_num = :r"),
                    {"r": revision},
                )
            for command in ((storage_init,), (dbsync, "upgrade")):
                code, _, err = self.run_command(*command, **version_1)
                self.assertEqual(1, code)
                self.assertIn(words, err.splitlines()[-1])

    def test_points_database_of_a_newer_release(self):
        url = f"sqlite:///{self.folder}/points.sqlite"
        points = {"storage_sqlalchemy": {"connection": url}}
        for _ in range(2):
            self.assertEqual(
                (0, ""), self.run_command(storage_init, **points)[:2]
            )
        engine = sa.create_engine(url)
        self.addCleanup(engine.dispose)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE cloudkitty_points_version SET version_num = '9876'"
            )
        code, _, err = self.run_command(storage_init, **points)
        self.assertEqual(1, code)
        # Messages of alembic's log stand before it.
        line = err.splitlines()[-1]
        self.assertTrue(line.startswith("cloudkitty-storage-init: "), err)
        self.assertIn("9876", line)
        self.assertNotIn("Traceback", err)

    def test_unknown_storage(self):
        code, _, err = self.run_command(
            storage_init, storage={"backend": "cupboard"}
        )
        self.assertEqual(1, code)
        self.assertIn("cupboard", err)
