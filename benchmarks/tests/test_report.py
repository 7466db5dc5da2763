# SPDX-License-Identifier: Apache-2.0
import unittest

from benchmarks import goals
from benchmarks import report


def job(side, repeat, speed, **more):
    return {
        "kind": "reprocess-one",
        "job": "one",
        "side": side,
        "repeat": repeat,
        "points_per_second": speed,
        "seconds": 100 / speed,
        "cpu": 10 / speed,
        "cpu_database": 0,
        "cpu_prometheus": 0,
        "queries": 336 if side == "upstream" else 6,
        "statements": None if side == "ours-sqlite" else 10,
        "memory_largest": 100.0,
        "memory_total": 200.0,
        "memory_proportional": 150.0,
        "floor_seconds": None,
        "floor_cpu": None,
        "void": [],
        **more,
    }


class TestJobs(unittest.TestCase):
    def row(self, jobs, measure):
        (table,) = report.tables({"jobs": jobs})
        (row,) = [row for row in table.rows if row[1] == measure]
        return dict(zip(table.header, row, strict=True))

    def test_ratios_are_those_of_each_repeat(self):
        row = self.row(
            [
                job("ours-mysql", 0, 1000),
                job("upstream", 0, 10),
                job("upstream", 1, 5),
                job("ours-mysql", 1, 1000),
            ],
            "points/s",
        )

        self.assertEqual("1,000", row["ours-mysql"])
        self.assertEqual("7.50 (5.00-10.0)", row["upstream"])
        self.assertEqual("150 x (100-200)", row["ours-mysql is better by"])

    def test_less_is_better(self):
        row = self.row(
            [job("ours-mysql", 0, 1000), job("upstream", 0, 10)],
            "Prometheus queries",
        )

        self.assertEqual("56.0 x", row["ours-mysql is better by"])

    def test_void_results_do_not_count(self):
        jobs = [
            job("ours-mysql", 0, 1000),
            job("ours-mysql", 1, 9000, void=["totals"]),
        ]

        self.assertEqual("1,000", self.row(jobs, "points/s")["ours-mysql"])
        self.assertIn("1 void", report.tables({"jobs": jobs})[0].title)

    def test_what_is_not_counted(self):
        row = self.row(
            [job("ours-sqlite", 0, 10), job("upstream", 0, 10)],
            "SQL statements",
        )

        self.assertEqual("none", row["ours-sqlite"])
        self.assertEqual("none", row["ours-sqlite is better by"])

    def test_without_upstream(self):
        (table,) = report.tables({"jobs": [job("ours-mysql", 0, 1)]})

        self.assertEqual(["job", "measure", "ours-mysql"], table.header)

    def test_floor(self):
        tables = report.tables(
            {
                "jobs": [
                    job(
                        "ours-mysql",
                        0,
                        100,
                        floor_seconds=0.5,
                        floor_cpu=0.025,
                    )
                ]
            }
        )

        self.assertEqual(
            ["one", "ours-mysql", "0.500", "2.00 x", "0.025", "4.00 x"],
            tables[1].rows[0],
        )


class TestGoals(unittest.TestCase):
    def check(self, results):
        return {row[0]: row[2:] for row in goals.check(results).rows}

    def test_kept_and_broken(self):
        found = self.check(
            {
                "jobs": [
                    job("ours-mysql", 0, 990, floor_seconds=0.05),
                    job("upstream", 0, 10),
                ]
            }
        )

        self.assertEqual(
            {
                "reprocess of one scope: times upstream's points/s": [
                    "99.0",
                    "no",
                ],
                "... times less CPU": ["99.0", "yes"],
                "... times fewer Prometheus queries": ["56.0", "yes"],
                "... times less peak memory, largest process": ["1.00", "no"],
                "... times less peak memory, all processes": ["1.00", "no"],
                "... times the floor's seconds": ["2.02", "yes"],
            },
            found,
        )

    def test_nothing_measured(self):
        self.assertEqual({}, self.check({}))

    def test_year(self):
        rows = [
            {"side": "ours-mysql", "window": "month", "largest": 100},
            {"side": "ours-mysql", "window": "year", "largest": 119},
        ]

        self.assertEqual(
            {"a year's peak memory: times a month's": ["1.19", "yes"]},
            self.check({"memory": rows}),
        )
