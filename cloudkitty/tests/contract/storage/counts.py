# SPDX-License-Identifier: Apache-2.0
"""Numbers of points, by period and metric."""

import dataclasses
import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage


class Counts(case.StorageCase):
    """Tests of ``count`` and of the number of points of a sum."""

    def test_counts_equal_the_totals(self):
        storage = self.storage
        for metric in ("cpu", "cpu ", "disk"):
            storage.replace(
                new_scopes.make("a"),
                usage.hours(0, 3),
                usage.frames(0, 3, metric=metric),
                metrics=[metric],
            )
        storage.replace(
            new_scopes.make("b"), usage.hours(0, 3), usage.frames(0, 3)
        )
        self.assertEqual(6, len(self._check_counts(usage.hours(1, 3))))

    def test_counts_of_periods_that_differ(self):
        """Gaps, other numbers and other lengths are not averaged away."""
        half = datetime.timedelta(minutes=30)
        new = []
        for hour, points in enumerate([1, 1, 0, 1, 2, 2, 1, 1, 1, 1]):
            new.append(
                usage.frame(
                    hour, cpu=[usage.point()] * points, disk=[usage.point()]
                )
            )
        # Two half hours, and one of three quarters of an hour.
        for first, length in ((14, half), (14.5, half), (15, half * 1.5)):
            begin = usage.hours(0, 1).begin + datetime.timedelta(hours=first)
            new.append(dataframe.DataFrame(begin, begin + length))
            new[-1].add_points([usage.point()], "cpu")
        self.replace("a", usage.hours(0, 20), new)
        self.assertEqual(22, len(self._check_counts(usage.hours(0, 20))))
        self.assertEqual(9, len(self._check_counts(usage.hours(1, 6))))

    def _check_counts(self, window):
        """Compare counts with totals; return the counts by period."""
        query = base.Query(window=window, filters={"project_id": ["a"]})
        counts = []
        qty = rate = decimal.Decimal(0)
        for count in self.storage.count(query):
            begin = count.begin
            length = (count.end - begin) / count.periods
            counts += [
                (begin + nth * length, begin + (nth + 1) * length)
                + (count.metric, count.points)
                for nth in range(count.periods)
            ]
            qty += count.qty
            rate += count.rate
        self.assertEqual(
            sorted(
                (row.begin, row.end, row.groups["type"], row.points)
                for row in self.storage.total(query, ["time", "type"]).rows
            ),
            sorted(counts),
        )
        for count in self.storage.count(query):
            last = count.end - (count.end - count.begin) / count.periods
            self.assertEqual(count.begin.date(), last.date())
        [whole] = self.storage.total(query).rows
        self.assertEqual((whole.qty, whole.rate), (qty, rate))
        self.assertEqual(
            [
                (row.begin, row.end, row.points)
                for row in self.storage.total(query, ["time"]).rows
            ],
            self.storage.periods(
                dataclasses.replace(query, offset=1, limit=1)
            ),
        )
        return counts

    def test_sums_of_days(self):
        """Of whole days, of their parts, and of two scopes."""
        for scope, first, last, price in (
            ("a", 20, 77, "0.1"),
            ("b", 23, 25, "7"),
        ):
            for metric in ("cpu", "disk"):
                self.storage.replace(
                    new_scopes.make(scope),
                    usage.hours(first, last),
                    [
                        usage.frame(
                            hour, **{metric: [usage.point("1", price)] * 2}
                        )
                        for hour in range(first, last)
                        if hour != 30
                    ],
                    metrics=[metric],
                )
        for first, last in ((0, 99), (21, 72), (24, 48), (25, 30), (80, 99)):
            for filters in (
                {"project_id": ["a"]},
                {"project_id": ["a", "b", "c"]},
                {"project_id": ["c"]},
            ):
                query = base.Query(
                    window=usage.hours(first, last),
                    filters=filters,
                    offset=1,
                    limit=1,
                )
                for groupby in (["type"], ["project_id", "type"]):
                    self._check_days(query, groupby)

    def _check_days(self, query, groupby):
        """Compare with the sums of periods."""
        whole = dataclasses.replace(query, offset=0, limit=None)
        expected = {}
        for row in self.storage.total(whole, ["time", *groupby]).rows:
            key = (row.begin.date(), *(row.groups[name] for name in groupby))
            qty, rate, points = expected.get(key, (0, 0, 0))
            expected[key] = (
                qty + row.qty,
                rate + row.rate,
                points + row.points,
            )
        found = self.storage.daily(query, groupby)
        day = datetime.timedelta(days=1)
        for row in found:
            self.assertEqual(row.begin + day, row.end)
            self.assertEqual(datetime.time(), row.begin.time())
            self.assertIsNotNone(row.begin.tzinfo)
        self.assertEqual(
            expected,
            {
                (row.begin.date(), *(row.groups[name] for name in groupby)): (
                    row.qty,
                    row.rate,
                    row.points,
                )
                for row in found
            },
        )
        self.assertEqual(len(expected), len(found))

    def test_sums_have_the_number_of_points(self):
        self.replace(
            "p1",
            usage.hours(0, 2),
            [
                usage.frame(
                    0,
                    cpu=[usage.point("0", "0")] * 3,
                    ram=[usage.point("7", "2")],
                ),
                usage.frame(1, cpu=[usage.point()]),
            ],
        )
        found = self.storage.total(
            base.Query(window=usage.hours(0, 2)), ["type"]
        )
        self.assertEqual(
            {"cpu": 4, "ram": 1},
            {row.groups["type"]: row.points for row in found.rows},
        )
        [whole] = self.storage.total(base.Query(window=usage.hours(0, 2))).rows
        self.assertEqual(5, whole.points)
