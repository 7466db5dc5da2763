# SPDX-License-Identifier: Apache-2.0
"""The price of one point by hashmap: published values and edge cases."""

import decimal

from cloudkitty.rating import base as rating_base
from cloudkitty.rating.hashmap import arithmetic
from cloudkitty.tests import base
from cloudkitty.tests import rule_book

D = decimal.Decimal
point = rule_book.point

#: Of processing.md, section 6: quantity 3, flavor m1, ram 8. Each rule is
#: ("map", type, cost[, field, value]) or ("threshold", type, level, cost[,
#: field]), with the group last if it is a dict.
CHECK_VALUES = (
    ("6", ("map", "flat", 2)),
    ("0", ("map", "rate", 2)),
    (
        "9.0",
        ("map", "flat", 2),
        ("map", "rate", "1.5", "flavor", "m1"),
    ),
    (
        "15",
        ("map", "flat", 2, "flavor", "m1"),
        ("map", "flat", 5, "ram", "8"),
    ),
    (
        "21",
        ("map", "flat", 2, "flavor", "m1", {"group": "one"}),
        ("map", "flat", 5, "ram", "8", {"group": "two"}),
    ),
    (
        "26",
        ("map", "flat", 2),
        ("threshold", "flat", 1, 10),
        ("threshold", "flat", 2, 20),
        ("threshold", "flat", 5, 50),
    ),
    (
        "0.6",
        ("map", "flat", 2),
        ("threshold", "rate", 1, "0.5"),
        ("threshold", "rate", 3, "0.1"),
    ),
    ("7", ("threshold", "flat", 0, 7)),
    ("9", ("map", "flat", 2), ("threshold", "flat", 4, 1, "ram")),
    ("3.0", ("map", "flat", 2), ("threshold", "rate", 4, "0.5", "ram")),
    (
        "16",
        ("map", "flat", 2),
        ("threshold", "flat", 1, 10, {"group": "other"}),
    ),
    (
        "3.0",
        ("map", "flat", 2),
        ("threshold", "flat", 2, 10),
        ("threshold", "rate", 4, "0.5", "ram"),
    ),
)


class TestCheckValues(base.TestCase):
    def test_each(self):
        for expected, *rules in CHECK_VALUES:
            with self.subTest(rules=rules):
                self.assertEqual(expected, str(rule_book.of(*rules).price()))

    def test_price_that_is_there(self):
        book = rule_book.of(("map", "flat", 2))
        self.assertEqual("11", str(book.price(point(price=5))))

    def test_digits(self):
        book = rule_book.of(("map", "flat", "0.1234567890123456789012345678"))
        self.assertEqual(
            "0.4115226300411522630041152260",
            str(book.price(point("3.333333333333333333333333333333"))),
        )


class TestCombination(base.TestCase):
    def test_negative_flats_never_count(self):
        self.assertEqual(0, rule_book.of(("map", "flat", -2)).price())
        book = rule_book.of(
            ("map", "flat", -2), ("map", "flat", 1, "flavor", "m1")
        )
        self.assertEqual(3, book.price())

    def test_rates_are_multiplied(self):
        book = rule_book.of(
            ("map", "flat", 2),
            ("map", "rate", "0.5", "flavor", "m1"),
            ("map", "rate", 3, "ram", "8"),
        )
        self.assertEqual(9, book.price())

    def test_a_rate_needs_a_flat_in_its_own_group(self):
        book = rule_book.of(
            ("map", "flat", 2), ("map", "rate", 5, {"group": "other"})
        )
        self.assertEqual(6, book.price())

    def test_equal_levels_service_before_field(self):
        book = rule_book.of(
            ("threshold", "flat", 2, 100, "ram"),
            ("map", "flat", 2),
            ("threshold", "flat", 2, 10),
        )
        self.assertEqual(16, book.price())

    def test_equal_levels_first_field_wins(self):
        book = rule_book.of(
            ("threshold", "flat", 2, 10, "ram"),
            ("threshold", "flat", 2, 100, "cores"),
        )
        self.assertEqual(30, book.price(point(ram="8", cores="8")))

    def test_levels_must_be_above_minus_one(self):
        for level, expected in (("-2", 6), ("-1", 6), ("-0.5", 16)):
            with self.subTest(level=level):
                book = rule_book.of(
                    ("map", "flat", 2), ("threshold", "flat", level, 10)
                )
                self.assertEqual(expected, book.price())
                book = rule_book.of(
                    ("map", "flat", 2),
                    ("threshold", "flat", level, 10, "ram"),
                )
                self.assertEqual(
                    6 if expected == 6 else 36, book.price(point(ram="0"))
                )

    def test_a_level_that_is_null_is_never_reached(self):
        book = rule_book.of(
            ("map", "flat", 2), ("threshold", "flat", None, 10)
        )
        self.assertEqual(6, book.price())

    def test_a_level_is_inclusive(self):
        book = rule_book.of(("threshold", "flat", 3, 10))
        self.assertEqual(10, book.price(point(3)))
        self.assertEqual(0, book.price(point("2.999")))
        self.assertEqual(10, book.price(point("3.0")))

    def test_no_service_keeps_the_price(self):
        book = rule_book.of(("map", "flat", 2))
        kept = book.price(point(price="1.50"), service="disk")
        self.assertEqual("1.50", str(kept))

    def test_a_service_without_rules_keeps_the_price(self):
        book = rule_book.RuleBook()
        book.service("cpu")
        self.assertEqual(D("1.5"), book.price(point(price="1.5")))


class TestQuantities(base.TestCase):
    def test_not_finite(self):
        for book in (
            rule_book.of(("map", "flat", 2)),
            rule_book.of(("threshold", "flat", 2, 10)),
        ):
            for qty in ("NaN", "sNaN", "Infinity"):
                error = self.assertRaises(
                    rating_base.RatingError, book.price, point(qty)
                )
                self.assertIn("metric cpu", str(error))

    def test_out_of_bounds(self):
        book = rule_book.of(("map", "flat", 12))
        error = self.assertRaises(
            rating_base.RatingError, book.price, point("9e999999")
        )
        self.assertIn("metric cpu", str(error))

    def test_negative_and_zero(self):
        book = rule_book.of(("map", "flat", 2), ("threshold", "flat", 0, 1))
        self.assertEqual(-2, book.price(point(-1)))
        self.assertEqual(1, book.price(point(0)))


class TestPoints(base.TestCase):
    def test_all_but_the_price_stays(self):
        book = rule_book.of(("map", "flat", 2))
        prices = book.price_list()
        prices.reload(rule_book.AT)
        given = point(groupby={"project_id": "a"}, flavor="m1")
        before = rule_book.frame([given])
        rated = prices.rate(before)
        self.assertEqual([given.set_price(D(6))], rated.usage["cpu"])
        self.assertEqual([given], before.usage["cpu"])
        self.assertEqual((before.start, before.end), (rated.start, rated.end))

    def test_the_lists_of_unpriced_metrics_are_not_shared(self):
        prices = rule_book.of(("map", "flat", 2)).price_list()
        prices.reload(rule_book.AT)
        before = rule_book.frame([point()], "disk")
        prices.rate(before).add_point(point(), "disk")
        self.assertEqual(1, len(before))

    def test_more_values_than_are_remembered(self):
        book = rule_book.of(
            ("map", "flat", 1, "id", "0"), ("map", "flat", 2, "id", "1")
        )
        prices = book.price_list()
        prices.reload(rule_book.AT)
        count = arithmetic.REMEMBERED + 10
        ids = [*range(count), *range(count)]
        rated = prices.rate(rule_book.frame(point(1, id=i) for i in ids))
        self.assertEqual(
            [0 if i > 1 else i + 1 for i in ids],
            [one.price for one in rated.usage["cpu"]],
        )


class TestRounding(base.TestCase):
    """Each step keeps 28 digits, in the order of ``processing.md``."""

    FLAT = D("0.1423762046859516299291035426")
    RATE = D("1.307125482730004262716170399")
    COST = D("3.668322007396847879875560515")
    QTY = D("8.118887277453949775582205334")

    def check(self, threshold, expected, other_order):
        book = rule_book.of(
            ("map", "flat", self.FLAT),
            ("map", "rate", self.RATE, "flavor", "m1"),
            threshold,
        )
        self.assertEqual(expected, book.price(point(self.QTY)))
        self.assertNotEqual(other_order, expected)

    def test_service_threshold_rate(self):
        with decimal.localcontext(rating_base.CONTEXT):
            bare = self.FLAT * self.RATE
            self.check(
                ("threshold", "rate", 0, self.COST),
                bare * self.QTY * self.COST,
                bare * (self.QTY * self.COST),
            )

    def test_field_threshold_rate(self):
        with decimal.localcontext(rating_base.CONTEXT):
            self.check(
                ("threshold", "rate", 0, self.COST, "ram"),
                self.FLAT * (self.RATE * self.COST) * self.QTY,
                self.FLAT * self.RATE * self.COST * self.QTY,
            )


class TestContext(base.TestCase):
    """The decimal context of the caller does not affect prices."""

    CONTEXTS = (
        decimal.Context(prec=3),
        decimal.Context(prec=50, rounding=decimal.ROUND_UP),
        decimal.Context(prec=28, rounding=decimal.ROUND_FLOOR, traps=[]),
        decimal.Context(traps=[decimal.Inexact, decimal.FloatOperation]),
    )

    def test_same_digits(self):
        book = rule_book.of(
            ("map", "flat", "0.1234567890123456789012345678"),
            ("map", "rate", "1.000000000000000000000000001", "ram", "8"),
            ("threshold", "rate", 1, "0.3333333333333333333333333333"),
        )
        given = point("3.333333333333333333333333333333", "0.1")
        expected = str(book.price(given))
        self.assertEqual(28, len(expected.replace("0.", "")))
        for context in self.CONTEXTS:
            with self.subTest(context=context):
                with decimal.localcontext(context):
                    self.assertEqual(expected, str(book.price(given)))

    def test_same_errors(self):
        book = rule_book.of(("threshold", "flat", 4, 1, "ram"))
        for context in self.CONTEXTS:
            with self.subTest(context=context):
                with decimal.localcontext(context):
                    self.assertRaises(
                        rating_base.RatingError, book.price, point(ram="x")
                    )
