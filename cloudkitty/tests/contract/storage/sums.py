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
        if not self.exact:
            self._check_sums_of_kept_numbers()
            return
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

    def _check_sums_of_kept_numbers(self):
        """Check that sums are those of the points that are returned."""
        numbers = ("0.1", "1234.56", "-0.001", "0", "7654321.25", "1e-9")
        for several in ([n] for n in numbers), [numbers * 7]:
            for some in several:
                points = [usage.point(n, n) for n in some]
                stored = [self.storage.as_stored(point) for point in points]
                self.replace(
                    "p1", usage.hours(0, 1), [usage.frame(0, cpu=points)]
                )
                [got] = self.retrieve("p1").frames
                self.assertEqual(stored, got.usage["cpu"])
                for groupby in ([], ["id"]):
                    [(_, qty, rate)] = self.sums(groupby)
                    self.assertEqual(sum(p.qty for p in stored), qty)
                    self.assertEqual(sum(p.price for p in stored), rate)
        for text in ("0.1", "1234.56", "-0.001", "0"):
            kept = self.storage.as_stored(usage.point(text, text))
            self.assertEqual(
                (text, text),
                (usage.str_of(kept.qty), usage.str_of(kept.price)),
            )

    def test_too_large_sums_are_refused(self):
        if not self.exact:
            self._check_too_large_numbers()
            return
        points = [usage.point("9" * 37), usage.point("9" * 37)]
        self.replace("p1", usage.hours(0, 1), [usage.frame(0, cpu=points)])
        self.assertRaises(base.StorageError, self.sums)
        self.assertEqual(2, self.retrieve().total)

    def _check_too_large_numbers(self):
        """A number that the format cannot hold is refused, not changed."""
        for which, text in (("qty", "1e37"), ("price", "1e37")):
            point = usage.point(**{which: text})
            frames = [usage.frame(0, cpu=[point])]
            try:
                kept = self.storage.as_stored(point)
            except base.StorageError:
                self.assertRaises(
                    base.StorageError,
                    self.replace,
                    "p1",
                    usage.hours(0, 1),
                    frames,
                )
                continue
            self.replace("p1", usage.hours(0, 1), frames)
            [got] = self.retrieve("p1").frames
            self.assertEqual([kept], got.usage["cpu"])
