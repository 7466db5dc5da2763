# SPDX-License-Identifier: Apache-2.0
"""Groups and filters of totals."""

from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage


class Grouping(case.StorageCase):
    """Tests of ``groupby`` and ``filters``."""

    def _put_groups(self):
        """Store eight points in all combinations."""
        for scope_id in ("p1", "p2"):
            self.replace(
                scope_id,
                usage.hours(23, 25),
                [
                    usage.frame(
                        hour,
                        **{
                            metric: [
                                usage.point(
                                    qty,
                                    "0.5",
                                    {
                                        "id": f"i-{metric}",
                                        "day_of_the_year": day,
                                        "month": "11",
                                        "year": "2026",
                                        "week_of_the_year": "44",
                                    },
                                    {"flavor": f"m{qty}", "id": "no"},
                                )
                            ]
                            for metric, qty in (("cpu", "1"), ("ram", "2"))
                        },
                    )
                    for hour, day in ((23, "305"), (24, "306"))
                ],
            )

    def test_groupings(self):
        self._put_groups()
        for groupby, columns, expected in (
            ([], [], [((), 12, 4)]),
            (["type"], ["type"], [(("cpu",), 4, 2), (("ram",), 8, 2)]),
            (
                ["project_id"],
                ["project_id"],
                [(("p1",), 6, 2), (("p2",), 6, 2)],
            ),
            (["id"], ["id"], [(("i-cpu",), 4, 2), (("i-ram",), 8, 2)]),
            (["flavor"], ["flavor"], [(("m1",), 4, 2), (("m2",), 8, 2)]),
            (
                ["time-d"],
                ["day_of_the_year"],
                [(("305",), 6, 2), (("306",), 6, 2)],
            ),
            (["time-w"], ["week_of_the_year"], [(("44",), 12, 4)]),
            (
                ["time-y", "time-m", "month"],
                ["year", "month"],
                [(("2026", "11"), 12, 4)],
            ),
            (["unknown"], ["unknown"], [(("",), 12, 4)]),
            (
                ["type", "unknown", "type", "project_id"],
                ["type", "unknown", "project_id"],
                [
                    (("cpu", "", "p1"), 2, 1),
                    (("cpu", "", "p2"), 2, 1),
                    (("ram", "", "p1"), 4, 1),
                    (("ram", "", "p2"), 4, 1),
                ],
            ),
        ):
            self.assertEqual(expected, self.sums(groupby), groupby)
            window = usage.hours(20, 30)
            found = self.storage.total(base.Query(window=window), groupby)
            self.assertEqual(len(expected), found.total)
            for row in found.rows:
                self.assertEqual(columns, list(row.groups))
                self.assertEqual(
                    (window.begin, window.end), (row.begin, row.end)
                )

    def test_grouping_by_time(self):
        self._put_groups()
        found = self.storage.total(
            base.Query(window=usage.hours(20, 30)), ["type", "time"]
        )
        # Periods without data do not appear.
        self.assertEqual(
            [
                (usage.hours(hour, hour + 1), {"type": metric}, qty, 1)
                for hour in (23, 24)
                for metric, qty in (("cpu", 2), ("ram", 4))
            ],
            [
                (
                    periods.Window(row.begin, row.end),
                    row.groups,
                    row.qty,
                    row.rate,
                )
                for row in found.rows
            ],
        )

    def test_filters(self):
        self._put_groups()
        for filters, expected in (
            ({"id": ["i-cpu"]}, 4),
            ({"id": ["i-cpu", "i-ram", "else"]}, 12),
            ({"id": ["no"]}, None),
            ({"flavor": ["m2"], "project_id": ["p1"]}, 4),
            ({"flavor": ["m2"], "id": ["i-cpu"]}, None),
            ({"project_id": ["p1", "p2"], "day_of_the_year": ["306"]}, 6),
            ({"project_id": ["p1", "p3"]}, 6),
            ({"unknown": [""]}, 12),
            ({"unknown": ["x"]}, None),
            ({"id": [""]}, None),
            ({"id": []}, None),
            ({"project_id": []}, None),
        ):
            found = self.sums(filters=filters)
            self.assertEqual(expected, found[0][1] if found else None, filters)
            self.assertEqual(
                expected is None, not self.retrieve(filters=filters).total
            )
