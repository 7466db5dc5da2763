# SPDX-License-Identifier: Apache-2.0
"""Prices by the value of a field of a point."""

import decimal

from cloudkitty.rating import base as rating_base
from cloudkitty.tests import base
from cloudkitty.tests import rule_book

D = decimal.Decimal
point = rule_book.point


class TestFields(base.TestCase):
    def test_text_form(self):
        for given, value, matches in (
            ("m1", "m1", True),
            ("M1", "m1", False),
            ("m1 ", "m1", False),
            (4, "4", True),
            ("4.0", "4", False),
            (None, "None", True),
            (None, "", False),
            ("", "", True),
            (True, "True", True),
        ):
            with self.subTest(given=given, value=value):
                book = rule_book.of(("map", "flat", 1, "flavor", value))
                self.assertEqual(
                    3 if matches else 0, book.price(point(flavor=given))
                )

    def test_a_rule_whose_value_is_null_matches_nothing(self):
        book = rule_book.of(("map", "flat", 1, "flavor", None))
        for given in (None, "", "None"):
            self.assertEqual(0, book.price(point(flavor=given)))

    def test_groupby_lies_over_metadata(self):
        book = rule_book.of(("map", "flat", 1, "flavor", "m1"))
        over = point(flavor="m2", groupby={"flavor": "m1"})
        self.assertEqual(3, book.price(over))
        under = point(flavor="m1", groupby={"flavor": None})
        self.assertEqual(0, book.price(under))

    def test_an_absent_field_is_passed_over(self):
        book = rule_book.of(
            ("map", "flat", 1),
            ("map", "rate", 9, "image", "None"),
            ("threshold", "flat", 0, 9, "image"),
        )
        self.assertEqual(3, book.price())

    def test_a_threshold_needs_a_number(self):
        for value in ("", "x", "None", None, "NaN", "sNaN", "1,5"):
            with self.subTest(value=value):
                book = rule_book.of(("threshold", "flat", 4, 1, "ram"))
                [rule] = book.thresholds
                error = self.assertRaises(
                    rating_base.RatingError,
                    book.price,
                    point(ram=value, secret="hidden"),
                )
                self.assertIn("metric cpu", str(error))
                self.assertIn("field ram", str(error))
                self.assertIn(rule.threshold_id, str(error))
                self.assertNotIn("hidden", str(error))

    def test_also_a_threshold_that_can_never_apply_needs_one(self):
        book = rule_book.of(("threshold", "flat", -5, 1, "ram"))
        self.assertRaises(rating_base.RatingError, book.price, point(ram="x"))
        self.assertEqual(0, book.price(point(ram="8")))

    def test_numbers_of_every_form(self):
        book = rule_book.of(("threshold", "flat", 4, 1, "ram"))
        for value, expected in (
            ("4", 3),
            (" 4 ", 3),
            ("4e0", 3),
            ("3.99", 0),
            ("-1", 0),
            ("Infinity", 3),
            (8, 3),
        ):
            with self.subTest(value=value):
                self.assertEqual(expected, book.price(point(ram=value)))
