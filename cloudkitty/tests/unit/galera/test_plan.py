# SPDX-License-Identifier: Apache-2.0
"""The windows, tasks and samples of the Galera run."""

import datetime

from cloudkitty.orchestrator.engine import due_periods
from cloudkitty.tests import base
from cloudkitty.tests.galera import plan

NOW = base.utc("2026-11-28T10:20")


class TestPlan(base.TestCase):
    def setUp(self):
        super().setUp()
        self.plan = plan.make(3, 2, NOW)

    def test_windows_follow_each_other(self):
        self.assertEqual(base.utc("2026-11-24T08:00"), self.plan.rated.begin)
        self.assertEqual(self.plan.rated.end, self.plan.due.begin)
        self.assertEqual(base.utc("2026-11-28T08:00"), self.plan.due.end)

    def test_tasks_are_in_rated_periods_and_do_not_overlap(self):
        tasks = self.plan.tasks()
        self.assertEqual(6, len(tasks))
        for index, (scope_id, window) in enumerate(tasks):
            self.assertGreaterEqual(window.begin, self.plan.rated.begin)
            self.assertLessEqual(window.end, self.plan.rated.end)
            for other_id, other in tasks[:index]:
                if scope_id == other_id:
                    self.assertGreaterEqual(
                        max(window.begin, other.begin),
                        min(window.end, other.end),
                    )

    def test_one_sample_for_each_point(self):
        samples = [
            line
            for line in self.plan.samples().splitlines()
            if not line.startswith("#")
        ]
        self.assertEqual(self.plan.points(), len(samples))

    def test_due_periods(self):
        for minutes in (1, 59, 61, 125):
            now = NOW.replace(minute=0) + datetime.timedelta(minutes=minutes)
            for end in (self.plan.rated.end, self.plan.end):
                window = due_periods.due_window(
                    self.plan.rated.begin,
                    now,
                    plan.HOUR,
                    plan.wait_periods(end, now),
                )
                self.assertEqual(end, window.end)
