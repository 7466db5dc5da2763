# SPDX-License-Identifier: Apache-2.0
"""Exact sums of quantities and prices."""

from cloudkitty.storage import base
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage


class Sums(case.StorageCase):
    """Tests of the digits of sums."""

    def test_exact_numbers(self):
        tiny = "0." + "0" * 27 + "1"
        for numbers, expected in (
            ([tiny], tiny),
            ([tiny] * 3, tiny[:-1] + "3"),
            (["0.1"] * 10, "1"),
            (["9" * 36 + "." + "9" * 28, tiny], "1" + "0" * 36),
            (["1" + "0" * 30, tiny, "-1" + "0" * 30], tiny),
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
            self.assertEqual(
                (expected, expected),
                (usage.str_of(qty), usage.str_of(rate)),
                numbers,
            )
            [(_, qty, rate)] = self.sums(["id"])
            self.assertEqual(
                (expected, expected),
                (usage.str_of(qty), usage.str_of(rate)),
                numbers,
            )
            [got] = self.retrieve("p1").frames
            if len(numbers) == 1:
                self.assertEqual(
                    expected, usage.str_of(got.usage["cpu"][0].price)
                )

    def test_too_large_sums_are_refused(self):
        points = [usage.point("9" * 37), usage.point("9" * 37)]
        self.replace("p1", usage.hours(0, 1), [usage.frame(0, cpu=points)])
        self.assertRaises(base.StorageError, self.sums)
        self.assertEqual(2, self.retrieve().total)
