# SPDX-License-Identifier: Apache-2.0
"""Results of the functions for unusual numbers.

``functional/collector/test_prometheus.py`` compares ordinary numbers with a
real Prometheus.
"""

import math

from cloudkitty.collector.openmetrics import aggregations
from cloudkitty.tests import base

INF = math.inf
NAN = math.nan


class TestEvaluate(base.TestCase):
    def check(self, table, name, given, expected):
        found = table[name](given)
        # As text: NaN does not equal itself.
        self.assertEqual(repr(expected), repr(found), (name, given))

    def test_compensated_sums(self):
        values = [1.0, 1e100, 1.0, -1e100]
        self.check(aggregations.OVER_TIME, "sum", values, 2.0)
        self.check(aggregations.AGGREGATIONS, "sum", values, 0.0)

    def test_odd_samples(self):
        for name, given, expected in (
            ("sum", [INF, 1.0], INF),
            ("avg", [INF, 1.0, INF], INF),
            ("avg", [INF, -INF], NAN),
            ("avg", [1.0, NAN], NAN),
            ("max", [NAN, 1.0], 1.0),
            ("min", [NAN, 1.0], 1.0),
            ("max", [NAN], NAN),
            ("count", [NAN, 1.0], 2.0),
            ("stdvar", [5.0], 0.0),
            ("stddev", [1.0, 3.0], 1.0),
            ("stddev", [NAN, 1.0], NAN),
        ):
            self.check(aggregations.OVER_TIME, name, given, expected)
            self.check(aggregations.AGGREGATIONS, name, given, expected)

    def test_functions(self):
        for name, given, expected in (
            ("abs", -2.5, 2.5),
            ("ceil", 1.2, 2.0),
            ("floor", -1.2, -2.0),
            ("floor", INF, INF),
            ("round", 2.5, 3.0),
            ("round", -2.5, -2.0),
            ("round", NAN, NAN),
            ("sqrt", 9.0, 3.0),
            ("sqrt", -1.0, NAN),
            ("exp", 0.0, 1.0),
            ("exp", 1e4, INF),
            ("ln", 1.0, 0.0),
            ("ln", 0.0, -INF),
            ("ln", -1.0, NAN),
            ("ln", INF, INF),
            ("log2", 8.0, 3.0),
            ("log2", 0.0, -INF),
            ("log10", -1.0, NAN),
            ("log10", NAN, NAN),
        ):
            self.check(aggregations.FUNCTIONS, name, given, expected)
        for value in (1e-300, 0.3, 7.0, 12345.678, 1e300):
            for name, exact in (
                ("ln", math.log),
                ("log2", math.log2),
                ("log10", math.log10),
            ):
                found = aggregations.FUNCTIONS[name](value)
                self.assertAlmostEqual(1, found / exact(value), 14)
