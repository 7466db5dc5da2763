# SPDX-License-Identifier: Apache-2.0
"""From number text to quantity: the facts' check values."""

import decimal

from cloudkitty.collector import conversion
from cloudkitty.collector import metrics
from cloudkitty.tests import base

D = decimal.Decimal


def convert(text, **keys):
    metric = metrics.Metric(key="m", name="m", alt_name="m", unit="u", **keys)
    return str(conversion.Converter(metric)(text))


class TestConverter(base.TestCase):
    def test_nine_digits_half_up(self):
        for text, expected in (
            ("123456789.987654321", "123456790"),
            ("1.000000005", "1.00000001"),
            ("1.0000000049", "1"),
            ("-1.000000005", "-1.00000001"),
            ("1e+20", "100000000000000000000"),
            ("10000000005", "10000000000"),
            ("1.5e-7", "1.5E-7"),
            ("0", "0"),
            ("-0", "0"),
            ("2.500", "2.5"),
        ):
            self.assertEqual(D(expected), D(convert(text)), text)

    def test_the_same_quantity_has_the_same_digits(self):
        self.assertEqual("100", convert("1e2"))
        self.assertEqual("100", convert("100.0"))
        self.assertEqual("0", convert("0.0"))

    def test_factor_and_offset_round_too(self):
        third = conversion.number("1/3")
        self.assertEqual("0.333333333", convert("1", factor=third))
        self.assertEqual("1.33333333", convert("1", offset=third))
        self.assertEqual("0.3", convert("3", factor=conversion.number(0.1)))
        # Rounded after the product, before the sum.
        self.assertEqual("1.33333333", convert("1", factor=third, offset=D(1)))

    def test_offset_comes_before_mutate(self):
        keys = {"factor": D(2), "offset": D(-4)}
        self.assertEqual("0", convert("2", mutate="NUMBOOL", **keys))
        self.assertEqual("1", convert("3", mutate="NUMBOOL", **keys))
        self.assertEqual("1", convert("2", mutate="NOTNUMBOOL", **keys))
        self.assertEqual("0", convert("3", mutate="NOTNUMBOOL", **keys))

    def test_floor_and_ceil(self):
        for text, floor, ceil in (
            ("1.5", "1", "2"),
            ("-1.5", "-2", "-1"),
            ("2", "2", "2"),
        ):
            self.assertEqual(floor, convert(text, mutate="FLOOR"))
            self.assertEqual(ceil, convert(text, mutate="CEIL"))

    def test_map(self):
        keys = {"mutate": "MAP", "mutate_map": {D(2): D("0.1")}}
        self.assertEqual("0.1", convert("2", **keys))
        self.assertEqual("0.1", convert("2.0", **keys))
        self.assertEqual("0", convert("3", **keys))

    def test_quantities_that_would_spoil_totals_are_refused(self):
        for text in ("NaN", "+Inf", "-Inf", "1e37", "-1e300"):
            for mutate in ("NONE", "FLOOR"):
                self.assertRaises(
                    conversion.UnusableQuantity, convert, text, mutate=mutate
                )
        self.assertRaises(decimal.InvalidOperation, convert, "many")
