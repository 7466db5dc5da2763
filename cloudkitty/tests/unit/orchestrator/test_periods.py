# SPDX-License-Identifier: Apache-2.0
"""What was rated or asked for under another ``[collect] period``."""

import datetime

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db import models
from cloudkitty.db.tasks import models as task_models
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.orchestrator.rpc import reset_queue as orders
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

DAY = 86400
HALF = 1800


class Case(base.TestCase):
    def setUp(self):
        super().setUp()
        self.world = world.World(self)
        self.world.fetcher.scopes = ["a"]

    def rate(self, at):
        """Rate what is due at that time, where each period has a point."""
        self.world.clock.advance(
            (base.utc(at) - self.world.clock.now()).total_seconds()
        )
        seconds = self.world.conf.collect.period
        begin = base.utc("2026-11-01T00:00")
        for period in periods.Window(
            begin, begin + datetime.timedelta(days=4)
        ).periods(seconds):
            self.world.collector.put("cpu", "a", period.begin, 1)
        live.LiveRating(self.world.resources, self.world.stop).work()

    def rate_hours(self, last="2026-11-01T20:00"):
        """Rate hours from the midnight on, up to one."""
        self.world.add_scope("a", "2026-10-31T23:00")
        self.rate(
            f"{base.utc(last) + datetime.timedelta(hours=2):%FT%H:%M:30}"
        )
        self.assertEqual(last, self.world.last("a"))

    def change_cursor(self, at):
        """Move it as upstream does."""
        table = models.ScopeState.__table__
        self.world.database.write(
            lambda session: session.execute(
                sa.update(table).values(last_processed_timestamp=base.utc(at))
            )
        )

    def assert_gapless(self, begin, end):
        stored = self.world.stored("a")
        self.assertEqual(begin, stored[0][0])
        self.assertEqual(end, stored[-1][1])
        for earlier, later in zip(stored, stored[1:], strict=False):
            self.assertEqual(earlier[1], later[0])


class TestLive(Case):
    def test_shorter_periods_go_on_where_the_rated_data_end(self):
        self.rate_hours()
        self.world.change_period(self, HALF)
        self.rate("2026-11-02T00:00:30")
        self.assert_gapless("01T00:00", "01T23:30")
        self.assertIn(("01T20:00", "01T21:00"), self.world.stored("a"))
        self.assertIn(("01T21:00", "01T21:30"), self.world.stored("a"))

    def test_longer_periods_go_on_at_their_boundary(self):
        self.rate_hours("2026-11-01T23:00")
        self.world.change_period(self, DAY)
        self.rate("2026-11-04T00:00:30")
        self.assert_gapless("01T00:00", "03T00:00")
        self.assertEqual(("02T00:00", "03T00:00"), self.world.stored("a")[-1])

    def test_within_one_nothing_is_rated_and_the_error_says_what_to_do(self):
        self.rate_hours()
        before = self.world.points()
        self.world.change_period(self, DAY)
        with self.assertLogs("cloudkitty", "ERROR") as logged:
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
            DAY,
        )
        self.rate("2026-11-04T00:00:30")
        self.assert_gapless("01T00:00", "03T00:00")
        self.assertEqual(2, len(self.world.stored("a")))

    def test_the_old_period_again_goes_on(self):
        self.rate_hours()
        self.world.change_period(self, DAY)
        with self.assertLogs("cloudkitty", "ERROR"):
            self.rate("2026-11-02T00:00:30")
        self.world.change_period(self, world.HOUR)
        self.rate("2026-11-02T00:00:30")
        self.assert_gapless("01T00:00", "01T23:00")

    def test_a_cursor_that_upstream_moved_has_the_configured_period(self):
        self.rate_hours()
        self.world.change_period(self, HALF)
        self.change_cursor("2026-11-01T22:00")
        self.rate("2026-11-02T00:00:30")
        self.assertIn(("01T22:30", "01T23:00"), self.world.stored("a"))
        self.assertNotIn(("01T22:00", "01T22:30"), self.world.stored("a"))

    def test_an_unknown_length_of_another_grid_is_warned_of(self):
        self.rate_hours()
        self.change_cursor("2026-11-01T21:15")
        with self.assertLogs("cloudkitty", "WARNING") as logged:
            self.rate("2026-11-02T00:30")
        self.assertIn("2026-11-01 21:15:00", logged.output[0])
        self.assertEqual("2026-11-01T22:15", self.world.last("a"))

    def test_a_reset_to_the_same_beginning_meanwhile_wins(self):
        self.rate_hours()
        self.world.change_period(self, HALF)
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
                    HALF,
                )
                self.change_cursor_of_ours("2026-11-01T20:00", HALF)
            return rate(frame)

        self.world.chain.rate = reset_meanwhile
        with self.assertLogs("cloudkitty", "INFO") as logged:
            self.rate("2026-11-01T23:00:30")
        self.assertIn("scope was moved by", "".join(logged.output))
        self.assertNotIn(("01T21:00", "01T21:30"), self.world.stored("a"))

    def change_cursor_of_ours(self, at, seconds):
        table = models.ScopeState.__table__
        self.world.database.write(
            lambda session: session.execute(
                sa.update(table).values(
                    last_processed_timestamp=base.utc(at),
                    period_timestamp=base.utc(at),
                    period_seconds=seconds,
                )
            )
        )


class TestResets(Case):
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
        self.world.change_period(self, HALF)
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
        self.world.change_period(self, HALF)
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
        self.world.change_period(self, HALF)
        self.reset("2026-11-01T19:00")
        self.assertRaises(
            scope_reset.TasksUnfinished, self.reset, "2026-11-01T18:00"
        )


class TestTasks(Case):
    def work(self):
        reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        ).work()

    def add_task(self, **fields):
        fields.setdefault("period_seconds", world.HOUR)
        return self.world.add_task(
            "a", world.hours("2026-11-01T06:00", 6), **fields
        )

    def check_failed(self, seconds, **fields):
        self.rate_hours()
        before = self.world.points(), self.world.stored("a")
        task_id = self.add_task(**fields)
        self.world.change_period(self, seconds)
        self.work()
        task = self.world.task(task_id)
        self.assertEqual(("failed", 0), (task.state, task.periods_done))
        self.assertIn("3600", task.last_error)
        self.assertIn(str(seconds), task.last_error)
        self.assertEqual(before, (self.world.points(), self.world.stored("a")))
        self.assertEqual([], self.world.collector.calls)
        self.assertIsNone(
            reprocess_worker.Reprocessing(
                self.world.resources, self.world.stop
            ).pending_at()
        )

    def test_a_shorter_period_fails_it_at_once(self):
        self.check_failed(HALF)

    def test_a_longer_period_fails_it_at_once(self):
        self.check_failed(DAY)

    def test_it_fails_a_preview_too(self):
        self.check_failed(HALF, mode="preview")

    def test_a_part_that_is_done_is_left_as_it_is(self):
        self.rate_hours()
        task_id = self.add_task()
        claimed = self.world.resources.claims.claim_next()
        self.world.database.write(
            lambda session: self.world.resources.claims.advance(
                session,
                claimed,
                current_at=base.utc("2026-11-01T07:00"),
                periods_done=2,
            )
        )
        self.world.resources.claims.release(claimed)
        self.world.change_period(self, HALF)
        self.work()
        task = self.world.task(task_id)
        self.assertEqual(("failed", 2), (task.state, task.periods_done))
        self.assertEqual(base.utc("2026-11-01T07:00"), task.current_at)

    def test_one_of_upstreams_has_the_period_of_who_begins_it(self):
        self.rate_hours()
        task_id = self.add_task(period_seconds=None)
        table = task_models.Reprocess.__table__
        self.world.database.write(
            lambda session: session.execute(
                sa.update(table).values(
                    state=None, periods_total=None, periods_done=None
                )
            )
        )
        task = self.world.resources.claims.claim_next()
        self.assertEqual((task_id, 3600), (task.id, task.period_seconds))
        self.assertEqual(3600, self.world.task(task_id).period_seconds)


class TestUpstreams(Case):
    """Tasks that upstream's processor sees or has worked on."""

    def setUp(self):
        super().setUp()
        self.rate_hours()

    def add_task(self, **fields):
        return self.world.add_task(
            "a",
            world.hours("2026-11-01T06:00", 6),
            period_seconds=world.HOUR,
            **fields,
        )

    def move(self, task_id, at):
        table = task_models.Reprocess.__table__
        self.world.database.write(
            lambda session: session.execute(
                sa.update(table)
                .where(table.c.id == task_id)
                .values(current_reprocess_time=base.utc(at))
            )
        )

    def cursor(self, task_id):
        with self.world.database.reader() as session:
            return session.get(
                task_models.Reprocess, task_id
            ).current_reprocess_time

    def test_a_part_that_upstream_did_is_not_done_again(self):
        task_id = self.add_task()
        self.move(task_id, "2026-11-01T08:00")
        self.assertEqual(3, self.world.task(task_id).periods_done)
        self.world.chain.rated.clear()
        task = self.world.resources.claims.claim_next()
        self.assertEqual((3, 3), (task.periods_done, task.claimed_done))
        stored = self.world.task(task_id)
        self.assertEqual((3, 3), (stored.periods_done, stored.claimed_done))

    def test_one_of_some_metrics_is_hidden_until_it_is_done(self):
        task_id = self.add_task(metrics=("cpu",))
        end = base.utc("2026-11-01T11:00")
        self.assertEqual(end, self.cursor(task_id))
        task = self.world.task(task_id)
        self.assertEqual(
            ("scheduled", None, 0),
            (task.state, task.current_at, task.periods_done),
        )
        claimed = self.world.resources.claims.claim_next()
        self.world.database.write(
            lambda session: self.world.resources.claims.advance(
                session,
                claimed,
                current_at=base.utc("2026-11-01T07:00"),
                periods_done=2,
            )
        )
        self.assertEqual(end, self.cursor(task_id))
        task = self.world.task(task_id)
        self.assertEqual(
            ("running", base.utc("2026-11-01T07:00"), 2),
            (task.state, task.current_at, task.periods_done),
        )
        self.world.resources.claims.release(task)
        reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        ).work()
        self.assertEqual("succeeded", self.world.task(task_id).state)

    def test_a_mode_that_upstream_does_not_know_is_hidden(self):
        task_id = self.add_task(mode="guess")
        self.assertEqual(base.utc("2026-11-01T11:00"), self.cursor(task_id))
        self.assertEqual("scheduled", self.world.task(task_id).state)
