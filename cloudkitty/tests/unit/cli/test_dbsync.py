# SPDX-License-Identifier: Apache-2.0
"""Exit codes and texts of ``cloudkitty-dbsync``."""

from cloudkitty.cli import dbsync
from cloudkitty.db import migration
from cloudkitty.tests import base
from cloudkitty.tests.unit.cli import case


class TestDbsync(case.Case):
    def test_upgrade_and_version(self):
        self.assertEqual(
            (0, "none\n"), self.run_command(dbsync, "version")[:2]
        )
        for _ in range(2):
            self.assertEqual(0, self.run_command(dbsync, "upgrade")[0])
        self.assertIn("storage_scope_reprocessing_schedule", self.tables())
        self.assertEqual(
            (0, f"{migration.head()}\n"),
            self.run_command(dbsync, "version")[:2],
        )

    def test_stamp_touches_no_table(self):
        code, _, _ = self.run_command(dbsync, "stamp", "--revision", "head")
        self.assertEqual(0, code)
        self.assertEqual({migration.VERSION_TABLE}, self.tables())

    def test_unknown_revision(self):
        for subcommand in ("upgrade", "stamp"):
            code, _, err = self.run_command(
                dbsync, subcommand, "--revision", "nowhere"
            )
            self.assertEqual(1, code)
            self.assertIn("nowhere", err)
            self.assertNotIn("Traceback", err)

    def test_modules_of_upstreams_scripts_are_accepted(self):
        for name in ("cloudkitty", "hashmap", "pyscripts"):
            code, _, err = self.run_command(
                dbsync, "upgrade", "--module", name
            )
            self.assertEqual(0, code)
            self.assertIn("one tree", err)
        self.assertIn("hashmap_mappings", self.tables())

    def test_unknown_module(self):
        code, _, err = self.run_command(dbsync, "upgrade", "--module", "hash")
        self.assertEqual(1, code)
        self.assertIn("hashmap", err)
        self.assertEqual(set(), self.tables())

    def test_usage(self):
        for argv in ((), ("downgrade",)):
            self.assertEqual(2, self.run_command(dbsync, *argv)[0])

    def test_no_database(self):
        for connection, words in (
            (f"sqlite:///{self.folder}/none/x.sqlite", "unable to open"),
            (
                f"mysql+pymysql://ck:{case.SECRET}@127.0.0.1:{base.free_port()}/ck",
                "127.0.0.1",
            ),
            (
                f"postgresql+psycopg2://ck:{case.SECRET}@127.0.0.1:"
                f"{base.free_port()}/ck",
                "127.0.0.1",
            ),
            (f"nonsense://ck:{case.SECRET}@127.0.0.1/ck", "nonsense"),
            (f"oracle://ck:{case.SECRET}@127.0.0.1/ck", "not installed"),
            ("no-url", "[database] connection"),
        ):
            code, _, err = self.run_command(
                dbsync, "upgrade", connection=connection
            )
            self.assertEqual(1, code, connection)
            self.assertIn(words, err)
            self.assertNotIn("Traceback", err)
            self.assertNotIn(case.SECRET, err)
