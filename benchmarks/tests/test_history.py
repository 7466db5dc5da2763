# SPDX-License-Identifier: Apache-2.0
import contextlib
import json
import pathlib
import tempfile
import unittest
import unittest.mock

from benchmarks import cloud_database
from benchmarks import history
from benchmarks import history_fill
from benchmarks import history_floor
from benchmarks import history_month
from benchmarks import history_report
from benchmarks import processes

_TABLES = """
CREATE TABLE cloudkitty_rated_scopes (id INT, scope_id TEXT, scope_key TEXT);
CREATE TABLE cloudkitty_rated_series (id INT, scope INT, digest TEXT,
 metric TEXT, unit TEXT, groupby TEXT, metadata TEXT);
CREATE TABLE cloudkitty_rated_points (scope INT, "begin" TEXT, series INT,
 seq INT, "end" TEXT, qty NUMERIC, price NUMERIC,
 PRIMARY KEY (scope, "begin", series, seq));
"""
_HISTORY = history_fill.History(points=1000, scopes=4, series=3)


class TestHistory(unittest.TestCase):
    """Fill and read a file that has the tables' names and columns."""

    def setUp(self):
        self.folder = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory())
        )
        self.database = self.enterContext(
            cloud_database.SQLite("history", self.folder)
        )
        with contextlib.closing(self.database.connect()) as connection:
            connection.executescript(_TABLES)
        history_fill.fill(self.database, _HISTORY)
        self.floor = self.enterContext(
            history_floor.Floor(self.database, _HISTORY)
        )

    def found(self, name):
        (read,) = [
            read
            for read in history.reads(_HISTORY)
            if read.name.startswith(name)
        ]
        return self.floor.run(read)["found"]

    def test_each_scope_and_hour_has_a_point_of_each_series(self):
        self.assertEqual(4, _HISTORY.days)
        self.assertEqual(
            [(1152, 96, 48, 3, 4 * 3 * 96 * 0.25)],
            self.database.query(
                'SELECT COUNT(*), COUNT(DISTINCT "begin"), '
                "COUNT(DISTINCT series), COUNT(DISTINCT seq), SUM(price) "
                "FROM cloudkitty_rated_points"
            ),
        )

    def test_each_series_belongs_to_one_scope_and_day(self):
        rows = self.database.query(
            'SELECT s.groupby, COUNT(DISTINCT date(p."begin")), '
            "MIN(p.scope = s.scope) FROM cloudkitty_rated_points p "
            "JOIN cloudkitty_rated_series s ON s.id = p.series GROUP BY s.id"
        )

        self.assertEqual({(1, 1)}, {row[1:] for row in rows})
        self.assertEqual(
            {"1", "2", "3", "4"},
            {json.loads(row[0])["day_of_the_year"] for row in rows},
        )

    def test_reads(self):
        for name, rows, points in (
            ("summary of the last hour", 1, 12),
            ("last hour by project", 4, 12),
            ("page of the last hour", 12, 12),
            ("month by project", 4, 1152),
            ("month by type", 2, 288),
            ("replace a week", 288, 288),
        ):
            with self.subTest(name):
                self.assertEqual((rows, points * 0.25), self.found(name))

    def test_a_replacement_changes_nothing(self):
        statement = "SELECT * FROM cloudkitty_rated_points ORDER BY 1, 2, 3, 4"
        before = self.database.query(statement)
        self.found("replace a week")

        self.assertEqual(before, self.database.query(statement))

    def test_bounds_of_a_month_leave_the_points_as_they_were(self):
        statement = "SELECT * FROM cloudkitty_rated_points ORDER BY 1, 2, 3, 4"
        before = self.database.query(statement)
        month = history_month.Month(
            self.folder,
            self.folder / "cloudkitty.conf",
            self.database,
            _HISTORY,
            self.folder,
        )

        bounds = month.floors()

        self.assertEqual(before, self.database.query(statement))
        self.assertEqual(len(before), month.points)
        self.assertEqual(list(month.commands()), list(bounds))
        lines = (self.folder / "bound.csv").read_text().splitlines()
        self.assertEqual(len(before), len(lines))

    def test_a_deep_page_only_where_there_are_as_many(self):
        few = [read.name for read in history.reads(_HISTORY)]
        many = [
            read.name
            for read in history.reads(history_fill.History(points=1_000_000))
        ]

        self.assertEqual(
            ["page at offset 1,000,000", "page by marker at 1,000,000"],
            sorted({*many} - {*few}),
        )

    def test_a_deep_page(self):
        read = history_floor.Read(
            name="", kind="page", window=_HISTORY.window, offset=1150
        )

        self.assertEqual((2, 0.5), self.floor.run(read)["found"])


class _Broken:
    """A worker whose steps fail, or find nothing."""

    def __init__(self, found):
        self._found = found

    def do(self, what, **_):
        if what == "mark":
            return {"found": self._found}
        raise processes.Failed("timeout")


class TestSide(unittest.TestCase):
    def side(self, found=None):
        side = history._Side.__new__(history._Side)
        side.name = "old"
        side._plan = history.Plan(history=_HISTORY)
        side._worker = _Broken(found)
        side.database = unittest.mock.Mock()
        return side

    def test_a_read_that_fails_is_void(self):
        for read in history.reads(_HISTORY):
            with self.subTest(read.name):
                result = self.side().read(read, 0)
                self.assertEqual(("timeout",), result.void)
                self.assertEqual(read.name, result.job)

    def test_a_storage_without_markers(self):
        read = history_floor.Read(
            name="", kind="page", window=_HISTORY.window, marked=True
        )

        self.assertIsNone(self.side().read(read, 0))
        self.assertEqual(("timeout",), self.side((1, 0)).read(read, 0).void)


class TestReport(unittest.TestCase):
    def row(self, side, **more):
        row = {
            "kind": "history-mysql-1000",
            "job": "page",
            "side": side,
            "database": "mysql",
            "stored": 1152,
            "repeat": 0,
            "seconds": 1.0,
            "cpu": 0.5,
            "cpu_database": 0.25,
            "statements": 3,
            "memory": 90.0,
            "disk": None,
            "floor_seconds": 0.5,
            "floor_cpu_database": 0.125,
            "void": [],
        }
        return {**row, **more}

    def test_sides_and_bare_sql(self):
        (table,) = history_report.tables(
            [self.row("old"), self.row("new", seconds=0.1)]
        )

        self.assertEqual("1,152 points, mysql", table.title)
        self.assertEqual(
            ["page", "seconds", "1.00", "0.500", "0.100", "0.500", "10.0 x"],
            table.rows[0],
        )

    def test_a_wrong_answer_does_not_count(self):
        (table,) = history_report.tables(
            [self.row("old"), self.row("old", repeat=1, void=["wrong"])]
        )

        self.assertIn("1 void", table.title)
