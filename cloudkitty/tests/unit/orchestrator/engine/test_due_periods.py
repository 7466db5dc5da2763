# SPDX-License-Identifier: Apache-2.0
"""Which periods are due."""

from cloudkitty.common import periods
from cloudkitty.orchestrator.engine import due_periods
from cloudkitty.tests import base

HOUR = 3600


def hours(first, after_last):
    return periods.Window(base.utc(first), base.utc(after_last))


class TestDueWindow(base.TestCase):
    def test_newest_due_period_began_two_periods_ago(self):
        self.assertEqual(
            hours("2026-11-02T07:00", "2026-11-02T08:00"),
            due_periods.due_window(
                base.utc("2026-11-02T07:00"),
                base.utc("2026-11-02T09:04"),
                HOUR,
                2,
            ),
        )

    def test_rated_up_to_the_newest_leaves_nothing(self):
        self.assertIsNone(
            due_periods.due_window(
                base.utc("2026-11-02T08:00"),
                base.utc("2026-11-02T09:04"),
                HOUR,
                2,
            )
        )

    def test_wait_is_over_only_after_the_edge(self):
        first = base.utc("2026-11-02T07:00")
        self.assertIsNone(
            due_periods.due_window(
                first, base.utc("2026-11-02T09:00"), HOUR, 2
            )
        )
        self.assertEqual(
            hours("2026-11-02T07:00", "2026-11-02T08:00"),
            due_periods.due_window(
                first, base.utc("2026-11-02T09:00:01"), HOUR, 2
            ),
        )

    def test_backlog_is_due_as_a_whole(self):
        self.assertEqual(
            hours("2026-11-01T01:00", "2026-11-02T07:00"),
            due_periods.due_window(
                base.utc("2026-11-01T01:00"),
                base.utc("2026-11-02T09:00"),
                HOUR,
                2,
            ),
        )

    def test_new_scope_begins_with_its_month(self):
        self.assertEqual(
            hours("2026-11-01T00:00", "2026-11-02T08:00"),
            due_periods.due_window(
                None, base.utc("2026-11-02T09:04"), HOUR, 2
            ),
        )

    def test_new_scope_waits_too(self):
        self.assertIsNone(
            due_periods.due_window(None, base.utc("2026-11-01T01:59"), HOUR, 2)
        )

    def test_new_scope_begins_with_a_whole_period(self):
        week = 7 * 24 * HOUR
        # Thursdays are where weeks of the Unix epoch begin.
        self.assertEqual(
            hours("2026-11-05T00:00", "2026-11-12T00:00"),
            due_periods.due_window(
                None, base.utc("2026-11-13T00:00"), week, 1
            ),
        )

    def test_no_waiting(self):
        self.assertEqual(
            hours("2026-11-02T07:00", "2026-11-02T08:00"),
            due_periods.due_window(
                base.utc("2026-11-02T07:00"),
                base.utc("2026-11-02T07:30"),
                HOUR,
                0,
            ),
        )
