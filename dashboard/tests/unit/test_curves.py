# SPDX-License-Identifier: Apache-2.0
"""Lines of the prices of days."""

import decimal
import unittest

from cloudkitty_reprocess_dashboard import curves
from tests.unit import samples

D = decimal.Decimal


class TestCurve(unittest.TestCase):
    def test_days_without_points(self):
        curve = curves.make(
            [
                samples.day("2026-11-01", "instance", "4", "2"),
                samples.day("2026-11-03", "instance", "8", "2"),
            ]
        )
        self.assertEqual(
            [D(4), D(0), D(8)], [day.before for day in curve.days]
        )
        self.assertEqual(
            [("0.0", "80.0"), ("300.0", "160.0"), ("600.0", "0.0")],
            [(point.x, point.y) for point in curve.before],
        )
        self.assertEqual(3, len(curve.after))

    def test_negative_prices(self):
        curve = curves.make([samples.day("2026-11-01", "instance", "5", "-5")])
        self.assertEqual("80.0", curve.zero)
        self.assertEqual(["160.0"], [point.y for point in curve.after])

    def test_free(self):
        curve = curves.make([samples.day("2026-11-01", "instance", "0", "0")])
        self.assertEqual("160.0", curve.zero)

    def test_unknown(self):
        self.assertIsNone(curves.make([]))
