# SPDX-License-Identifier: Apache-2.0
"""The queue of resets, and the effect of a reset."""

import datetime
import threading

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.rpc import reset_queue as orders
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests.fakes import storage as fake_storage
from cloudkitty.tests.unit.orchestrator import world

HOUR = datetime.timedelta(hours=1)
RATED = world.hours("2026-11-02T00:00", 8)
BEGIN = base.utc("2026-11-02T03:00")


class ResetCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.world = world.World(self)
        self.world.fetcher.scopes = ["a", "b"]
        for name in "ab":
            self.world.add_scope(name, "2026-11-01T23:00")
            self.world.put("cpu", name, RATED, 3)
        self.rate()
        self.all = self.world.points()
        self.assertEqual(16, len(self.all))

    def rate(self):
        live.LiveRating(self.world.resources, self.world.stop).work()

    def reset(self, begin=BEGIN, scope=None):
        return orders.reset(
            self.world.database,
            self.world.storage,
            scope or self.world.scope("a"),
            begin,
            world.HOUR,
        )

    def assert_reset(self):
        self.assertEqual("2026-11-02T02:00", self.world.last("a"))
        self.assertEqual("2026-11-02T07:00", self.world.last("b"))
        kept = [
            point
            for point in self.all
            if point[1] == "b" or point[0] < "02T03"
        ]
        self.assertEqual(kept, self.world.points())


class TestReset(ResetCase):
    def test_the_period_at_the_date_is_the_next_one(self):
        self.assertEqual(base.utc("2026-11-02T07:00"), self.reset())
        self.assert_reset()
        self.rate()
        self.assertEqual(self.all, self.world.points())

    def test_once_more_changes_nothing(self):
        self.reset()
        self.assertEqual(base.utc("2026-11-02T02:00"), self.reset())
        self.assert_reset()

    def test_all_of_it(self):
        self.reset(RATED.begin - 24 * HOUR)
        self.assertEqual([], self.world.points("a"))
        self.assertEqual(8, len(self.world.points("b")))

    def test_unrated_data_are_not_left_out(self):
        self.reset(RATED.end)
        error = self.assertRaises(
            scope_reset.NotRatedYet, self.reset, RATED.end + HOUR
        )
        self.assertIn("send 2026-11-02 08:00:00+00:00", str(error))
        self.assertEqual(self.all, self.world.points())

    def test_tasks_in_the_way_are_named(self):
        task_id = self.world.add_task("a", world.hours("2026-11-02T01:00", 3))
        error = self.assertRaises(scope_reset.TasksUnfinished, self.reset)
        self.assertIn(f"{task_id} of a", str(error))
        self.assertEqual(self.all, self.world.points())
        self.assertEqual("2026-11-02T07:00", self.world.last("a"))
        # A reset to a time after its last period is possible.
        self.reset(BEGIN + HOUR)

    def test_previews_do_not_block_a_reset(self):
        self.world.add_task(
            "a", world.hours("2026-11-02T01:00", 5), mode="preview"
        )
        self.reset()
        self.assert_reset()

    def test_an_unknown_scope(self):
        self.assertRaises(
            scope_reset.NoSuchScope,
            self.reset,
            scope=self.world.scope("nobody"),
        )

    def test_acceptances_collide_with_it(self):
        before = self.world.state("a").generation
        self.reset()
        self.assertEqual(before + 1, self.world.state("a").generation)


class TestOtherStorage(ResetCase):
    """One that is not in the database."""

    def setUp(self):
        super().setUp()
        joined = self.world.storage
        self.steps = []
        test = self

        class Apart(fake_storage.FakeStorage):
            joins_database = False

            def delete(self, scope, window, *, metrics=None):
                test.steps.append(test.world.last("a"))
                if test.failing:
                    raise storage_base.StorageError("down")
                test.meanwhile()
                joined.delete(scope, window, metrics=metrics)

        self.failing = False
        self.meanwhile = lambda: None
        self.world.storage = Apart(self.world.conf, self.world.database)
        self.joined = joined

    def assert_reset(self):
        self.world.storage = self.joined
        super().assert_reset()

    def test_the_state_goes_first(self):
        self.reset()
        self.assertEqual(["2026-11-02T02:00"], self.steps)
        self.assert_reset()

    def test_a_failure_loses_nothing(self):
        self.failing = True
        self.assertRaises(storage_base.StorageError, self.reset)
        self.world.storage = self.joined
        self.assertEqual(self.all, self.world.points())
        # Everything from the date on is replaced.
        self.world.chain.price = 5
        self.rate()
        prices = {p[0]: p[4] for p in self.world.points("a")}
        self.assertEqual(6, prices["02T02"])
        self.assertEqual(15, prices["02T03"])

    def test_periods_rated_during_the_reset_are_rated_again(self):
        """A worker rates without the lock, just before the deletion."""

        def rate():
            self.world.storage = self.joined
            self.rate()

        self.meanwhile = rate
        self.reset()
        self.assert_reset()


class TestOrders(ResetCase):
    def setUp(self):
        super().setUp()
        self.stop = threading.Event()
        self.resets = orders.Resets(self.world.resources, self.stop)

    def work(self):
        """Work off one order at most."""
        order = self.resets._next()
        if order is not None:
            self.resets._finish(order, self.resets._attempt(order))

    def test_a_date_within_a_period_is_that_of_the_period(self):
        self.resets.add(
            [self.world.scope("a")], BEGIN + datetime.timedelta(minutes=59)
        )
        self.work()
        self.assert_reset()
        self.assertEqual([], self.resets.left())

    def test_a_busy_scope_is_tried_again(self):
        self.patch_wait()
        scopes = [self.world.scope("a"), self.world.scope("b")]
        self.resets.add(scopes, BEGIN)
        name = self.world.locks.names.of_scope("a")
        with self.world.locks.try_hold(name):
            self.work()
            self.work()
            self.assertEqual(
                ["a"], [one.scope.identifier for one in self.resets.left()]
            )
            self.assertEqual("2026-11-02T07:00", self.world.last("a"))
            self.assertEqual("2026-11-02T02:00", self.world.last("b"))
        self.work()
        self.assertEqual("2026-11-02T02:00", self.world.last("a"))
        self.assertEqual([], self.resets.left())

    def patch_wait(self):
        seconds = orders.LOCK_SECONDS
        orders.LOCK_SECONDS = 0
        self.addCleanup(setattr, orders, "LOCK_SECONDS", seconds)

    def test_a_failure_is_tried_again_later(self):
        self.resets.add([self.world.scope("a")], BEGIN)
        replace, self.world.storage.replace = (
            self.world.storage.replace,
            None,
        )
        self.work()
        self.world.storage.replace = replace
        self.work()
        self.assertEqual(1, self.resets.left()[0].failures)
        self.assertEqual(self.all, self.world.points())
        self.world.clock.advance(orders.RETRY_SECONDS)
        self.work()
        self.assert_reset()

    def test_a_refused_reset_is_not_retried(self):
        self.resets.add([self.world.scope("a")], RATED.end + 5 * HOUR)
        self.resets.add([self.world.scope("nobody")], BEGIN)
        self.work()
        self.work()
        self.assertEqual([], self.resets.left())
        self.assertEqual(self.all, self.world.points())

    def test_a_row_that_upstream_has_not_completed(self):
        with self.world.database.writer() as session:
            session.add(
                scope_models.ScopeState(
                    identifier="half",
                    last_processed_timestamp=base.utc("2026-11-02T07:00"),
                    active=True,
                )
            )
        half = self.world.scope("half")
        bare = type(half)(
            identifier="half", scope_key="", fetcher="", collector=""
        )
        self.resets.add([bare], BEGIN)
        self.work()
        self.assertEqual("2026-11-02T02:00", self.world.last("half"))
        self.assertEqual(half, self.world.state("half").scope)

    def test_it_runs_until_it_is_stopped(self):
        thread = threading.Thread(target=self.resets.run)
        thread.start()
        self.resets.add([self.world.scope("a")], BEGIN)
        for _ in range(500):
            if not self.resets.left():
                break
            threading.Event().wait(0.01)
        self.stop.set()
        self.resets.wake()
        thread.join(10)
        self.assertFalse(thread.is_alive())
        self.assert_reset()
