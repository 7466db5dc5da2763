# SPDX-License-Identifier: Apache-2.0
import datetime
import http.server
import os
import pathlib
import sqlite3
import tempfile
import threading
import time
import unittest

from benchmarks import floor_rows
from benchmarks import load
from benchmarks import log_times
from benchmarks import processes
from benchmarks import sampling
from benchmarks import servers

_BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
_CLAIMED = (
    "2026-01-01 00:00:01.250 77 INFO "
    "cloudkitty.orchestrator.reprocess.worker [-] "
    "task claimed task_id=3 scope_id=c0ffee token=1"
)
_REDONE = (
    "2026-01-01 00:00:02.500 77 INFO "
    "cloudkitty.orchestrator.reprocess.attempt [-] "
    "periods redone task_id=3 scope_id=c0ffee begin=2026-01-01T00:00:00+00:00 "
    "end=2026-01-08T00:00:00+00:00 periods=168 points=2520 no_data=0"
)


class TestLog(unittest.TestCase):
    def test_events(self):
        claimed = log_times.parse(_CLAIMED)
        redone = log_times.parse(_REDONE)

        self.assertEqual("task claimed", claimed.name)
        self.assertEqual(_BEGIN.timestamp() + 1.25, claimed.at)
        self.assertFalse(claimed.trouble)
        self.assertEqual("periods redone", redone.name)
        self.assertEqual(168, redone.fields["periods"])
        self.assertEqual(2520, redone.fields["points"])

    def test_events_of_several_tasks(self):
        line = _CLAIMED.replace(
            "task claimed task_id=3 scope_id=c0ffee token=1",
            "tasks claimed tasks=250 batch_id=c0ffee",
        )
        self.assertEqual("task claimed", log_times.parse(line).name)
        self.assertEqual(250, log_times.parse(line).tasks)
        self.assertEqual(1, log_times.parse(_CLAIMED).tasks)

    def test_trouble(self):
        line = _CLAIMED.replace("task claimed", "task put off")

        self.assertTrue(log_times.parse(line).trouble)

    def test_other_lines(self):
        self.assertIsNone(log_times.parse("Traceback"))
        self.assertIsNone(
            log_times.parse(_CLAIMED.replace("task claimed", "task looked at"))
        )

    def test_half_a_line_waits(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "log"
            file.write_text(f"{_CLAIMED}\n{_REDONE[:50]}")
            tail = log_times.Tail(file)
            first = [event.name for event in tail.read()]
            file.write_text(f"{_CLAIMED}\n{_REDONE}\n")
            second = [event.name for event in tail.read()]

        self.assertEqual(["task claimed"], first)
        self.assertEqual(["periods redone"], second)
        self.assertEqual(1, len(tail.named("task claimed")))


class TestClocks(unittest.TestCase):
    def test_between_samples(self):
        times, values = [1.0, 2.0, 4.0], [10.0, 20.0, 40.0]

        for when, value in ((0, 10), (1.5, 15), (2, 20), (3, 30), (9, 40)):
            with self.subTest(when):
                self.assertEqual(
                    value, sampling.interpolate(times, values, when)
                )

    def test_own_processor_time(self):
        pid = os.getpid()
        before = processes.cpu_seconds([pid]), time.process_time()
        sum(range(2_000_000))
        after = processes.cpu_seconds([pid]), time.process_time()

        self.assertAlmostEqual(
            after[1] - before[1], after[0] - before[0], delta=0.005
        )

    def test_queries(self):
        text = (
            "# TYPE prometheus_http_requests_total counter\n"
            'prometheus_http_requests_total{code="200",'
            'handler="/api/v1/query"} 2\n'
            'prometheus_http_requests_total{code="200",'
            'handler="/api/v1/query_range"} 3e+00\n'
            'prometheus_http_requests_total{code="200",'
            'handler="/metrics"} 9\n'
        )

        self.assertEqual(5, servers.count_queries(text))


class TestFloorRows(unittest.TestCase):
    def check(self, schema, rows):
        with tempfile.TemporaryDirectory() as folder:
            database = sqlite3.connect(
                pathlib.Path(folder) / "db", isolation_level=None
            )
            self.addCleanup(database.close)
            database.executescript(schema)
            marks = ",".join("?" * len(rows[0]))
            database.executemany(
                "INSERT INTO cloudkitty_rated_points VALUES "  # noqa: S608
                f"({marks})",
                rows,
            )
            table = floor_rows.Table(
                lambda text: database.execute(text).fetchall(), sqlite=True
            )
            window = _BEGIN, _BEGIN + datetime.timedelta(hours=1)

            read = table.read("mine", *window)
            table.write(database, "mine", *window, read[:-1])
            database.execute(
                "UPDATE cloudkitty_rated_points SET price = 'kept'"
            )
            table.write(database, "mine", *window, read)

            return read, database.execute(
                "SELECT price, COUNT(*) FROM cloudkitty_rated_points "
                "GROUP BY price ORDER BY price"
            ).fetchall()

    def test_wide_rows(self):
        read, prices = self.check(
            "CREATE TABLE cloudkitty_rated_points (id INTEGER PRIMARY KEY, "
            "scope_id TEXT, begin TEXT, price TEXT)",
            [
                (1, "mine", "2026-01-01 00:00:00.000000", "1"),
                (2, "mine", "2026-01-01 00:00:00.000000", "2"),
                (3, "mine", "2026-01-01 01:00:00.000000", "3"),
                (4, "yours", "2026-01-01 00:00:00.000000", "4"),
            ],
        )

        self.assertEqual(["1", "2"], [row[-1] for row in read])
        self.assertEqual([("1", 1), ("2", 1), ("kept", 2)], prices)

    def test_narrow_rows(self):
        read, prices = self.check(
            "CREATE TABLE cloudkitty_rated_scopes (id INTEGER, "
            "scope_id TEXT); "
            "INSERT INTO cloudkitty_rated_scopes VALUES (8, 'mine'); "
            "CREATE TABLE cloudkitty_rated_points (scope INTEGER, "
            "begin TEXT, series INTEGER, price TEXT, "
            "PRIMARY KEY (scope, begin, series)) WITHOUT ROWID",
            [
                (8, "2026-01-01 00:00:00.000000", 1, "1"),
                (8, "2026-01-01 00:00:00.000000", 2, "2"),
                (9, "2026-01-01 00:00:00.000000", 1, "3"),
            ],
        )

        self.assertEqual(2, len(read))
        self.assertEqual([("1", 1), ("2", 1), ("kept", 1)], prices)


class _Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        text = b"x" * 300_000
        self.send_response(200 if self.path == "/page" else 503)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class TestLoad(unittest.TestCase):
    def setUp(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.port = server.server_port

    def test_requests(self):
        took = load.run(self.port, "/page", clients=3, requests=20)

        self.assertEqual(20, len(took.latencies))
        self.assertEqual(0, took.failed)
        self.assertGreater(took.per_second, 0)

    def test_failures_are_counted(self):
        took = load.run(self.port, "/other", clients=2, requests=5)

        self.assertEqual(5, took.failed)

    def test_percentiles(self):
        took = load.Load(
            seconds=1,
            latencies=[place / 1000 for place in range(1, 101)],
            failed=0,
        )

        self.assertEqual(50, round(took.percentile(0.5)))
        self.assertEqual(99, round(took.percentile(0.99)))
        self.assertEqual(100, round(took.percentile(1)))
