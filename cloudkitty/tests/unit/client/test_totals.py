# SPDX-License-Identifier: Apache-2.0
import decimal

from cloudkitty.client import bars
from cloudkitty.client import totals
from cloudkitty.tests import base
from cloudkitty.tests.fakes import rating_api

D = decimal.Decimal


def of(*prices, **fields):
    """Return the totals of one task: ``(metric, before, after)`` each."""
    items = [rating_api.total(*each) for each in prices]
    return totals.of_tasks([rating_api.task(totals=items, **fields)])


class TestTotals(base.TestCase):
    def test_differences_keep_all_digits(self):
        before = "12345678901234567890.0000000000000000000000000001"
        [total] = of(("cpu", before, "0.3"))
        self.assertEqual(
            "-12345678901234567889.7000000000000000000000000001",
            totals.text(total.difference),
        )
        self.assertEqual(before, totals.text(total.before))

    def test_unknown_until_the_task_has_succeeded(self):
        [total] = of(("cpu", "3", None), state="running")
        self.assertIsNone(total.difference)
        self.assertIsNone(total.points_after)
        # It would look as if the price were lost.
        self.assertEqual({}, totals.sums([total], lambda _: "all"))

    def test_sums_are_exact(self):
        tiny = "0.0000000000000000000000000001"
        found = of(("a", "100000000000000000000", "1"), ("b", tiny, "2"))
        total = totals.sums(found, lambda _: "all")["all"]
        self.assertEqual(D(f"100000000000000000000{tiny[1:]}"), total.before)
        self.assertEqual(D(3), total.after)

    def test_sums_by_metric(self):
        found = [*of(("a", "1", "2"), ("b", "5", "5")), *of(("a", "2", "4"))]
        self.assertEqual(
            [("a", D(3), D(6)), ("b", D(5), D(5))],
            [
                (name, each.before, each.after)
                for name, each in totals.sums(
                    found, lambda total: total.metric
                ).items()
            ],
        )

    def test_largest(self):
        found = totals.sums(
            of(("a", "1", "2"), ("b", "9", "1"), ("c", "1", "1")),
            lambda total: total.metric,
        )
        largest, left = totals.largest(found, 2)
        self.assertEqual(["b", "a"], list(largest))
        self.assertEqual(1, left)

    def test_signs(self):
        for value, expected in (("1.50", "+1.5"), ("-2", "-2"), ("0", "0")):
            self.assertEqual(expected, totals.signed(D(value)))


class TestBars(base.TestCase):
    def chart(self, *prices, columns=80):
        return bars.chart(of(*prices), columns, "#")

    def test_lengths(self):
        self.assertEqual(
            [
                "project-1",
                f"  cpu   before  {'#' * 58} 400",
                f"        after   {'#' * 29} 200",
                "  disk  before  # 0.001",
                "        after   0",
                "Total: before 400.001, after 200, difference -200.001",
            ],
            self.chart(
                ("disk", "0.001", "0"), ("cpu", "400", "200"), columns=80
            ).splitlines(),
        )

    def test_it_fits_the_terminal(self):
        chart = self.chart(("a" * 60, "1234567.89", "1"), columns=80)
        self.assertLessEqual(max(map(len, chart.splitlines())), 80)

    def test_no_value(self):
        self.assertEqual("", self.chart())
        self.assertIn("difference 0", self.chart(("cpu", "0", "0")))

    def test_credits(self):
        chart = self.chart(("credit", "-5", "-10"))
        self.assertIn("difference -5", chart)
        _, first, second, _ = chart.splitlines()
        self.assertLess(first.count("#"), second.count("#"))

    def test_scopes(self):
        found = [
            *of(("cpu", "1", "2"), scope_id="a"),
            *of(("cpu", "5", "1"), ("disk", "1", "1"), scope_id="b"),
            *of(("cpu", "1", "4"), scope_id="a"),
        ]
        lines = bars.chart(found, 80, "#").splitlines()
        self.assertEqual(
            ["a", "b"], [line for line in lines if len(line) == 1]
        )
        # Two tasks of a scope are one group.
        self.assertEqual(2 + 2 * 3 + 1, len(lines))
        self.assertTrue(lines[1].endswith("# 2"))

    def test_many_groups(self):
        chart = self.chart(*((f"m{n}", str(n), "0") for n in range(25)))
        lines = chart.splitlines()
        self.assertEqual(2 * bars.MAX_GROUPS + 3, len(lines))
        self.assertEqual("5 more with smaller differences", lines[-2])
        # All are in the total.
        self.assertIn("before 300,", lines[-1])
