# SPDX-License-Identifier: Apache-2.0
"""Exact sums of quantities and prices."""

import decimal

from cloudkitty.common import money
from cloudkitty.storage import base
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage

#: Significant digits of a sum of doubles.
_FIFTEEN = decimal.Context(prec=15)


class Sums(case.StorageCase):
    """Tests of the digits of sums."""

    def test_exact_numbers(self):
        tiny = "0." + "0" * 27 + "1"
        for numbers, expected in (
            ([tiny], tiny),
            ([tiny] * 3, tiny[:-1] + "3"),
            (["0.1"] * 10, "1"),
            (["9" * 36 + "." + "9" * 28, tiny], "1" + "0" * 36),
            *self._cancelling(tiny),
            (["-5", "5"], "0"),
            (["1e30", "2.50"], "1" + "0" * 29 + "2.5"),
            (
                ["1.23456789012345678901234567895"],
                "1.234567890123456789012345679",
            ),
            (
                ["0.00000001234567890123456789"] * 2,
                "0.00000002469135780246913578",
            ),
            (["0E-28", "0"], "0"),
        ):
            points = [usage.point(n, n) for n in numbers]
            self.replace("p1", usage.hours(0, 1), [usage.frame(0, cpu=points)])
            [(_, qty, rate)] = self.sums()
            self._check(expected, qty, numbers)
            self._check(expected, rate, numbers)
            [(_, qty, rate)] = self.sums(["id"])
            self._check(expected, qty, numbers)
            self._check(expected, rate, numbers)
            [got] = self.retrieve("p1").frames
            if len(numbers) == 1:
                self._check(expected, got.usage["cpu"][0].price, numbers)

    def _cancelling(self, tiny):
        """Return numbers of which only the smallest remains in the sum."""
        if not self.exact_sums:
            return []
        return [(["1" + "0" * 30, tiny, "-1" + "0" * 30], tiny)]

    def _check(self, expected, number, numbers):
        if not self.exact_sums:
            expected = money.text(_FIFTEEN.create_decimal(expected))
            number = money.canonical(_FIFTEEN.plus(number))
        self.assertEqual(expected, usage.str_of(number), numbers)

    def test_too_large_sums_are_refused(self):
        points = [usage.point("9" * 37), usage.point("9" * 37)]
        self.replace("p1", usage.hours(0, 1), [usage.frame(0, cpu=points)])
        self.assertRaises(base.StorageError, self.sums)
        self.assertEqual(2, self.retrieve().total)
