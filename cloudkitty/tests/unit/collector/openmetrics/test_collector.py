# SPDX-License-Identifier: Apache-2.0
"""The openmetrics collector: the file, its faults, its samples."""

import datetime
import os

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import definitions
from cloudkitty.collector.openmetrics import collector as openmetrics
from cloudkitty.collector.prometheus import query
from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.tests import base
from cloudkitty.tests import prometheus
from cloudkitty.tests.contract import collector as contract

BEGIN = base.utc("2026-11-01T00:00")
AT = int(BEGIN.timestamp())
WINDOW = periods.Window(BEGIN, BEGIN + datetime.timedelta(hours=3))


class OpenMetricsCase(base.TestCase):
    def make(self, text, metrics=None):
        """Return a collector of a file; with ``text`` None it is missing."""
        self.path = self.make_folder() / "samples.om"
        if text is not None:
            self.path.write_text(text, encoding="utf-8", newline="\n")
        return openmetrics.OpenMetricsCollector(
            self.make_conf(collector_openmetrics={"path": str(self.path)}),
            metrics or self.parse({"m": {"unit": "u"}}),
        )

    def parse(self, metrics):
        return definitions.parse(
            {"metrics": metrics}, "project_id", query.EXTRA_ARGS
        )

    def quantities(self, collector, number=0, scope_id="p"):
        """Return the quantities of each period, as text."""
        return [
            [str(point.qty) for point in points]
            for _period, points in contract.of_scope(
                collector, collector.definitions[number], scope_id, WINDOW
            )
        ]


class TestContract(contract.CollectorContract, OpenMetricsCase):
    def make_collector(self, all_series):
        return self.make(
            prometheus.openmetrics_text(all_series),
            contract.parse_definitions(),
        )


class TestSamples(OpenMetricsCase):
    def test_both_ends_of_a_period_count(self):
        collector = self.make(
            f'm{{project_id="p"}} 1 {AT}\n'
            f'm{{project_id="p"}} 2 {AT + 3600}\n'
            f'm{{project_id="p"}} 3 {AT + 7200.001}\n# EOF\n'
        )
        self.assertEqual([["2"], ["2"], ["3"]], self.quantities(collector))

    def test_names_are_those_of_the_lines(self):
        collector = self.make(
            "# TYPE m counter\n"
            f'm_total{{project_id="p"}} 7 {AT + 60}\n'
            f'm_created{{project_id="p"}} 8 {AT + 60}\n# EOF\n',
            self.parse({name: {"unit": "u"} for name in ("m", "m_total")}),
        )
        self.assertEqual([[], [], []], self.quantities(collector, 0))
        self.assertEqual([["7"], [], []], self.quantities(collector, 1))

    def test_order_is_that_of_the_labels(self):
        lines = [
            f'm{{project_id="p",id="{name}"}} {number} {AT + 60}'
            for number, name in enumerate("cab")
        ]
        collector = self.make(
            "\n".join([*lines, "# EOF", ""]),
            self.parse({"m": {"unit": "u", "groupby": ["id"]}}),
        )
        self.assertEqual([["1", "2", "0"], [], []], self.quantities(collector))

    def test_empty_label_is_no_label(self):
        collector = self.make(
            f'm{{project_id="p",a=""}} 1 {AT + 60}\n'
            f'm{{project_id="p"}} 3 {AT + 120}\n# EOF\n'
        )
        self.assertEqual([["3"], [], []], self.quantities(collector))

    def test_no_quantity(self):
        for value in ("NaN", "+Inf", "1e300"):
            collector = self.make(
                f'm{{project_id="p"}} {value} {AT + 4000}\n# EOF\n'
            )
            err = self.assertRaises(
                collector_base.CollectError, self.quantities, collector
            )
            self.assertIn("metric m: unusable value", str(err))
            self.assertIn("2026-11-01 01:00:00+00:00", str(err))

    def test_periods_before_one_without_quantity_are_given(self):
        collector = self.make(
            f'm{{project_id="p"}} 7 {AT + 60}\n'
            f'm{{project_id="p"}} NaN {AT + 4000}\n# EOF\n'
        )
        found = contract.of_scope(
            collector, collector.definitions[0], "p", WINDOW
        )
        _, (point,) = next(found)
        self.assertEqual("7", str(point.qty))
        err = self.assertRaises(collector_base.CollectError, next, found)
        self.assertEqual(WINDOW.periods(3600)[1], err.period)


class TestFile(OpenMetricsCase):
    def test_one_version_for_all_scopes(self):
        text = f'm{{project_id="p"}} {{0}} {AT + 60}\n'
        text += f'm{{project_id="q"}} {{0}} {AT + 60}\n# EOF\n'
        collector = self.make(text.replace("{0}", "1"))
        found = collector.collect(
            collector.definitions[0], ["p", "none", "q"], WINDOW
        )
        items = [next(found)]
        self.path.write_text(text.replace("{0}", "22"))
        items += found
        self.assertEqual(
            [
                (scope_id, period)
                for scope_id in ("p", "none", "q")
                for period in WINDOW.periods(3600)
            ],
            [(item.scope_id, item.period) for item in items],
        )
        self.assertEqual(
            [("p", "1"), ("q", "1")],
            [
                (item.scope_id, str(point.qty))
                for item in items
                for point in item.points
            ],
        )
        self.assertEqual([["22"], [], []], self.quantities(collector))

    def fail_with(self, collector, word):
        err = self.assertRaises(
            collector_base.CollectError, self.quantities, collector
        )
        self.assertIn("metric m: ", str(err))
        self.assertIn(word, str(err))

    def test_may_come_change_and_go(self):
        collector = self.make(None)
        self.fail_with(collector, "samples.om: No such file")
        self.path.write_text(f'm{{project_id="p"}} 1 {AT + 60}\n# EOF\n')
        self.assertEqual([["1"], [], []], self.quantities(collector))
        self.path.write_text(f'm{{project_id="p"}} 2 {AT + 60}\n# EOF\n')
        os.utime(self.path, ns=(1, 1))
        self.assertEqual([["2"], [], []], self.quantities(collector))
        self.path.write_text("m{")
        self.fail_with(collector, "samples.om is not OpenMetrics")
        self.fail_with(collector, "samples.om is not OpenMetrics")
        self.path.write_text(f'm{{project_id="p"}} 3 {AT + 60}\n# EOF\n')
        self.assertEqual([["3"], [], []], self.quantities(collector))
        self.path.unlink()
        self.fail_with(collector, "samples.om: No such file")

    def test_a_folder(self):
        collector = self.make(None)
        self.path.mkdir()
        self.fail_with(collector, "Is a directory")

    def test_malformed(self):
        for text in (
            "",
            "\n",
            "m\n# EOF\n",
            "m 1\n# EOF\n",
            f"m 1 {AT}\n",
            f"m one {AT}\n# EOF\n",
            'm{a="b} 1 1\n# EOF\n',
            "m{a} 1 1\n# EOF\n",
            "m 1 -1.5\n# EOF\n",
            f"m 1 {AT}\nm 2 {AT - 1}\n# EOF\n",
            f"m 1 {AT}\n# EOF\nm 2 {AT}\n",
            "# TYPE m summary\nm 1 1\n# EOF\n",
            "# TYPE m\n# EOF\n",
            "m 1 1e400\n# EOF\n",
        ):
            self.fail_with(self.make(text), "is not OpenMetrics text")

    def test_not_text(self):
        collector = self.make("")
        self.path.write_bytes(b"m 1 1\n\xff\n# EOF\n")
        self.fail_with(collector, "is not UTF-8")


class TestRefusedAtStart(OpenMetricsCase):
    def refuse(self, metrics, text):
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            self.make,
            None,
            self.parse(metrics),
        )
        self.assertEqual(text, str(err))

    def test_extra_args_that_only_prometheus_supports(self):
        for key, value in (
            ("range_function", "rate"),
            ("query_prefix", "10 *"),
            ("query_suffix", "> 0"),
        ):
            self.refuse(
                {
                    "m": {
                        "unit": "u",
                        "alt_name": "x",
                        "extra_args": {key: value},
                    }
                },
                f"metric m@#x: openmetrics does not support {key} {value}",
            )

    def test_names(self):
        self.refuse(
            {"image.size": {"unit": "u"}},
            "metric image.size: not a Prometheus metric name",
        )
        self.refuse(
            {"m": {"unit": "u", "groupby": ["a) or (b"]}},
            "metric m: 'a) or (b' is not a Prometheus label name",
        )

    def test_path(self):
        err = self.assertRaises(
            exceptions.InvalidConfiguration,
            openmetrics.OpenMetricsCollector,
            self.make_conf(),
            self.parse({"m": {"unit": "u"}}),
        )
        self.assertIn("[collector_openmetrics] path is not set", str(err))
