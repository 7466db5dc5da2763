# SPDX-License-Identifier: Apache-2.0
"""Which metrics of a period are replaced, and the notes about the others."""

import datetime

from cloudkitty import dataframe
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.reprocess import notes
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

START = "2026-11-01T00:00"


def rated(*found):
    """Return consecutive hours: metric to number of points collected."""
    return [
        rated_periods.RatedPeriod(
            dataframe.DataFrame(
                window.begin,
                window.end,
                {name: [None] * count for name, count in points.items()},
            ),
            sum(points.values()),
            frozenset(points),
        )
        for window, points in zip(
            world.hours(START, len(found)).periods(3600), found, strict=True
        )
    ]


class TestRule(base.TestCase):
    def replaced(self, period, **fields):
        rule = replace_or_keep.Rule(
            defined=frozenset(("cpu", "disk")), **fields
        )
        return sorted(rule.replaced(period))

    def test_metrics_that_were_collected_or_added_by_a_module(self):
        (period,) = rated({"cpu": 1})
        period.frame.usage["tax"] = []
        self.assertEqual(["cpu", "tax"], self.replaced(period))
        self.assertEqual(
            ["cpu"], self.replaced(period, only=frozenset(("cpu", "disk")))
        )

    def test_metrics_that_were_collected_and_skipped(self):
        (period,) = rated({"cpu": 1})
        period.frame.usage.clear()
        self.assertEqual(["cpu"], self.replaced(period))

    def test_empty_ones_with_a_definition_or_by_name(self):
        (period,) = rated({})
        self.assertEqual([], self.replaced(period))
        self.assertEqual(
            ["cpu", "disk"], self.replaced(period, write_empty=True)
        )
        self.assertEqual(
            ["gone"],
            self.replaced(period, write_empty=True, only=frozenset(("gone",))),
        )


class TestNotes(base.TestCase):
    def notes(self, found, stored, **fields):
        rule = replace_or_keep.Rule(
            defined=frozenset(("cpu", "disk")), **fields
        )
        hours = world.hours(START, len(found)).periods(3600)
        decided = replace_or_keep.decide(
            rule,
            rated(*found),
            {hour.begin: one for hour, one in zip(hours, stored, strict=True)},
        )
        self.kept = notes.kept(decided, rule)
        return sorted(
            (
                note.kind,
                note.metric or "",
                note.begin.hour,
                note.end.hour,
                note.detail,
            )
            for note in notes.of_chunk(decided, rule)
        )

    def test_a_kept_metric_and_an_undefined_one(self):
        self.assertEqual(
            [
                ("no_data", "disk", 1, 3, None),
                ("undefined", "gone", 0, 3, None),
            ],
            self.notes(
                [{"cpu": 1, "disk": 1}, {"cpu": 1}, {"cpu": 1}],
                [{"cpu": 1, "disk": 1, "gone": 1}] * 3,
            ),
        )
        self.assertEqual(3, self.kept)

    def test_nothing_at_all(self):
        self.assertEqual(
            [("no_data", "", 0, 2, None), ("no_data", "cpu", 0, 1, None)],
            self.notes([{}, {}], [{"cpu": 2}, {}]),
        )
        self.assertEqual(2, self.kept)

    def test_emptied(self):
        self.assertEqual(
            [
                ("emptied", "", 1, 2, None),
                ("emptied", "cpu", 1, 2, None),
                ("emptied", "disk", 0, 2, None),
                ("undefined", "gone", 1, 2, None),
            ],
            self.notes(
                [{"cpu": 1}, {}],
                [{"cpu": 1, "disk": 1}, {"cpu": 1, "disk": 1, "gone": 1}],
                write_empty=True,
            ),
        )
        self.assertEqual(1, self.kept)

    def test_fewer_than_half(self):
        self.assertEqual(
            [
                (
                    *("fewer_points", "cpu", 0, 2),
                    "20 points were stored, now 6",
                )
            ],
            self.notes(
                [{"cpu": 4}, {"cpu": 2}, {"cpu": 5}], [{"cpu": 10}] * 3
            ),
        )
        self.assertEqual(0, self.kept)


class TestPeriod(base.TestCase):
    def test_another_length_or_place_is_refused(self):
        window = world.hours(START, 24)
        hour = datetime.timedelta(hours=1)
        replace_or_keep.check_period(
            window.begin + hour, window.begin + 2 * hour, window, 3600
        )
        for begin, end, length in (
            (window.begin, window.begin + hour / 2, 1800),
            (window.begin, window.end, 86400),
            (window.begin + hour / 2, window.begin + hour * 1.5, 3600),
        ):
            error = self.assertRaises(
                replace_or_keep.OtherPeriod,
                replace_or_keep.check_period,
                *(begin, end, window, 3600),
            )
            self.assertIn(f"a period of {length} seconds", str(error))
            self.assertIn("periods of 3600 seconds", str(error))
