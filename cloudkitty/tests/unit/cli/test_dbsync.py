# SPDX-License-Identifier: Apache-2.0
"""Exit codes and texts of ``cloudkitty-dbsync``."""

import contextlib
import io
import pathlib

import fixtures

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


class TestNoFile(case.Case):
    """Without a configuration file, a command says what it uses."""

    def setUp(self):
        super().setUp()
        for folder in ("/etc/cloudkitty", "/etc"):
            there = pathlib.Path(folder, "cloudkitty.conf").exists()
            self.need("a host without cloudkitty.conf", not there)
        self.setenv("HOME", str(self.folder))

    def setenv(self, name, value):
        self.useFixture(fixtures.EnvironmentVariable(name, value))

    def version(self, connection):
        """Return the lines on the standard error."""
        # oslo.config reads options from the environment, too.
        self.setenv("OS_DATABASE__CONNECTION", connection)
        self.setenv("OS_DATABASE__MAX_RETRIES", "0")
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            dbsync.main(["version"])
        return err.getvalue().splitlines()

    def text(self, url):
        home = self.folder
        return (
            f"cloudkitty-dbsync: no configuration file: {home}/.cloudkitty/"
            f"cloudkitty.conf, {home}/cloudkitty.conf, /etc/cloudkitty/"
            "cloudkitty.conf, /etc/cloudkitty.conf do not exist; the "
            f"database is {url}"
        )

    def test_files_and_database(self):
        self.assertEqual(self.text(self.url), self.version(self.url)[0])

    def test_password_is_hidden(self):
        place = f"127.0.0.1:{base.free_port()}/ck"
        url = f"mysql+pymysql://ck:{case.SECRET}@{place}"
        lines = self.version(f"{url}?password={case.SECRET}")
        self.assertEqual(
            self.text(f"mysql+pymysql://ck:***@{place}"), lines[0]
        )
        self.assertNotIn(case.SECRET, "".join(lines))

    def test_not_with_a_file(self):
        err = self.run_command(dbsync, "version")[2]
        self.assertNotIn("no configuration file", err)
