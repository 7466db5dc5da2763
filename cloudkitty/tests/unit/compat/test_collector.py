# SPDX-License-Identifier: Apache-2.0
import decimal

import voluptuous

from cloudkitty import collector
from cloudkitty import dataframe
from cloudkitty.collector import base
from cloudkitty.collector import definitions
from cloudkitty.collector import exceptions
from cloudkitty.collector import prometheus_base
from cloudkitty.common import cancellation
from cloudkitty.common import exceptions as ck_exceptions
from cloudkitty.compat import collector_adapter
from cloudkitty.tests.unit.compat import case

D = decimal.Decimal


class Fake(collector.BaseCollector):
    collector_name = "fake"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = []
        self.answers = {}

    def fetch_all(
        self, metric_name, start, end, project_id=None, q_filter=None
    ):
        self.calls.append((metric_name, start, end, project_id, q_filter))
        answer = self.answers.get(start, 1)
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, int | float):
            return answer
        return [
            self._create_data_point(
                self.conf[metric_name],
                answer,
                0,
                {"project_id": project_id},
                {},
                start,
            )
        ]


class AdapterCase(case.CompatTestCase):
    plugin_class = Fake

    def setUp(self):
        super().setUp()
        metrics = definitions.load(
            self.conf.collect.metrics_conf,
            "project_id",
            definitions.ANY_EXTRA_ARGS,
        )
        self.adapter = self.plugin_class.cloudkitty_adapter(self.conf)(
            self.conf, metrics
        )
        self.plugin = self.adapter._plugin
        self.metrics = {one.key: one for one in metrics}

    def collect(self, key="cpu@#instance", scope_ids=("a",)):
        return list(
            self.adapter.collect(self.metrics[key], scope_ids, case.WINDOW)
        )


class TestAdapter(AdapterCase):
    def test_definitions(self):
        self.assertEqual(
            ["cpu@#instance", "disk", "disk@#disk.gb"],
            sorted(self.plugin.conf),
        )
        self.assertEqual(3600, self.plugin.period)
        disk = self.plugin.conf["disk"]
        self.assertEqual(
            (0.5, 0, "NONE", ["project_id"], []),
            tuple(
                disk[key]
                for key in (
                    "factor",
                    "offset",
                    "mutate",
                    "groupby",
                    "metadata",
                )
            ),
        )
        self.assertEqual(
            sorted(self.metrics), [one.key for one in self.adapter.definitions]
        )

    def test_each_scope_and_period(self):
        found = self.collect(scope_ids=("a", "b"))
        periods = case.WINDOW.periods(3600)
        self.assertEqual(
            [(scope, one) for scope in "ab" for one in periods],
            [(one.scope_id, one.period) for one in found],
        )
        self.assertEqual(
            [
                ("cpu@#instance", one.begin, one.end, scope, None)
                for scope in "ab"
                for one in periods
            ],
            self.plugin.calls,
        )
        [point] = found[0].points
        self.assertEqual(("core", D(1), D(0)), point[:3])
        self.assertEqual(
            {
                "project_id": "a",
                "week_of_the_year": "44",
                "day_of_the_year": "306",
                "month": "11",
                "year": "2026",
            },
            point.groupby,
        )

    def test_no_data(self):
        second = case.WINDOW.periods(3600)[1].begin
        for answer in ([], collector.NoDataCollected("fake", "cpu")):
            self.plugin.answers[second] = answer
            self.assertEqual(
                [1, 0, 1], [len(one.points) for one in self.collect()]
            )

    def test_an_error_ends_one_scope_with_the_period(self):
        second = case.WINDOW.periods(3600)[1]
        for error, text in (
            (exceptions.CollectError("backend down"), "backend down"),
            (OSError("http://user:secret@host"), "OSError"),
            ([5], "not a DataPoint"),
            (float("nan"), "cannot be stored"),
        ):
            self.plugin.answers[second.begin] = error
            found = self.collect(scope_ids=("a", "b"))
            self.assertEqual(
                [("a", None), ("a", second), ("b", None), ("b", second)],
                [(one.scope_id, one.error and one.period) for one in found],
            )
            self.assertIn(f"cpu@#instance: {text}"[:13], str(found[1].error))
            self.assertIn(text, str(found[1].error))
            self.assertNotIn("secret", str(found[1].error))

    def test_another_name(self):
        self.plugin.retrieve = lambda *args: (
            "other",
            [dataframe.DataPoint("", 1, 0, {}, {})],
        )
        [found] = self.collect()
        self.assertIn("names it other", str(found.error))

    def test_cancelled(self):
        cancelling = cancellation.Cancellation()
        cancelling.cancel()
        with cancelling.entered():
            self.assertRaises(base.CollectError, self.collect)

    def test_a_plugin_that_cannot_be_made(self):
        class Refusing(Fake):
            @staticmethod
            def check_configuration(conf):
                raise voluptuous.Invalid("cpu needs a flavor")

        class Inventing(Fake):
            @staticmethod
            def check_configuration(conf):
                return {"ram": {}}

        for plugin, text in (
            (Refusing, "cpu needs a flavor"),
            (Inventing, "it defines ram"),
        ):
            error = self.assertRaises(
                ck_exceptions.InvalidConfiguration,
                plugin.cloudkitty_adapter(self.conf),
                self.conf,
                list(self.metrics.values()),
            )
            self.assertIn("[collect] collector = acme", str(error))
            self.assertIn(text, str(error))

    def test_a_plugin_may_define_fewer_metrics(self):
        class Less(Fake):
            @staticmethod
            def check_configuration(conf):
                found = collector.BaseCollector.check_configuration(conf)
                return {"disk": found["disk"]}

        made = collector_adapter.make(Less)(
            self.conf, list(self.metrics.values())
        )
        self.assertEqual(["disk"], [one.key for one in made.definitions])


class TestBase(case.CompatTestCase):
    def test_arguments(self):
        self.assertRaises(ValueError, Fake, period=3600)
        self.assertRaises(ValueError, Fake, conf={})
        self.assertRaises(voluptuous.Invalid, Fake, period=3600, conf={})

    def test_invalid_definitions(self):
        for body in (
            {},
            {"unit": ""},
            {"unit": "GiB", "factor": "much"},
            {"unit": "GiB", "mutate": "HALF"},
            {"unit": "GiB", "colour": "red"},
            [],
            [{"unit": "GiB"}, {"unit": "GB"}],
        ):
            self.assertRaises(
                voluptuous.Invalid,
                collector.validate_conf,
                {"metrics": {"cpu": body}},
            )


class Promql(prometheus_base.PrometheusCollectorBase):
    collector_name = "promql"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._conn = self
        self.asked = []
        self.answer = {
            "status": "success",
            "data": {
                "result": [
                    {
                        "metric": {"project_id": "a", "id": "x"},
                        "value": [5, "2.5"],
                    }
                ]
            },
        }

    def get_instant(self, query, time=None):
        self.asked.append((query, time))
        return self.answer


class TestPrometheusBase(AdapterCase):
    plugin_class = Promql
    metrics_text = "metrics:\n  disk: {unit: GiB, factor: 1/2}\n"

    def test_a_query(self):
        found = self.collect("disk")
        self.assertEqual(
            (
                'max(max_over_time(disk{project_id="a"}[3600s])) '
                "by (project_id)",
                "2026-11-02T11:00:00+00:00",
            ),
            self.plugin.asked[0],
        )
        self.assertEqual(D("1.25"), found[0].points[0].qty)

    def test_unusable_answers(self):
        for answer in (
            {"status": "error", "data": {"result": []}},
            {"data": {}},
            {"data": {"result": [{"metric": {}, "value": [1, "NaN"]}]}},
            {"data": {"result": [{"metric": {}, "value": [1, "many"]}]}},
            None,
        ):
            self.plugin.answer = answer
            [found] = self.collect("disk")
            self.assertIsNotNone(found.error)
