# SPDX-License-Identifier: Apache-2.0
"""The Aetos collector: its queries and its errors."""

import datetime

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import definitions
from cloudkitty.collector.aetos import collector
from cloudkitty.collector.prometheus import query
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests import http_stub

BEGIN = base.utc("2026-11-01T00:00")
HOUR = datetime.timedelta(hours=1)
WINDOW = periods.Window(BEGIN, BEGIN + 3 * HOUR)
FIRST = BEGIN.timestamp() + 3600
QUERY = 'max(max_over_time(m{project_id="p"}[3600s])) by (project_id)'


class TestAetos(base.TestCase):
    def make(self, *answers, **options):
        self.stub = self.useFixture(http_stub.StubServer(*answers))
        path = self.make_folder() / "auth.conf"
        path.write_text(
            "[shared]\nauth_type = admin_token\ntoken = secret\n"
            f"endpoint = {self.stub.url}\n"
        )
        conf = self.make_conf(
            collector_aetos={"auth_section": "shared", **options}
        )
        conf(args=["--config-file", str(path)], project="cloudkitty")
        self.metrics = definitions.parse(
            {"metrics": {"m": {"unit": "u"}}}, "project_id", query.EXTRA_ARGS
        )
        self.collector = collector.AetosCollector(conf, self.metrics)

    def collect(self, window=WINDOW):
        return [
            [str(point.qty) for point in item.points]
            for item in self.collector.collect(self.metrics[0], ["p"], window)
        ]

    def test_a_subquery_for_several_periods(self):
        labels = {"project_id": "p"}
        values = [[FIRST, "1"], [FIRST + 7200, "3"]]
        self.make(http_stub.matrix({"metric": labels, "values": values}))
        self.assertEqual([["1"], [], ["3"]], self.collect())
        [request] = self.stub.requests
        self.assertEqual("/api/v1/query", request.path)
        self.assertEqual(
            {
                "query": f"({QUERY}\n)[7200500ms:3600s]",
                "time": str(int(FIRST) + 7200),
            },
            request.parameters,
        )
        self.assertEqual("secret", request.headers["X-Auth-Token"])

    def test_one_period(self):
        one = {"metric": {"project_id": "p"}, "value": [FIRST, "1"]}
        self.make(http_stub.vector(one))
        window = periods.Window(BEGIN, BEGIN + HOUR)
        self.assertEqual([["1"]], self.collect(window))
        [request] = self.stub.requests
        self.assertEqual(
            {"query": QUERY, "time": str(int(FIRST))}, request.parameters
        )

    def test_periods_that_are_not_aligned_are_queried_alone(self):
        self.make(http_stub.vector())
        begin = BEGIN + HOUR / 2
        window = periods.Window(begin, begin + 2 * HOUR)
        self.assertEqual([[], []], self.collect(window))
        self.assertEqual(
            [
                {"query": QUERY, "time": str(int(FIRST) + at)}
                for at in (1800, 5400)
            ],
            [each.parameters for each in self.stub.requests],
        )

    def test_no_usable_answer(self):
        for answer, words, divisible in (
            (http_stub.Answer("", status=401), "HTTP 401", False),
            (http_stub.Answer("", status=422), "HTTP 422", True),
            (http_stub.Answer("", status=500), "HTTP 500", False),
            (http_stub.Answer("{"), "not a JSON object", False),
            (http_stub.vector(), "a vector instead of a matrix", False),
            (http_stub.Answer("", fault="stall"), "in time", False),
            (http_stub.Answer("", fault="bomb"), "max_response_size", True),
            (http_stub.Answer("", fault="redirect"), "service catalog", False),
        ):
            # Older keystoneauth has whole seconds only.
            seconds = 1 if answer.fault == "stall" else 60
            self.make(answer, timeout=seconds, max_response_size=1 << 20)
            err = self.assertRaises(collector_base.CollectError, self.collect)
            self.assertIn("aetos at 127.0.0.1", str(err))
            self.assertIn(words, str(err))
            self.assertNotIn("secret", str(err))
            self.assertEqual(divisible, err.divisible, words)

    def test_refused_at_start(self):
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            self.make,
            http_stub.vector(),
            auth_section=None,
        )
        self.assertIn("[collector_aetos] auth_type is not set", str(err))
