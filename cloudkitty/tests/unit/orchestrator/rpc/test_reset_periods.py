# SPDX-License-Identifier: Apache-2.0
"""Resets of data that were rated with another period."""

from cloudkitty.orchestrator.rpc import reset_queue as orders
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import period_case
from cloudkitty.tests.unit.orchestrator import world


class TestChangedPeriod(period_case.Case):
    def reset(self, at):
        orders.reset(
            self.world.database,
            self.world.storage,
            self.world.scope("a"),
            base.utc(at),
            self.world.conf.collect.period,
        )

    def test_the_end_of_the_rated_data_is_that_of_their_period(self):
        self.rate_hours()
        self.world.change_period(self, period_case.HALF)
        self.reset("2026-11-01T21:00")
        self.assert_gapless("01T00:00", "01T21:00")
        error = self.assertRaises(
            scope_reset.NotRatedYet, self.reset, "2026-11-01T21:30"
        )
        self.assertIn("send 2026-11-01 21:00:00", str(error))
        self.rate("2026-11-01T23:00:30")
        self.assert_gapless("01T00:00", "01T22:30")

    def test_a_date_within_a_longer_period_is_refused(self):
        self.rate_hours()
        self.world.change_period(self, period_case.HALF)
        error = self.assertRaises(
            scope_reset.WithinPeriod, self.reset, "2026-11-01T19:30"
        )
        self.assertIn("send 2026-11-01 19:00:00", str(error))
        self.assert_gapless("01T00:00", "01T21:00")

    def test_tasks_are_in_the_way_with_their_own_window(self):
        self.rate_hours()
        self.world.add_task(
            "a",
            world.hours("2026-11-01T18:00", 1),
            period_seconds=world.HOUR,
        )
        self.world.change_period(self, period_case.HALF)
        self.reset("2026-11-01T19:00")
        self.assertRaises(
            scope_reset.TasksUnfinished, self.reset, "2026-11-01T18:00"
        )
