# SPDX-License-Identifier: Apache-2.0
"""The Prometheus collector against a real server, and against openmetrics.

Three ways must lead to the same digits: the collector's range query, a query
for each period alone, and the openmetrics collector on the same file.
"""

import datetime
import itertools
import random

from testtools import content

from cloudkitty.collector import conversion
from cloudkitty.collector import definitions
from cloudkitty.collector import points
from cloudkitty.collector.openmetrics import collector as openmetrics
from cloudkitty.collector.prometheus import collector as prometheus_collector
from cloudkitty.collector.prometheus import query
from cloudkitty.common import periods
from cloudkitty.common.prometheus import client as prometheus_client
from cloudkitty.tests import base
from cloudkitty.tests import prometheus
from cloudkitty.tests.contract import collector as contract

PERIOD = 600
BEGIN = base.utc("2026-10-31T22:00")
WINDOW = periods.Window(BEGIN, BEGIN + datetime.timedelta(hours=4))
METHODS = query.EXTRA_ARGS["aggregation_method"].choices
FUNCTIONS = ("", *query.EXTRA_ARGS["query_function"].choices)


class PrometheusCase(base.TestCase):
    """A test with a real Prometheus."""

    def start(self, all_series):
        """Return the URL of a Prometheus and the path of its samples."""
        self.need("prometheus", prometheus.installed())
        folder = self.make_folder()
        text = prometheus.openmetrics_text(all_series)
        server = self.useFixture(prometheus.PrometheusFixture(text, folder))
        return server.url, str(folder / "samples.om")

    def conf_for(self, url, path, period):
        return self.make_conf(
            collect={"period": period},
            collector_prometheus={"prometheus_url": url},
            collector_openmetrics={"path": path},
        )


class TestContract(contract.CollectorContract, PrometheusCase):
    def make_collector(self, all_series):
        url, path = self.start(all_series)
        return prometheus_collector.PrometheusCollector(
            self.conf_for(url, path, contract.PERIOD),
            contract.parse_definitions(),
        )


class TestSameDigits(PrometheusCase):
    def setUp(self):
        super().setUp()
        seed = random.SystemRandom().randrange(1 << 32)
        # A failure shows the seed; put it here to see it again.
        self.addDetail("seed", content.text_content(str(seed)))
        self.source = random.Random(seed)
        url, path = self.start(random_series(self.source))
        metrics = definitions.parse(
            {"metrics": random_metrics(self.source)},
            "project_id",
            query.EXTRA_ARGS,
        )
        conf = self.conf_for(url, path, PERIOD)
        self.metrics = metrics
        self.server = prometheus_collector.PrometheusCollector(conf, metrics)
        self.file = openmetrics.OpenMetricsCollector(conf, metrics)
        self.client = prometheus_client.Client(
            conf.collector_prometheus, "collector_prometheus"
        )

    def test_range_queries_equal_single_queries(self):
        for metric in self.source.sample(self.metrics, 60):
            text = query.build(metric, "project_id", "p-1", PERIOD)
            found = list(contract.of_scope(self.server, metric, "p-1", WINDOW))
            self.assertEqual(
                [(one, self.at(metric, text, one)) for one, _ in found],
                found,
                text,
            )

    def at(self, metric, text, period):
        """Return one period's points by an instant query."""
        builder = points.Builder(metric, period, PERIOD)
        convert = conversion.Converter(metric)
        series = self.client.query(text, period.end.timestamp())
        for one in sorted(series, key=lambda s: builder.sort_key(s["metric"])):
            builder.add_series(one["metric"], [(0, convert(one["value"][1]))])
        [(_period, found)] = builder.result()
        return found

    def test_openmetrics_gives_the_same(self):
        amount = 0
        for metric, scope_id in itertools.product(
            self.metrics, ("p-1", "p-2", "p-none")
        ):
            of_server = list(
                contract.of_scope(self.server, metric, scope_id, WINDOW)
            )
            of_file = list(
                contract.of_scope(self.file, metric, scope_id, WINDOW)
            )
            self.assertEqual(
                _digits(of_server), _digits(of_file), (metric, scope_id)
            )
            amount += sum(len(found) for _, found in of_file)
        self.assertGreater(amount, 2000)


class TestEdges(PrometheusCase):
    def test_a_sample_on_an_edge_counts_on_both_sides(self):
        edge = int(BEGIN.timestamp())
        url, path = self.start(
            [
                prometheus.Series(
                    "m", {"project_id": "p"}, [(edge + PERIOD, 1)]
                ),
                prometheus.Series(
                    "m_total", {"project_id": "p"}, [(edge + 1, 7)]
                ),
            ]
        )
        metrics = definitions.parse(
            {"metrics": {"m": {"unit": "u"}, "m_total": {"unit": "u"}}},
            "project_id",
            query.EXTRA_ARGS,
        )
        conf = self.conf_for(url, path, PERIOD)
        for collector in (
            prometheus_collector.PrometheusCollector(conf, metrics),
            openmetrics.OpenMetricsCollector(conf, metrics),
        ):
            found = list(contract.of_scope(collector, metrics[0], "p", WINDOW))
            self.assertEqual(
                [1, 1, 0], [len(points) for _, points in found[:3]]
            )
            found = list(contract.of_scope(collector, metrics[1], "p", WINDOW))
            self.assertEqual(
                [1, 0, 0], [len(points) for _, points in found[:3]]
            )

    def test_more_periods_than_one_query_may_ask(self):
        end = BEGIN + datetime.timedelta(seconds=12_000)
        last = int(end.timestamp())
        url, path = self.start(
            [prometheus.Series("m", {"project_id": "p"}, [(last, 3)])]
        )
        metrics = definitions.parse(
            {"metrics": {"m": {"unit": "u"}}}, "project_id", query.EXTRA_ARGS
        )
        collector = prometheus_collector.PrometheusCollector(
            self.conf_for(url, path, 1), metrics
        )
        found = list(
            contract.of_scope(
                collector, metrics[0], "p", periods.Window(BEGIN, end)
            )
        )
        self.assertEqual(12_000, len(found))
        self.assertEqual(
            [last - 1],
            [int(one.begin.timestamp()) for one, points in found if points],
        )


def _digits(found):
    """Return the points with their quantities' very digits."""
    return [
        (period, [(point, str(point.qty)) for point in one_period])
        for period, one_period in found
    ]


def random_metrics(source):
    """Return definitions: every method with every function that fits it."""
    made = {}
    for number in range(3):
        made[f"m_{number}"] = [
            {
                "unit": "u",
                "alt_name": f"{method} {function} {number}",
                "groupby": _random_groupby(source, method, function),
                "metadata": source.choice([[], ["flavor"]]),
                "factor": source.choice([1, 0.1, "1/3", 1000, -2.5]),
                "offset": source.choice([0, "1/7", 0.3]),
                "extra_args": {"aggregation_method": method}
                | ({"query_function": function} if function else {}),
            }
            for method, function in itertools.product(METHODS, FUNCTIONS)
            # ln(0) is no quantity, and exp of a large number none either.
            if not (
                function in ("ln", "log2", "log10", "exp")
                and method in ("stddev", "stdvar", "sum", "count")
            )
        ]
    return made


def _random_groupby(source, method, function):
    if function and method not in ("count", "max", "min"):
        # Prometheus adds the series of a group up in random order once a
        # function stands in between: one series for each group, then.
        return ["a", "b"]
    return source.choice([[], ["a"], ["a", "b"]])


def random_series(source):
    """Yield series with random samples in and around the window."""
    begin = int(BEGIN.timestamp())
    for number in range(3):
        for scope_id, a, b in itertools.product(
            ("p-1", "p-2"), "xyz", ("1", "2", "")
        ):
            labels = {"project_id": scope_id, "a": a, "b": b}
            if source.random() < 0.7:
                labels["flavor"] = source.choice(["m1", "m2"])
            times = {
                begin + source.randrange(-PERIOD, 5 * 3600)
                for _ in range(source.randrange(60))
            } | {
                begin + PERIOD * source.randrange(25)
                for _ in range(source.randrange(12))
            }
            if times:
                yield prometheus.Series(
                    f"m_{number}",
                    labels,
                    [(at, _value(source, number)) for at in sorted(times)],
                )


def _value(source, number):
    if number == 0:
        return source.randrange(1, 60)
    if number == 1:
        return source.uniform(0.001, 30)
    return source.uniform(0.5, 1) * 10.0 ** source.randrange(-3, 2)
