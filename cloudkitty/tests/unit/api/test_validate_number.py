# SPDX-License-Identifier: Apache-2.0
import decimal

from cloudkitty.api import error_codes
from cloudkitty.api.request import validate_number
from cloudkitty.tests.unit.api import refusal

D = decimal.Decimal


class TestInteger(refusal.RefusalCase):
    def test_numbers_and_strings(self):
        for value in (5, "5", "+5", "05"):
            self.assertEqual(5, validate_number.integer("thing", value))

    def test_invalid_values(self):
        self.refuse_all(
            validate_number.integer,
            [None, True, 5.0, "5.0", "", " 5", "٥", "1e3", "5" * 5000, [5]],
        )

    def test_bounds_are_included(self):
        for value in (2, 4):
            validate_number.integer("thing", value, minimum=2, maximum=4)
        for value in (1, 5, "-1", 10**40):
            self.refuse(
                error_codes.ARGUMENT_INVALID,
                validate_number.integer,
                "thing",
                value,
                minimum=2,
                maximum=4,
            )


class TestDecimal(refusal.RefusalCase):
    def level(self, value):
        return str(validate_number.decimal("level", value, places=8))

    def test_excess_digits_of_a_float_are_rounded(self):
        for sent, stored in (
            ("2.8499999999999996", "2.85000000"),
            ("0.30000000000000004", "0.30000000"),
            ("-1.1102230246251565", "-1.11022302"),
            ("123456.123456785001", "123456.12345679"),
            ("0.1000000000000000055511151231257827", "0.10000000"),
        ):
            self.assertEqual(stored, self.level(D(sent)))
            self.refuse_all(self.level_of_text, [sent])

    def level_of_text(self, name, value):
        return validate_number.decimal(name, value, places=8)

    def test_significant_digits_are_not_rounded(self):
        self.refuse_all(
            self.level_of_text,
            [
                D("0.000000001"),
                D("0.123456789"),
                # 15 digits, which a float preserves.
                D("123456.123456785"),
                # Rounding would result in zero.
                D("1.2345678901234567e-30"),
                D("1234567890123.4567"),
                D("999999999999.9999999999"),
            ],
        )

    def test_digits_that_fit_the_column_are_kept(self):
        for text in ("2.8499999999999996", "12345678901.2345678"):
            for value in (text, D(text)):
                self.assertEqual(
                    D(text), validate_number.decimal("cost", value)
                )

    def test_error_shows_the_number(self):
        detail = self.refuse(
            error_codes.ARGUMENT_INVALID,
            self.level_of_text,
            "level",
            D("1e-9"),
        )
        self.assertIn("level 1E-9 ", detail)
