# SPDX-License-Identifier: Apache-2.0
"""The Gnocchi collector: requests, answers, errors."""

import datetime
import decimal
import json
import pathlib
import urllib.parse

import fixtures

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import definitions
from cloudkitty.collector.gnocchi import collector
from cloudkitty.collector.gnocchi import query
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests import http_stub

SAMPLE = pathlib.Path(__file__).parents[5] / "etc/cloudkitty/metrics.yml"
BEGIN = base.utc("2026-11-01T00:00")
HOUR = datetime.timedelta(hours=1)
WINDOW = periods.Window(BEGIN, BEGIN + 3 * HOUR)
ONE = periods.Window(BEGIN, BEGIN + HOUR)
NO_METRIC = http_stub.Answer(
    {"code": 404, "description": "Metric ['cpu'] does not exist"}, status=404
)
NOTHING = http_stub.Answer([])


def group(*measures, **attributes):
    """Return a group of an answer; a measure is (hour, value)."""
    shown = {
        "id": "i-1",
        "project_id": "p",
        "revision_start": "2026-10-01T00:00:00+00:00",
    }
    return {
        "group": shown | attributes,
        "measures": {
            "measures": {
                "aggregated": [
                    [(BEGIN + HOUR * hour).isoformat(), 3600.0, value]
                    for hour, value in measures
                ]
            }
        },
    }


class CollectorCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch(
                "cloudkitty.common.http.retries.WAITS", (0.01, 0.01)
            )
        )

    def make(self, *answers, extra_args=None, options=None, **keys):
        self.stub = self.useFixture(
            http_stub.StubServer(*(answers or [NOTHING]))
        )
        conf = self.make_conf(
            collector_gnocchi={
                "gnocchi_auth_type": "basic",
                "gnocchi_user": "admin",
                "gnocchi_endpoint": self.stub.url,
                **(options or {}),
            }
        )
        extra_args = {"resource_type": "instance"} | (extra_args or {})
        body = {"unit": "u", "extra_args": extra_args} | keys
        metrics = definitions.parse(
            {"metrics": {"cpu": body}}, "project_id", query.EXTRA_ARGS
        )
        self.collector = collector.GnocchiCollector(conf, metrics)
        return self.collector

    def collect(self, scopes=("p",), window=WINDOW):
        [metric] = self.collector.definitions
        return list(self.collector.collect(metric, list(scopes), window))

    def digits(self, *arguments):
        """Return the quantities of each scope and period."""
        return [
            (item.scope_id, [str(point.qty) for point in item.points])
            for item in self.collect(*arguments)
        ]

    def fail(self, words, *arguments):
        err = self.assertRaises(
            collector_base.CollectError, self.collect, *arguments
        )
        self.assertIn("metric cpu", str(err))
        self.assertIn(words, str(err))
        return err


class TestRequests(CollectorCase):
    def asked(self, number=0):
        request = self.stub.requests[number]
        return json.loads(request.body)

    def parameters(self, number=0):
        return urllib.parse.parse_qsl(self.stub.requests[number].query)

    def test_upstreams_request(self):
        self.make(groupby=["flavor"])
        self.collect(window=ONE)
        [request] = self.stub.requests
        self.assertEqual("/v1/aggregates", request.path)
        self.assertEqual(
            {
                "operations": ["aggregate", "max", ["metric", "cpu", "max"]],
                "resource_type": "instance",
                "search": {
                    "and": [
                        {"=": {"type": "instance"}},
                        {"=": {"project_id": "p"}},
                    ]
                },
            },
            self.asked(),
        )
        self.assertEqual(
            [
                ("details", "False"),
                ("use_history", "True"),
                ("start", "2026-11-01T00:00:00+00:00"),
                ("stop", "2026-11-01T01:00:00+00:00"),
                ("groupby", "flavor"),
                ("groupby", "project_id"),
                ("groupby", "id"),
                ("granularity", "3600"),
            ],
            self.parameters(),
        )

    def test_a_joint_request(self):
        self.make()
        self.collect(["p", "q"])
        [_] = self.stub.requests
        self.assertEqual(
            {"in": {"project_id": ["p", "q"]}},
            self.asked()["search"]["and"][1],
        )
        self.assertEqual(
            ["project_id", "id", "revision_start"],
            [value for name, value in self.parameters() if name == "groupby"],
        )

    def test_a_custom_query(self):
        self.make(
            extra_args={
                "custom_query": "(* 2 (aggregate RE_AGGREGATION_METHOD (metric"
                " METRIC_NAME AGGREGATION_METHOD)))",
                "re_aggregation_method": "sum",
                "aggregation_method": "95pct",
                "force_granularity": 0,
            }
        )
        self.collect(["p", "q"])
        self.assertEqual(6, len(self.stub.requests))
        self.assertEqual(
            "(* 2 (aggregate sum (metric cpu 95pct)))",
            self.asked()["operations"],
        )
        self.assertNotIn("granularity", dict(self.parameters()))

    def test_rates_begin_earlier(self):
        self.make(
            extra_args={
                "re_aggregation_method": "rate:mean",
                "force_granularity": 300,
            }
        )
        self.collect()
        self.assertEqual(3, len(self.stub.requests))
        self.assertEqual(
            "2026-10-31T23:55:00+00:00", dict(self.parameters())["start"]
        )

    def test_a_granularity_that_does_not_divide_the_period(self):
        for granularity, window, requests in (
            (3600, WINDOW, 1),
            (600, WINDOW, 1),
            (7200, WINDOW, 3),
            (700, WINDOW, 3),
            (0, WINDOW, 3),
            (
                3600,
                periods.Window(BEGIN + HOUR / 2, BEGIN + HOUR * 2.5),
                2,
            ),
        ):
            self.make(extra_args={"force_granularity": granularity})
            self.collect(["p", "q"], window)
            self.assertEqual(requests, len(self.stub.requests), granularity)

    def test_refused_at_start(self):
        for extra_args, words in (
            ({"resource_type": 1}, "resource_type: must be text"),
            ({"aggregation_method": "avg"}, "aggregation_method: must be one"),
            ({"re_aggregation_method": "95pct"}, "must be one of"),
            ({"force_granularity": -1}, "must be 0 or more"),
            ({"force_granularity": True}, "must be a whole number"),
            ({"use_all_resource_revisions": 1}, "must be true or false"),
            ({"query_prefix": "x"}, "unknown to this collector"),
            (
                {"resource_key": "n", "use_all_resource_revisions": False},
                "needs id in groupby",
            ),
        ):
            err = self.assertRaises(
                exceptions.InvalidConfiguration,
                self.make,
                extra_args=extra_args,
            )
            self.assertIn("metric cpu", str(err))
            self.assertIn(words, str(err))
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            definitions.parse,
            {"metrics": {"cpu": {"unit": "u"}}},
            "project_id",
            query.EXTRA_ARGS,
        )
        self.assertIn("extra_args: resource_type: is missing", str(err))


class TestSample(base.TestCase):
    def test_it_is_accepted(self):
        conf = self.make_conf(
            collect={"metrics_conf": str(SAMPLE)},
            collector_gnocchi={
                "gnocchi_auth_type": "basic",
                "gnocchi_user": "admin",
                "gnocchi_endpoint": "http://127.0.0.1:1",
            },
        )
        metrics = definitions.load(str(SAMPLE), "project_id", query.EXTRA_ARGS)
        self.assertEqual(
            [
                "cpu@#instance",
                "image.size",
                "ip.floating",
                "network.incoming.bytes.rate",
                "network.outgoing.bytes.rate",
                "radosgw.objects.size",
                "volume.size",
            ],
            [metric.key for metric in metrics],
        )
        self.assertEqual([], [w for m in metrics for w in m.warnings])
        collector.GnocchiCollector(conf, metrics)


class TestAnswers(CollectorCase):
    def test_quantities(self):
        self.make(
            http_stub.Answer([group((0, 0.1), (2, 2))]),
            factor="1/3",
        )
        # 1/3 is the float, to all its binary digits; 28 digits are kept.
        exact = decimal.Decimal(1 / 3)
        context = decimal.Context(prec=28)
        first = str(context.multiply(decimal.Decimal("0.1"), exact))
        second = str(context.multiply(decimal.Decimal(2), exact))
        self.assertEqual(
            [("p", [first]), ("p", []), ("p", [second])], self.digits()
        )

    def test_no_metric_is_no_data(self):
        empty = [("p", []), ("p", []), ("p", [])]
        old = {"description": {"cause": "Metrics not found", "detail": []}}
        for answer in (
            NO_METRIC,
            NOTHING,
            http_stub.Answer(old, status=400),
            http_stub.Answer([group()]),
        ):
            self.make(answer)
            self.assertEqual(empty, self.digits())

    def test_other_scopes_are_dropped(self):
        self.make(
            http_stub.Answer([group((0, 1)), group((0, 2), project_id="P")])
        )
        self.assertEqual([("p", ["1"]), ("p", []), ("p", [])], self.digits())

    def test_only_the_first_measure_of_a_period_counts(self):
        """Where a step of Gnocchi is shorter than the period."""
        self.make(
            http_stub.Answer([group((0, 1), (0.25, 7), (0.5, 9), (1, 2))]),
            extra_args={"force_granularity": 900},
        )
        self.assertEqual(
            [("p", ["1"]), ("p", ["2"]), ("p", [])], self.digits()
        )

    def test_revisions_of_one_group_are_added_up(self):
        later = "2026-11-01T01:30:00+00:00"
        self.make(
            http_stub.Answer(
                [
                    group((0, 1), (1, 0.1)),
                    group((1, 0.2), (2, 5), revision_start=later),
                ]
            )
        )
        self.assertEqual(
            [("p", ["1"]), ("p", ["0.30000000000000004"]), ("p", ["5"])],
            self.digits(),
        )
        self.assertEqual(1, len(self.stub.requests))

    def test_a_revision_does_not_count_before_its_period(self):
        later = "2026-11-01T01:30:00+00:00"
        self.make(
            http_stub.Answer(
                [group((0, 1), (1, 2), (2, 3), revision_start=later)]
            ),
            # Its earlier revisions.
            NOTHING,
        )
        self.assertEqual(
            [("p", []), ("p", ["2"]), ("p", ["3"])], self.digits()
        )
        self.assertEqual(2, len(self.stub.requests))

    def test_a_resource_that_came_from_elsewhere_is_requested_exactly(self):
        later = "2026-11-01T01:30:00+00:00"
        self.make(
            http_stub.Answer([group((1, 1), (2, 3), revision_start=later)]),
            http_stub.Answer(
                [{"id": "i-1", "revision_start": "2026-10-01T00:00:00+00:00"}]
            ),
            http_stub.Answer([group((1, 2))]),
        )
        self.assertEqual(
            [("p", []), ("p", ["2"]), ("p", ["3"])], self.digits()
        )
        last = json.loads(self.stub.requests[2].body)
        self.assertEqual({"=": {"project_id": "p"}}, last["search"]["and"][1])

    def test_metadata(self):
        def resource(key, begin, **attributes):
            return {
                "id": key,
                "project_id": "p",
                "started_at": begin,
                "ended_at": None,
                **attributes,
            }

        self.make(
            http_stub.Answer(
                [
                    group((0, 1), (2, 2)),
                    group((0, 3), (2, 4), id="i-2"),
                    group((0, 5), id="i-3"),
                ]
            ),
            http_stub.Answer(
                [
                    resource("i-1", "2026-10-01T00:00:00+00:00", flavor="m1"),
                    resource("i-2", "2026-11-01T02:30:00+00:00", size=4),
                ]
            ),
            NOTHING,
            metadata=["flavor", "size"],
        )
        found = self.collect()
        self.assertEqual(
            [
                [("i-1", "m1", "")],
                [],
                [("i-1", "m1", ""), ("i-2", "", "4")],
            ],
            [
                [
                    (
                        point.groupby["id"],
                        point.metadata["flavor"],
                        point.metadata["size"],
                    )
                    for point in item.points
                ]
                for item in found
            ],
        )

    def test_an_unusable_value_fails_its_scope(self):
        self.make(
            http_stub.Answer(
                [
                    group((0, 1), (1, 1e300), (2, 1)),
                    group((0, 1), project_id="q", id="i-2"),
                ]
            )
        )
        found = self.collect(["p", "q"])
        self.assertEqual(
            [("p", 1, False), ("p", 0, True)]
            + [("q", n, False) for n in (1, 0, 0)],
            [
                (each.scope_id, len(each.points), each.error is not None)
                for each in found
            ],
        )
        self.assertEqual(found[1].period, found[1].error.period)
        self.assertIn("unusable value 1e+300", str(found[1].error))


class TestErrors(CollectorCase):
    def test_no_usable_answer(self):
        cause = {"cause": "Metrics with unknown aggregation", "detail": []}
        for answer, words in (
            (
                http_stub.Answer({"description": cause}, status=404),
                "unknown agg",
            ),
            (http_stub.Answer("", status=404), "HTTP 404"),
            (http_stub.Answer("", status=401), "HTTP 401"),
            (http_stub.Answer("", status=500), "HTTP 500"),
            (http_stub.Answer("", status=503), "HTTP 503"),
            (http_stub.Answer("", fault="reset"), "cannot be reached"),
            (http_stub.Answer("", fault="stall"), "did not answer in time"),
            (http_stub.Answer("", fault="redirect"), "a redirect to 169"),
            (http_stub.Answer([group((0, 1))], fault="truncate"), "closed"),
            (http_stub.Answer("{}"), "not a JSON list"),
            (http_stub.Answer("[1]"), "malformed list"),
            (http_stub.Answer([{}]), "a group without measures"),
            (http_stub.Answer([group((0, "x"))]), "not a number"),
            (http_stub.Answer([group((7, 1))]), "outside of the window"),
            (
                http_stub.Answer([group((0, 1), revision_start=None)]),
                "answered",
            ),
        ):
            # Older keystoneauth has whole seconds only.
            seconds = 1 if answer.fault == "stall" else 60
            self.make(answer, options={"timeout": seconds})
            err = self.fail(words)
            self.assertFalse(err.divisible, words)
            self.assertNotIn("secret", str(err))

    def test_an_answer_that_is_too_large(self):
        bomb = http_stub.Answer("", fault="bomb")
        self.make(bomb, options={"max_response_size": 1 << 20})
        self.assertTrue(self.fail("max_response_size").divisible)
        err = self.fail("max_response_size", ["p"], ONE)
        self.assertFalse(err.divisible)
        self.make(http_stub.Answer([group((0, 1), (1, 1), (2, 1))]))
        self.collector._most = 2
        self.assertTrue(self.fail("more than 2 measures").divisible)

    def test_one_refused_scope_does_not_fail_the_others(self):
        refused = http_stub.Answer({"description": "granularity"}, status=400)
        self.make(
            refused,
            http_stub.Answer([group((0, 1))]),
            refused,
        )
        found = self.collect(["p", "q"])
        self.assertEqual(
            [("p", None)] * 3 + [("q", ONE)],
            [
                (each.scope_id, each.error and each.error.period)
                for each in found
            ],
        )
        self.assertIn("granularity", str(found[3].error))

    def test_a_request_that_all_scopes_refuse(self):
        self.make(http_stub.Answer({"description": "no type"}, status=400))
        scopes = [f"p-{number}" for number in range(100)]
        self.fail("no type", scopes)
        self.assertLess(len(self.stub.requests), 40)
