# SPDX-License-Identifier: Apache-2.0
import contextlib
import datetime
import decimal
import http.client
import json
import pathlib
import tempfile
import unittest
import urllib.parse

import sqlalchemy as sa

from benchmarks import cloud_database
from benchmarks import cloud_floor
from benchmarks import cloud_programs
from benchmarks import cloud_report
from benchmarks import cloud_worker
from benchmarks import dataset
from benchmarks import deployments
from benchmarks import settings

_BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


class TestCounting(unittest.TestCase):
    def test_statements_and_commits_of_all_engines(self):
        counter = cloud_worker.Counter(counted=True)
        self.addCleanup(
            sa.event.remove,
            sa.Engine,
            "before_cursor_execute",
            counter._execute,
        )
        self.addCleanup(sa.event.remove, sa.Engine, "commit", counter._commit)
        engine = sa.create_engine("sqlite://")
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT 1"))
            connection.execute(sa.text("SELECT 2"))

        self.assertEqual((2, 1), (counter.statements, counter.commits))

    def test_a_step_is_measured_alone(self):
        counter = cloud_worker.Counter(counted=False)
        counter.statements = 5

        def work():
            counter.statements += 2

        took = cloud_worker.measure(counter, work)

        self.assertEqual(2, took["statements"])
        self.assertGreater(took["memory"], 1)

    def test_the_clock_stays_within_the_period(self):
        clock = cloud_worker.Clock()
        clock.set(_BEGIN)
        clock._set_at -= 3600

        self.assertEqual(_BEGIN + datetime.timedelta(minutes=20), clock.now())


class TestSource(unittest.TestCase):
    """The process of the fake source."""

    def setUp(self):
        self.source = cloud_programs.Source(3, 2)
        self.addCleanup(self.source.__exit__)
        self.http = http.client.HTTPConnection("127.0.0.1", self.source.port)
        self.addCleanup(self.http.close)

    def ask(self, method, query):
        form = urllib.parse.urlencode(
            {
                "query": query,
                "start": _BEGIN.timestamp() + 3600,
                "end": _BEGIN.timestamp() + 3600,
                "step": 3600,
            }
        )
        target, body = "/api/v1/query_range", form
        if method == "GET":
            target, body = f"{target}?{form}", None
        self.http.request(method, target, body)
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def test_get_and_post_on_one_connection_are_counted(self):
        query = "max(max_over_time(instance_up[3600s])) by (project_id)"
        answers = [self.ask(method, query) for method in ("GET", "POST")]

        self.assertEqual(200, answers[0][0])
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(6, len(json.loads(answers[0][1])["data"]["result"]))
        self.assertEqual(2, self.source.queries())

    def test_an_address_that_prometheus_refuses(self):
        ids = "|".join(dataset.scope_id(number) for number in range(40_000))
        query = (
            f'max(max_over_time(instance_up{{project_id=~"{ids}"}}[3600s])) '
            "by (project_id)"
        )

        self.assertEqual(431, self.ask("GET", query)[0])


_TABLES = """
CREATE TABLE cloudkitty_storage_states (identifier TEXT, scope_key TEXT,
 collector TEXT, fetcher TEXT, last_processed_timestamp TEXT, active INT);
CREATE TABLE cloudkitty_rated_scopes (id INT, scope_id TEXT);
CREATE TABLE cloudkitty_rated_series (id INT, scope INT, groupby TEXT);
CREATE TABLE storage_scope_reprocessing_schedule (id INT, identifier TEXT,
 periods_done INT);
CREATE TABLE cloudkitty_rated_points (scope INT, "begin" TEXT, series INT,
 seq INT, "end" TEXT, qty NUMERIC, price NUMERIC);
"""


class TestFloor(unittest.TestCase):
    """The floor with a file that has the tables' names and columns."""

    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.database = self.enterContext(
            cloud_database.SQLite("floor", folder)
        )
        self.ids = [dataset.scope_id(number) for number in range(3)]
        self.source = self.enterContext(cloud_programs.Source(3, 2))
        with contextlib.closing(self.database.connect()) as connection:
            connection.executescript(_TABLES)
        self.database.declare(self.ids, _BEGIN - settings.PERIOD)
        for number, one in enumerate(self.ids):
            self.database.query(
                "INSERT INTO cloudkitty_rated_scopes VALUES "
                f"({number}, '{one}')"
            )
            self.database.query(
                "INSERT INTO storage_scope_reprocessing_schedule VALUES "
                f"({number}, '{one}', 1)"
            )
            for index in range(4):
                kind = ("instance_id", "volume_id")[index % 2]
                text = f"{kind[0]}-{number:06d}-{index // 2:03d}"
                self.database.query(
                    "INSERT INTO cloudkitty_rated_series VALUES "
                    f"({10 * number + index}, {number}, "
                    f"'{json.dumps({kind: text})}')"
                )

    def job(self, kind, scope_ids, periods=1):
        return cloud_floor.Job(
            kind=kind,
            scope_ids=scope_ids,
            window=deployments.Window(begin=_BEGIN, periods=periods),
            everything=len(scope_ids) == 3,
            points=2,
        )

    def stored(self):
        return self.database.query(
            'SELECT COUNT(*), COUNT(DISTINCT "begin"), SUM(price) '
            "FROM cloudkitty_rated_points"
        )[0]

    def test_a_tick_stores_all_points_and_moves_all_cursors(self):
        took = cloud_floor.run(
            self.database, self.source.port, self.job("tick", self.ids)
        )

        count, periods, price = self.stored()
        # Two flavors, and volumes of 10 and 20 GiB.
        each = decimal.Decimal("0.01") + decimal.Decimal("0.02")
        each += 30 * decimal.Decimal(deployments.VOLUME_PRICE)
        self.assertEqual((12, 1), (count, periods))
        self.assertAlmostEqual(float(3 * each), price)
        self.assertEqual(2, self.source.queries())
        # With the locks of the scopes, and the deletion of old points.
        self.assertEqual((6, 1), (took["statements"], took["commits"]))
        self.assertEqual(
            [(f"{_BEGIN:%Y-%m-%d %H:%M:%S}.000000", 3)],
            self.database.query(
                "SELECT last_processed_timestamp, COUNT(*) "
                "FROM cloudkitty_storage_states GROUP BY 1"
            ),
        )

    def test_what_is_stored_is_replaced(self):
        for _ in range(2):
            cloud_floor.run(
                self.database,
                self.source.port,
                self.job("redo", self.ids[:2], 3),
            )

        self.assertEqual((24, 3), self.stored()[:2])
        self.assertEqual(
            [(3,), (3,), (0,)],
            self.database.query(
                "SELECT periods_done FROM storage_scope_reprocessing_schedule"
            ),
        )

    def test_a_new_column_is_noticed(self):
        self.database.query("ALTER TABLE cloudkitty_rated_points ADD day INT")

        with self.assertRaises(ValueError):
            cloud_floor._Floor(
                self.database,
                self.source.port,
                self.job("tick", self.ids),
            )


def row(scopes, side, repeat=0, job="tick", **more):
    return {
        "kind": f"cloud-mysql-{scopes}",
        "job": job,
        "side": side,
        "database": "mysql",
        "scopes": scopes,
        "repeat": repeat,
        "seconds": scopes / 10,
        "cpu": scopes / 100,
        "cpu_database": scopes / 100,
        "cpu_source": 0.1,
        "statements": 3 if side == "new" else 16 * scopes,
        "commits": 1,
        "queries": 2,
        "memory": 100.0,
        "floor_seconds": scopes / 40,
        "floor_cpu": scopes / 400,
        "floor_cpu_database": scopes / 200,
        "floor_statements": None,
        "void": [],
        **more,
    }


class TestReport(unittest.TestCase):
    def lines(self, rows, title):
        (table,) = [
            one
            for one in cloud_report.tables(rows)
            if one.title.startswith(title)
        ]
        return [
            dict(zip(table.header, one, strict=True)) for one in table.rows
        ]

    def test_figures_and_ratios(self):
        rows = [row(100, "old"), row(100, "new", cpu=0.25)]
        lines = {
            line["measure"]: line for line in self.lines(rows, "100 scopes")
        }

        self.assertEqual("1.00", lines["CPU s, worker"]["old"])
        self.assertEqual(
            "4.00 x", lines["CPU s, worker"]["old, times the floor"]
        )
        self.assertEqual("4.00 x", lines["CPU s, worker"]["new is better by"])
        self.assertEqual(
            "2.67 x",
            lines["CPU s, worker and database"]["old, times the floor"],
        )
        self.assertEqual("533 x", lines["SQL statements"]["new is better by"])
        self.assertEqual("", lines["SQL statements"]["old, times the floor"])

    def test_void_results_do_not_count(self):
        rows = [row(100, "old"), row(100, "old", 1, cpu=9.0, void=["bad"])]
        lines = self.lines(rows, "100 scopes, mysql (1 void")

        self.assertEqual("1.00", lines[1]["old"])

    def test_growth(self):
        rows = [
            row(scopes, side)
            for scopes in (100, 1000)
            for side in ("old", "new")
        ]
        old, new = self.lines(rows, "Growth")

        self.assertEqual("1.00", old["statements"])
        self.assertEqual("0.00", new["statements"])
        self.assertEqual("0.00", new["memory"])

    def test_no_growth_of_one_size(self):
        self.assertEqual(1, len(cloud_report.tables([row(100, "old")])))

    def test_an_exponent_is_that_of_the_logarithms(self):
        points = [(10, 5.0), (100, 500.0)]

        self.assertAlmostEqual(2.0, cloud_report.exponent(points))
