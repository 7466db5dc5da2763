# SPDX-License-Identifier: Apache-2.0
import contextlib
import io
import pathlib
import sqlite3
import tempfile
import unittest

from benchmarks import json_rows


class TestJsonRows(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = pathlib.Path(folder) / "rows.sqlite"

    def run_on_sqlite(self):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = json_rows.main([f"sqlite:///{self.path}", "--rounds=2"])
        return code, out.getvalue(), err.getvalue()

    def tables(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            found = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            )
            return {name for (name,) in found} - {"sqlite_sequence"}

    def test_prints_all_reads_and_leaves_no_table(self):
        code, out, _ = self.run_on_sqlite()

        self.assertEqual(0, code)
        for name in json_rows.reads():
            self.assertIn(f"\n{name} ", out)
        self.assertEqual(set(), self.tables())

    def test_leaves_a_database_with_tables_alone(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute("CREATE TABLE mine (id INTEGER)")

        code, out, err = self.run_on_sqlite()

        self.assertEqual((1, ""), (code, out))
        self.assertIn("is not empty", err)
        self.assertEqual({"mine"}, self.tables())

    def test_ways_that_differ_are_an_error(self):
        with self.assertRaisesRegex(ValueError, "differ"):
            json_rows.measure(
                None, (lambda _: ["a"], lambda _: ["b"], lambda _: ["a"]), 1
            )
