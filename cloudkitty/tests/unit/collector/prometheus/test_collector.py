# SPDX-License-Identifier: Apache-2.0
"""The Prometheus collector before a server that misbehaves."""

import datetime

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import definitions
from cloudkitty.collector.prometheus import collector as prometheus
from cloudkitty.collector.prometheus import query
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests import http_stub
from cloudkitty.tests.contract import collector as contract

BEGIN = base.utc("2026-11-01T00:00")
AT = int(BEGIN.timestamp())
WINDOW = periods.Window(BEGIN, BEGIN + datetime.timedelta(hours=3))


def series(*values, **labels):
    return {"metric": labels, "values": list(values)}


class StubCase(base.TestCase):
    chunk_points = 20_000

    def setUp(self):
        super().setUp()
        self.stub = self.useFixture(http_stub.StubServer(http_stub.matrix()))

    def make(self, url=None, **options):
        conf = self.make_conf(
            orchestrator={"chunk_points": self.chunk_points},
            collector_prometheus={
                "prometheus_url": url or f"{self.stub.url}/api/v1",
                **options,
            },
        )
        return prometheus.PrometheusCollector(
            conf,
            definitions.parse(
                {"metrics": {"m": {"unit": "u", "alt_name": "x"}}},
                "project_id",
                query.EXTRA_ARGS,
            ),
        )

    def collect(self, collector=None, window=WINDOW):
        collector = collector or self.make()
        return list(
            contract.of_scope(collector, collector.definitions[0], "p", window)
        )

    def fail_with(self, words, collector=None):
        err = self.assertRaises(
            collector_base.CollectError, self.collect, collector
        )
        self.assertIn("metric m@#x: ", str(err))
        self.assertIn(words, str(err))
        return str(err)


class TestRequest(StubCase):
    def test_one_range_query(self):
        self.assertEqual(
            [(period, []) for period in WINDOW.periods(3600)], self.collect()
        )
        [request] = self.stub.requests
        self.assertEqual("/api/v1/query_range", request.path)
        self.assertEqual(
            {
                "query": 'max(max_over_time(m{project_id="p"}[3600s])) by '
                "(project_id)",
                "start": str(AT + 3600),
                "end": str(AT + 3 * 3600),
                "step": "3600",
            },
            request.parameters,
        )
        self.assertIsNone(request.authorization)

    def test_credentials(self):
        self.collect(
            self.make(prometheus_user="me", prometheus_password="secret")
        )
        self.collect(self.make(prometheus_user="me"))
        self.assertEqual(
            ["Basic bWU6c2VjcmV0", None],
            [request.authorization for request in self.stub.requests],
        )

    def test_windows_beyond_the_servers_limit_are_split(self):
        end = BEGIN + datetime.timedelta(hours=25_000)
        found = self.collect(window=periods.Window(BEGIN, end))
        self.assertEqual(25_000, len(found))
        asked = [
            (int(r.parameters["start"]), int(r.parameters["end"]))
            for r in self.stub.requests
        ]
        self.assertEqual(3, len(asked))
        self.assertEqual(AT + 3600, asked[0][0])
        self.assertEqual(int(end.timestamp()), asked[-1][1])
        for (_, last), (first, _) in zip(asked, asked[1:], strict=False):
            self.assertEqual(last + 3600, first)
        for first, last in asked:
            self.assertLessEqual((last - first) // 3600 + 1, 11_000)


class TestAnswers(StubCase):
    def test_points_by_labels(self):
        self.stub.script(
            http_stub.matrix(
                series([AT + 7200, "2"], project_id="q"),
                series([AT + 3600, "1"], [AT + 7200.0, "5"], project_id="p"),
                warnings=["PromQL warning: odd"],
            )
        )
        self.assertEqual(
            [[("p", "1")], [("p", "5"), ("q", "2")], []],
            [
                [(p.groupby["project_id"], str(p.qty)) for p in points]
                for _period, points in self.collect()
            ],
        )

    def test_not_a_usable_answer(self):
        success = {"status": "success"}
        for answer, words in (
            (http_stub.Answer("busy", status=429), "HTTP 429"),
            (http_stub.Answer("oops", status=500), "HTTP 500"),
            (http_stub.Answer("moved", status=301), "HTTP 301"),
            (http_stub.Answer("", status=204), "HTTP 204"),
            (
                http_stub.Answer(
                    {
                        "status": "error",
                        "errorType": "bad_data",
                        "error": "no such thing",
                    },
                    status=400,
                ),
                "HTTP 400: bad_data: no such thing",
            ),
            (
                http_stub.Answer({"status": "error", "error": "why"}),
                "status error: error: why",
            ),
            (http_stub.Answer(""), "not a JSON object"),
            (http_stub.Answer("<html>"), "not a JSON object"),
            (http_stub.Answer('{"status": "suc'), "not a JSON object"),
            (http_stub.Answer("[" * 100_000), "not a JSON object"),
            (http_stub.Answer("[]"), "not a JSON object"),
            (http_stub.Answer("null"), "not a JSON object"),
            (http_stub.Answer({}), "status None"),
            (http_stub.Answer(success), "without data"),
            (http_stub.Answer({**success, "data": []}), "without data"),
            (http_stub.vector(), "a vector instead of a matrix"),
            (
                http_stub.Answer(
                    {**success, "data": {"resultType": "matrix"}}
                ),
                "malformed series",
            ),
            (http_stub.matrix(["x"]), "malformed series"),
            (http_stub.matrix({"values": []}), "malformed series"),
            (
                http_stub.matrix(
                    {"metric": {"project_id": 5}, "values": []},
                ),
                "malformed series",
            ),
            (http_stub.matrix({"metric": {}}), "malformed values"),
            (
                http_stub.matrix(warnings=["store a is down"]),
                "partial answer: store a is down",
            ),
        ):
            self.stub.script(answer)
            self.fail_with(words)

    def test_malformed_values(self):
        for values in (
            [5],
            ["x"],
            [[AT + 3600]],
            [[AT + 3600, 5]],
            [[AT + 3600, None]],
            [[AT + 3600, "many"]],
            [["now", "1"]],
            [[None, "1"]],
            [[AT + 3600, "1", "2"]],
            # Not what was asked for: too early, too late, between, twice.
            [[AT, "1"]],
            [[AT + 4 * 3600, "1"]],
            [[AT + 3601, "1"]],
            [[AT + 3600, "1"], [AT + 3600, "1"]],
            [[AT + 7200, "1"], [AT + 3600, "1"]],
        ):
            self.stub.script(http_stub.matrix(series(*values)))
            self.fail_with("malformed values")

    def test_no_quantity(self):
        for text in ("NaN", "+Inf", "-Inf", "1e60"):
            self.stub.script(
                http_stub.matrix(series([AT + 3600, "1"], [AT + 7200, text]))
            )
            said = self.fail_with(f"unusable value {text}")
            self.assertIn("2026-11-01 01:00:00+00:00", said)

    def test_periods_before_one_without_quantity_are_given(self):
        self.stub.script(
            http_stub.matrix(
                series([AT + 3600, "1"], [AT + 3 * 3600, "NaN"]),
                series([AT + 3600, "2"], [AT + 7200, "NaN"]),
            )
        )
        collector = self.make()
        found = contract.of_scope(
            collector, collector.definitions[0], "p", WINDOW
        )
        _, given = next(found)
        self.assertEqual([1, 2], [int(point.qty) for point in given])
        err = self.assertRaises(collector_base.CollectError, next, found)
        self.assertEqual(WINDOW.periods(3600)[1], err.period)


class TestTransport(StubCase):
    def test_faults(self):
        for fault, words in (
            ("reset", "cannot be reached: Connection reset"),
            ("truncate", "closed the connection before"),
            ("stall", "did not answer in time"),
        ):
            self.stub.script(
                http_stub.Answer('{"status": "success"}', fault=fault)
            )
            self.fail_with(words, self.make(timeout=0.3))

    def test_refused(self):
        url = f"http://me:secret@127.0.0.1:{base.free_port()}/api/v1"
        said = self.fail_with("Connection refused", self.make(url))
        self.assertNotIn("secret", said)

    def test_not_http(self):
        said = self.fail_with(
            "TLS failed",
            self.make(self.stub.url.replace("http://", "https://me:secret@")),
        )
        self.assertNotIn("secret", said)

    def test_no_secret_in_any_error(self):
        url = self.stub.url.replace("http://", "http://me:secret@")
        self.stub.script(http_stub.Answer("", status=500))
        self.assertNotIn("secret", self.fail_with("HTTP", self.make(url)))

    def test_a_scope_that_is_not_unicode(self):
        collector = self.make()
        err = self.assertRaises(
            collector_base.CollectError,
            list,
            contract.of_scope(
                collector, collector.definitions[0], "\ud800", WINDOW
            ),
        )
        self.assertIn("not valid Unicode", str(err))


class TestRefusedAtStart(StubCase):
    def test_url(self):
        for url in ("ftp://x/", "prometheus:9090", "http://", "http://[x/"):
            err = self.assertRaises(
                exceptions.InvalidConfiguration, self.make, url
            )
            self.assertIn("[collector_prometheus] prometheus_url", str(err))

    def test_no_url(self):
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            prometheus.PrometheusCollector,
            self.make_conf(),
            [],
        )
        self.assertIn("prometheus_url is not set", str(err))

    def test_names(self):
        metrics = definitions.parse(
            {"metrics": {"image.size": {"unit": "u"}}},
            "project_id",
            query.EXTRA_ARGS,
        )
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            prometheus.PrometheusCollector,
            self.make_conf(
                collector_prometheus={"prometheus_url": "http://127.0.0.1:9"}
            ),
            metrics,
        )
        self.assertIn("image.size", str(err))
