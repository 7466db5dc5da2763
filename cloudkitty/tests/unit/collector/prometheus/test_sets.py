# SPDX-License-Identifier: Apache-2.0
"""The Prometheus collector: one query for several scopes."""

import datetime
import logging
import urllib.parse

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import definitions
from cloudkitty.collector.prometheus import collector as prometheus
from cloudkitty.collector.prometheus import query
from cloudkitty.collector.prometheus import sets
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests import http_stub
from cloudkitty.tests.unit.collector.prometheus import test_collector

AT = test_collector.AT
WINDOW = test_collector.WINDOW
HOUR = periods.Window(WINDOW.begin, next(iter(WINDOW.periods(3600))).end)
NAN = "NaN"


def series(scope_id, *quantities):
    """Return a series with one quantity in each period."""
    return {
        "metric": {"project_id": scope_id},
        "values": [
            [AT + 3600 * number, text]
            for number, text in enumerate(quantities, 1)
        ],
    }


class TestPieces(base.TestCase):
    def test_up_to_the_limit(self):
        scopes = ["aaa", "bb", "c", "dddddddd", "e"]
        self.assertEqual(
            [["aaa", "bb"], ["c"], ["dddddddd"], ["e"]],
            list(sets.pieces(scopes, len, 5)),
        )
        self.assertEqual([], list(sets.pieces([], len, 5)))


class SetsCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.stub = self.useFixture(http_stub.StubServer(http_stub.matrix()))

    def make(self, chunk_points=20_000, **extra_args):
        conf = self.make_conf(
            orchestrator={"chunk_points": chunk_points},
            collector_prometheus={"prometheus_url": f"{self.stub.url}/api/v1"},
        )
        metrics = definitions.parse(
            {"metrics": {"m": {"unit": "u", "extra_args": extra_args}}},
            "project_id",
            query.EXTRA_ARGS,
        )
        return prometheus.PrometheusCollector(conf, metrics)

    def collect(self, scope_ids, window=WINDOW, collector=None):
        """Return the quantities of each scope; None after an error."""
        collector = collector or self.make()
        found = {scope_id: [] for scope_id in scope_ids}
        metric = collector.definitions[0]
        for item in collector.collect(metric, scope_ids, window):
            found[item.scope_id].append(
                [str(point.qty) for point in item.points]
                if item.error is None
                else str(item.error)
            )
        return found

    def fail(self, scope_ids, window=WINDOW, collector=None):
        """Return the error of a collection."""
        return self.assertRaises(
            collector_base.CollectError,
            self.collect,
            scope_ids,
            window,
            collector,
        )

    def forms(self):
        """Return the forms sent, after a check that nothing else was."""
        self.assertEqual({"POST"}, {each.method for each in self.asked()})
        self.assertEqual({""}, {each.query for each in self.asked()})
        return [
            dict(urllib.parse.parse_qsl(each.body)) for each in self.asked()
        ]

    def asked(self):
        return self.stub.requests


class TestRequest(SetsCase):
    def test_one_form_for_several_scopes(self):
        self.stub.script(
            http_stub.matrix(series("b", "1", "2"), series("a", "3"))
        )
        self.assertEqual(
            {"a": [["3"], [], []], "b": [["1"], ["2"], []], "c": [[]] * 3},
            self.collect(["a", "b", "c"]),
        )
        self.assertEqual(
            [
                {
                    "query": 'max(max_over_time(m{project_id=~"a|b|c"}[3600s]'
                    ")) by (project_id)",
                    "start": str(AT + 3600),
                    "end": str(AT + 3 * 3600),
                    "step": "3600",
                }
            ],
            self.forms(),
        )
        self.assertEqual("/api/v1/query_range", self.asked()[0].path)

    def test_long_sets_are_several_queries(self):
        scopes = [f"{number:032}" for number in range(1000)]
        found = self.collect(scopes)
        self.assertEqual({each: [[]] * 3 for each in scopes}, found)
        texts = [form["query"] for form in self.forms()]
        self.assertEqual(3, len(texts))
        # VictoriaMetrics refuses longer ones.
        self.assertLess(max(map(len, texts)), 1 << 14)
        self.assertEqual(
            scopes, [each for text in texts for each in _scopes_of(text)]
        )

    def test_windows_beyond_the_servers_limit_are_split(self):
        end = WINDOW.begin + datetime.timedelta(hours=11_001)
        first = http_stub.matrix(series("a", NAN), series("b", "1"))
        self.stub.script(first, http_stub.matrix())
        found = self.collect(
            ["a", "b", "c"], periods.Window(WINDOW.begin, end)
        )
        self.assertEqual([1, 11_001, 11_001], list(map(len, found.values())))
        # One that failed is not requested again.
        self.assertIn('=~"b|c"', self.forms()[1]["query"])

    def test_text_that_mixes_scopes(self):
        """One query for each scope, to which all its series belong."""
        collector = self.make(query_prefix="sum(", query_suffix=")")
        self.stub.script(
            *(
                http_stub.matrix({**series("", text), "metric": {}})
                for text in "12"
            )
        )
        self.assertEqual(
            {"a": [["1"]], "b": [["2"]]},
            self.collect(["a", "b"], HOUR, collector),
        )
        self.assertEqual(["GET", "GET"], [r.method for r in self.asked()])


class TestAnswer(SetsCase):
    def test_other_scopes_are_dropped(self):
        self.stub.script(
            http_stub.matrix(
                series("a", "1"),
                series("other", "2"),
                series("A", NAN),
                {**series("", "3"), "metric": {}},
            )
        )
        with self.assertLogs(
            "cloudkitty.collector.prometheus.base", logging.DEBUG
        ) as logged:
            found = self.collect(["a", "b"], HOUR)
        self.assertEqual({"a": [["1"]], "b": [[]]}, found)
        [record] = logged.records
        self.assertEqual(
            "series of other scopes dropped metric=m series=3",
            record.getMessage(),
        )

    def test_a_scope_without_a_name(self):
        """The series without the label."""
        self.stub.script(
            http_stub.matrix(
                series("a", "1"), {**series("", "2"), "metric": {}}
            )
        )
        self.assertEqual(
            {"a": [["1"]], "": [["2"]]}, self.collect(["a", ""], HOUR)
        )

    def test_an_unusable_value_fails_one_scope(self):
        self.stub.script(
            http_stub.matrix(
                series("a", "1", "2", "3"),
                series("b", "1", NAN, "3"),
                series("b", "4", "5", "+Inf"),
                series("c", "+Inf"),
            )
        )
        error = (
            "metric m: unusable value {} in the period from {} from "
            f"prometheus at {self.stub.url.removeprefix('http://')}"
        )
        second, third = WINDOW.periods(3600)[:2]
        self.assertEqual(
            {
                "a": [["1"], ["2"], ["3"]],
                "b": [["1", "4"], error.format(NAN, third.begin)],
                "c": [error.format("+Inf", second.begin)],
            },
            self.collect(["a", "b", "c"]),
        )

    def test_malformed_values_fail_all(self):
        self.stub.script(http_stub.matrix(series("a", "many")))
        err = self.fail(["a", "b"])
        self.assertIn("malformed values", str(err))
        self.assertFalse(err.divisible)


class TestTooMuch(SetsCase):
    def test_points_of_all_answers(self):
        scopes = [f"{number:032}" for number in range(1000)]
        many = [series(each, "1") for each in scopes]
        three = [http_stub.matrix(*many[k : k + 400]) for k in (0, 400, 800)]
        for limit in (999, 1000):
            self.stub.script(*three)
            collector = self.make()
            collector._most_points = limit
            collector.most_size = 400 * 33
            if limit == 1000:
                found = self.collect(scopes, HOUR, collector)
                self.assertEqual({each: [["1"]] for each in scopes}, found)
                return
            err = self.fail(scopes, HOUR, collector)
            self.assertTrue(err.divisible)
            self.assertIn(
                "more than 999 points for 1 periods of 1000 scopes", str(err)
            )

    def test_what_is_dropped_is_not_counted(self):
        many = [series(f"{number}", "1", "1") for number in range(20)]
        self.stub.script(http_stub.matrix(*many))
        found = self.collect(["1", "2"], WINDOW, self.make(chunk_points=2))
        self.assertEqual([["1"], ["1"], []], found["2"])

    def test_refusals(self):
        for status, divisible in (
            (422, True),
            (405, True),
            (413, True),
            (400, False),
            (503, False),
        ):
            self.stub.script(http_stub.Answer("", status=status))
            err = self.fail(["a", "b"], HOUR)
            self.assertEqual(divisible, err.divisible, status)
            # Alone, only shorter windows may help.
            err = self.fail(["a"], WINDOW)
            self.assertEqual(status == 422, err.divisible, status)

    def test_a_scope_that_is_not_unicode(self):
        err = self.fail(["a", "\ud800"], HOUR)
        self.assertTrue(err.divisible)
        self.assertFalse(self.fail(["\ud800"], HOUR).divisible)


def _scopes_of(text):
    return text.partition('=~"')[2].partition('"')[0].split("|")
