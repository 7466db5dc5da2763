# SPDX-License-Identifier: Apache-2.0
"""One query for several scopes, against a real Prometheus.

Each scope must have the points of a query for it alone, to the last digit.
"""

import itertools
import random

import hypothesis
from hypothesis import strategies
from testtools import content

from cloudkitty.collector import base as collector_base
from cloudkitty.collector import definitions
from cloudkitty.collector.prometheus import collector as prometheus_collector
from cloudkitty.collector.prometheus import query
from cloudkitty.tests import prometheus
from cloudkitty.tests.contract import collector as contract
from cloudkitty.tests.functional.collector import test_prometheus as samples

PERIOD = samples.PERIOD
WINDOW = samples.WINDOW
#: ``irange`` is no function of Prometheus: upstream allows it nevertheless.
RANGE_FUNCTIONS = [
    each
    for each in query.EXTRA_ARGS["range_function"].choices
    if each != "irange"
]
#: Text around the query that may not change a value.
JOINABLE = (
    ("", ""),
    ("10 *", ""),
    ("-", "+ 1"),
    ("round(", ", 0.5)"),
    ("clamp_max(", ", 20)"),
    ("(2 +", ") > 12"),
    ("", "> bool 7"),
    ("sgn(10 -", ")"),
)
NOT_JOINABLE = (
    # Each scope has at most nine series: no choice between equal values.
    ("topk(9,", ")"),
    ("sum(", ")"),
    ("", "or vector(3)"),
    ("", "/ scalar(sum(m_0))"),
    ("max by (a) (", ")"),
)
ALPHABET = "\\.+*?()|[]{}^$-/\"'`\n\t é☃𝄞aB1"
IDS = strategies.text(alphabet=ALPHABET, min_size=1, max_size=6)


def differently(metric, **extra_args):
    """Return a definition with other ``extra_args``."""
    return {
        "unit": "u",
        "alt_name": f"{metric} {sorted(extra_args.items())}",
        "groupby": ["a", "b"],
        "metadata": ["flavor"],
        "factor": 0.1,
        "extra_args": extra_args,
    }


def definitions_of(name):
    """Return definitions of one metric: all extra_args."""
    for (prefix, suffix), method in itertools.product(
        JOINABLE + NOT_JOINABLE, ("sum", "max")
    ):
        yield differently(
            name,
            aggregation_method=method,
            query_prefix=prefix,
            query_suffix=suffix,
        )
    for method, function in itertools.product(
        samples.METHODS, RANGE_FUNCTIONS
    ):
        yield differently(
            name, aggregation_method=method, range_function=function
        )
    for method, function in itertools.product(
        samples.METHODS, samples.FUNCTIONS[1:]
    ):
        yield differently(
            name, aggregation_method=method, query_function=function
        )


class SetsCase(samples.PrometheusCase):
    def make(self, all_series, metrics):
        url, path = self.start(all_series)
        collector = prometheus_collector.PrometheusCollector(
            self.conf_for(url, path, PERIOD),
            definitions.parse(
                {"metrics": metrics}, "project_id", query.EXTRA_ARGS
            ),
        )
        self.sent = []
        query_range = collector._client.query_range

        def count(text, *args, **options):
            self.sent.append(text)
            return query_range(text, *args, **options)

        collector._client.query_range = count
        return collector

    def check(self, collector, metric, scope_ids):
        """Compare joint and single queries; return the number of points."""
        together = {scope_id: [] for scope_id in scope_ids}
        for item in collector.collect(metric, scope_ids, WINDOW):
            together[item.scope_id].append(
                (item.period, item.points, item.error and str(item.error))
            )
        for scope_id in scope_ids:
            alone = [
                (item.period, item.points, item.error and str(item.error))
                for item in collector.collect(metric, [scope_id], WINDOW)
            ]
            self.assertEqual(
                digits(alone), digits(together[scope_id]), metric.extra_args
            )
        return sum(
            len(found) for rows in together.values() for _, found, _ in rows
        )


def digits(rows):
    """Return rows with the digits of each quantity."""
    return [
        (period, [(point, str(point.qty)) for point in found], error)
        for period, found, error in rows
    ]


class TestSameValues(SetsCase):
    def test_with_all_extra_args(self):
        seed = random.SystemRandom().randrange(1 << 32)
        # A failure shows the seed; put it here to see it again.
        self.addDetail("seed", content.text_content(str(seed)))
        source = random.Random(seed)
        collector = self.make(
            samples.random_series(source),
            {"m_0": list(definitions_of("m_0"))},
        )
        scopes = ["p-2", "p-none", "p-1"]
        found = 0
        for metric in collector.definitions:
            self.sent.clear()
            found += self.check(collector, metric, scopes)
            joint = 1 if query.joinable(metric) else 3
            self.assertEqual(3 + joint, len(self.sent))
        self.assertGreater(found, 1000)

    def test_of_upstreams_function_that_prometheus_lacks(self):
        collector = self.make(
            [], {"m_0": differently("m_0", range_function="irange")}
        )
        for scopes in (["p-1"], ["p-1", "p-2"]):
            with self.assertRaisesRegex(collector_base.CollectError, "irange"):
                list(
                    collector.collect(collector.definitions[0], scopes, WINDOW)
                )


class TestManyScopes(SetsCase):
    def test_queries(self):
        """A thousand scopes of which each third has samples."""
        middle = int(WINDOW.begin.timestamp()) + PERIOD // 2
        scopes = [f"{number:032x}" for number in range(1000)]
        collector = self.make(
            [
                prometheus.Series(
                    "m_0",
                    {"project_id": scope_id, "a": a},
                    [(middle, number), (middle + PERIOD, number + 1)],
                )
                for number, scope_id in enumerate(scopes)
                for a in "xy"
                if number % 3 == 0
            ],
            {"m_0": {"unit": "u", "groupby": ["a"]}},
        )
        [metric] = collector.definitions
        found = {
            (item.scope_id, item.period): [
                (point.groupby["a"], int(point.qty)) for point in item.points
            ]
            for item in collector.collect(metric, scopes, WINDOW)
        }
        self.assertEqual(3, len(self.sent))
        expected = {}
        for number, scope_id in enumerate(scopes):
            for index, period in enumerate(WINDOW.periods(PERIOD)):
                there = number % 3 == 0 and index < 2
                expected[scope_id, period] = [
                    (a, number + index) for a in "xy" if there
                ]
        self.assertEqual(expected, found)


class TestAnyScope(SetsCase):
    """Identifiers of any characters, matched by a regular expression."""

    def test_each_finds_itself_only(self):
        scopes = list(
            dict.fromkeys(
                contract.HOSTILE
                + [
                    "".join(pair)
                    for pair in itertools.product(ALPHABET, repeat=2)
                ]
            )
        )
        middle = int(WINDOW.begin.timestamp()) + PERIOD // 2
        collector = self.make(
            [
                prometheus.Series(
                    "m", {"project_id": scope_id}, [(middle, number)]
                )
                for number, scope_id in enumerate(scopes)
            ]
            + [prometheus.Series("m", {"x": "y"}, [(middle, 4000)])],
            {"m": {"unit": "u"}},
        )
        [metric] = collector.definitions
        numbers = {each: [n] for n, each in enumerate(scopes)} | {"": [4000]}

        def quantities(asked):
            found = {scope_id: [] for scope_id in asked}
            for item in collector.collect(metric, asked, WINDOW):
                found[item.scope_id] += [int(p.qty) for p in item.points]
            return found

        self.assertEqual(numbers, quantities([*scopes, ""]))

        @hypothesis.settings(max_examples=60, database=None, deadline=None)
        @hypothesis.given(
            strategies.lists(
                IDS | strategies.sampled_from([*scopes, ""]),
                min_size=2,
                max_size=30,
                unique=True,
            )
        )
        def check(asked):
            self.assertEqual(
                {each: numbers.get(each, []) for each in asked},
                quantities(asked),
            )

        check()
