# SPDX-License-Identifier: Apache-2.0
"""Live rating after a change of ``[collect] period``."""

import sqlalchemy as sa

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.orchestrator.rpc import reset_queue as orders
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import period_case
from cloudkitty.tests.unit.orchestrator import world


class TestChangedPeriod(period_case.Case):
    def test_shorter_periods_go_on_where_the_rated_data_end(self):
        self.rate_hours()
        self.world.change_period(self, period_case.HALF)
        self.rate("2026-11-02T00:00:30")
        self.assert_gapless("01T00:00", "01T23:30")
        self.assertIn(("01T20:00", "01T21:00"), self.world.stored("a"))
        self.assertIn(("01T21:00", "01T21:30"), self.world.stored("a"))

    def test_longer_periods_go_on_at_their_boundary(self):
        self.rate_hours("2026-11-01T23:00")
        self.world.change_period(self, period_case.DAY)
        self.rate("2026-11-04T00:00:30")
        self.assert_gapless("01T00:00", "03T00:00")
        self.assertEqual(("02T00:00", "03T00:00"), self.world.stored("a")[-1])

    def test_rated_data_that_end_within_a_period_are_an_error(
        self,
    ):
        self.rate_hours()
        before = self.world.points()
        self.world.change_period(self, period_case.DAY)
        with self.assertLogs("cloudkitty", "WARNING") as logged:
            self.rate("2026-11-04T00:00:30")
        self.assertEqual(before, self.world.points())
        [line] = logged.output
        for word in (
            "2026-11-01 21:00:00",
            "3600",
            "86400",
            "last_processed_timestamp 2026-11-01 00:00:00",
        ):
            self.assertIn(word, line)
        # And as it says, it goes on.
        orders.reset(
            self.world.database,
            self.world.storage,
            self.world.scope("a"),
            base.utc("2026-11-01T00:00"),
            period_case.DAY,
        )
        self.rate("2026-11-04T00:00:30")
        self.assert_gapless("01T00:00", "03T00:00")
        self.assertEqual(2, len(self.world.stored("a")))

    def test_the_old_period_again_goes_on(self):
        self.rate_hours()
        self.world.change_period(self, period_case.DAY)
        with self.assertLogs("cloudkitty", "WARNING"):
            self.rate("2026-11-02T00:00:30")
        self.world.change_period(self, world.HOUR)
        self.rate("2026-11-02T00:00:30")
        self.assert_gapless("01T00:00", "01T23:00")

    def test_a_cursor_that_upstream_moved_has_the_configured_period(self):
        self.rate_hours()
        self.world.change_period(self, period_case.HALF)
        self.change_cursor("2026-11-01T22:00")
        self.rate("2026-11-02T00:00:30")
        self.assertIn(("01T22:30", "01T23:00"), self.world.stored("a"))
        self.assertNotIn(("01T22:00", "01T22:30"), self.world.stored("a"))

    def test_an_unknown_length_of_another_grid_is_warned_of(self):
        self.rate_hours()
        self.change_cursor("2026-11-01T21:15")
        with self.assertLogs("cloudkitty", "WARNING") as logged:
            self.rate("2026-11-02T00:30")
        self.assertIn("2026-11-01T21:15:00", logged.output[0])
        self.assertEqual("2026-11-01T22:15", self.world.last("a"))

    def test_a_reset_to_the_same_beginning_meanwhile_wins(self):
        self.rate_hours()
        self.world.change_period(self, period_case.HALF)
        rate = self.world.chain.rate
        resetting = []

        def reset_meanwhile(frame):
            if not resetting:
                resetting.append(1)
                # The last period begins at 20:00 then too.
                orders.reset(
                    self.world.database,
                    self.world.storage,
                    self.world.scope("a"),
                    base.utc("2026-11-01T20:00"),
                    period_case.HALF,
                )
                self.change_cursor_of_ours(
                    "2026-11-01T20:00", period_case.HALF
                )
            return rate(frame)

        self.world.chain.rate = reset_meanwhile
        with self.assertLogs("cloudkitty", "INFO") as logged:
            self.rate("2026-11-01T23:00:30")
        self.assertIn("scope was moved by", "".join(logged.output))
        self.assertNotIn(("01T21:00", "01T21:30"), self.world.stored("a"))

    def change_cursor_of_ours(self, at, seconds):
        table = scope_models.ScopeState.__table__
        self.world.database.write(
            lambda session: session.execute(
                sa.update(table).values(
                    last_processed_timestamp=base.utc(at),
                    period_timestamp=base.utc(at),
                    period_seconds=seconds,
                )
            )
        )
