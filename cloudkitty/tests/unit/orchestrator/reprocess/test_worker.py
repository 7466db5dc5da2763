# SPDX-License-Identifier: Apache-2.0
"""Reprocessing of tasks."""

import datetime
import decimal
import time

import sqlalchemy as sa

from cloudkitty.db import models
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import models as task_models
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tasks import claims
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

#: Seconds after a first failure, by [orchestrator] reprocess_backoff.
FIRST_PAUSE = 5

RATED = world.hours("2026-11-01T00:00", 24)
REDONE = world.hours("2026-11-01T06:00", 6)
LAST = "2026-11-01T23:00"


class TestReprocessing(base.TestCase):
    def make(self, *scopes, **options):
        self.world = world.World(self, **options)
        self.worker = reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        )
        for scope_id in scopes or ("a",):
            self.world.put("cpu", scope_id, RATED)
            self.world.put("disk", scope_id, RATED, 2)
        self.rate_live(*(scopes or ("a",)))

    def rate_live(self, *scopes):
        """Rate a day as live rating does, at the price of 2."""
        self.world.clock.advance(-8 * 3600)
        self.world.fetcher.scopes = list(scopes)
        live.LiveRating(self.world.resources, self.world.stop).work()
        self.world.clock.advance(8 * 3600)
        for scope_id in scopes:
            self.assertEqual(LAST, self.world.last(scope_id))
        self.before = self.world.points()
        self.assertEqual(48 * len(scopes), len(self.before))

    def repriced(self, window, price, metrics=("cpu", "disk"), scope="a"):
        """Return the points as they are after a reprocess at ``price``."""
        begins = {f"{p.begin:%dT%H}" for p in window.periods(3600)}
        return sorted(
            (hour, scope_id, name, qty, qty * price)
            if hour in begins and name in metrics and scope_id == scope
            else (hour, scope_id, name, qty, old)
            for hour, scope_id, name, qty, old in self.before
        )

    def reprice(self, price=5):
        self.world.chain.price = decimal.Decimal(price)

    def test_window_is_redone_and_nothing_else(self):
        self.make("a", "b")
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual(self.repriced(REDONE, 5), self.world.points())
        task = self.world.task(task_id)
        self.assertEqual("succeeded", task.state)
        self.assertEqual((6, 6), (task.periods_total, task.periods_done))
        self.assertEqual(REDONE.last_period(3600), task.current_at)
        self.assertIsNotNone(task.finished_at)
        self.assertIsNone(task.last_error)
        self.assertEqual(LAST, self.world.last("a"))

    def test_unchanged_input_changes_nothing(self):
        self.make("a", "b")
        self.world.add_task("a", RATED)
        self.worker.work()
        self.assertEqual(self.before, self.world.points())

    def test_one_period(self):
        self.make()
        self.reprice()
        window = world.hours("2026-11-01T06:00", 1)
        self.world.add_task("a", window)
        self.worker.work()
        self.assertEqual(self.repriced(window, 5), self.world.points())

    def test_points_that_are_gone_are_gone(self):
        self.make()
        for period in RATED.periods(3600):
            self.world.collector.put("cpu", "a", period.begin, 1, disk="b")
        self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual(48 + 6, len(self.world.points()))
        self.world.collector.clear()
        self.world.put("cpu", "a", RATED)
        self.world.put("disk", "a", RATED, 2)
        self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual(self.before, self.world.points())

    def test_points_of_a_metric_that_is_gone_are_kept(self):
        self.make()
        self.world.collector.clear()
        self.world.put("cpu", "a", RATED)
        self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual(self.before, self.world.points())

    def test_periods_without_any_data_keep_their_rating(self):
        self.make()
        self.reprice()
        self.world.collector.clear()
        there = world.hours("2026-11-01T08:00", 2)
        self.world.put("cpu", "a", there)
        self.world.put("disk", "a", there, 2)
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual(self.repriced(there, 5), self.world.points())
        self.assertEqual("succeeded", self.world.task(task_id).state)

    def test_they_are_emptied_if_the_task_allows_it(self):
        self.make()
        self.world.collector.clear()
        self.world.add_task("a", REDONE, allow_empty=True)
        self.worker.work()
        self.assertEqual(48 - 12, len(self.world.points()))

    def test_only_the_metrics_asked_for(self):
        self.make()
        self.reprice()
        calls = len(self.world.collector.calls)
        self.world.add_task("a", REDONE, metrics=("disk",))
        self.worker.work()
        self.assertEqual(
            self.repriced(REDONE, 5, metrics=("disk",)), self.world.points()
        )
        asked = self.world.collector.calls[calls:]
        self.assertEqual({"disk"}, {call[0] for call in asked})

    def test_metric_without_definition_is_told(self):
        self.make()
        task_id = self.world.add_task("a", REDONE, metrics=("gone",))
        self.worker.work()
        task = self.world.task(task_id)
        self.assertEqual("scheduled", task.state)
        self.assertIn("gone", task.last_error)

    def test_failure_is_recorded_and_nothing_written(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        self.world.collector.fail("metric cpu: connection refused")
        self.worker.work()
        self.assertEqual(self.before, self.world.points())
        task = self.world.task(task_id)
        self.assertEqual(("scheduled", 1), (task.state, task.attempts))
        self.assertIn("2026-11-01 06:00:00+00:00", task.last_error)
        self.assertIn("metric cpu: connection refused", task.last_error)
        self.assertEqual(
            self.world.clock.now() + datetime.timedelta(seconds=FIRST_PAUSE),
            task.next_attempt_at,
        )
        self.assertEqual(task.next_attempt_at, self.worker.pending_at())

    def test_task_that_cannot_succeed_is_given_up(self):
        self.make(orchestrator={"reprocess_max_attempts": 2})
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        for _ in range(2):
            self.world.collector.fail("metric cpu: down")
            self.worker.work()
            self.world.clock.advance(FIRST_PAUSE)
        task = self.world.task(task_id)
        self.assertEqual(("failed", 2), (task.state, task.attempts))
        self.assertIn("metric cpu: down", task.last_error)
        self.assertIsNone(self.worker.pending_at())
        self.worker.work()
        self.assertEqual(self.before, self.world.points())

    def test_failed_task_is_retried_after_its_pause(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        self.world.collector.fail("down")
        self.worker.work()
        self.worker.work()
        self.assertEqual("scheduled", self.world.task(task_id).state)
        self.world.clock.advance(FIRST_PAUSE)
        self.worker.work_pending()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(self.repriced(REDONE, 5), self.world.points())
        self.assertIsNone(self.worker.pending_at())

    def test_pauses_double_up_to_the_longest(self):
        self.make(
            orchestrator={
                "reprocess_max_attempts": 13,
                "reprocess_max_backoff": 3600,
            }
        )
        task_id = self.world.add_task("a", REDONE, metrics=("gone",))
        pauses = []
        for _ in range(12):
            self.worker.work()
            task = self.world.task(task_id)
            pause = task.next_attempt_at - self.world.clock.now()
            pauses.append(int(pause.total_seconds()))
            self.world.clock.advance(pauses[-1])
        self.assertEqual([5, 10, 20, 40], pauses[:4])
        self.assertEqual([3600, 3600], pauses[-2:])

    def test_failing_task_holds_nobody_up(self):
        self.make("a", "b")
        self.reprice()
        bad = self.world.add_task("a", REDONE, metrics=("gone",))
        good = self.world.add_task("b", REDONE)
        self.worker.work()
        self.assertEqual(
            ["scheduled", "succeeded"],
            [self.world.task(task_id).state for task_id in (bad, good)],
        )

    def test_bug_is_recorded_without_its_text(self):
        self.make()
        task_id = self.world.add_task("a", REDONE)
        self.world.chain.broken_at = {REDONE.begin}
        self.world.chain.error = ZeroDivisionError("secret=hunter2")
        self.worker.work()
        error = self.world.task(task_id).last_error
        self.assertIn("internal error: ZeroDivisionError", error)
        self.assertNotIn("hunter2", error)

    def test_retry_goes_on_from_the_cursor(self):
        self.make(orchestrator={"chunk_points": 2})
        self.reprice()
        window = world.hours("2026-11-01T00:00", 24)
        task_id = self.world.add_task("a", window)
        self.world.chain.broken_at = {base.utc("2026-11-01T10:00")}
        self.worker.work()
        task = self.world.task(task_id)
        self.assertEqual(base.utc("2026-11-01T09:00"), task.current_at)
        self.assertEqual(10, task.periods_done)
        self.assertEqual(
            self.repriced(world.hours("2026-11-01T00:00", 10), 5),
            self.world.points(),
        )
        self.world.chain.broken_at = set()
        self.world.chain.rated.clear()
        self.world.clock.advance(FIRST_PAUSE)
        self.worker.work()
        self.assertEqual(
            base.utc("2026-11-01T10:00"), self.world.chain.rated[0]
        )
        self.assertEqual(self.repriced(window, 5), self.world.points())
        self.assertEqual("succeeded", self.world.task(task_id).state)

    def test_row_of_upstream_is_continued_from_its_cursor(self):
        self.make()
        self.reprice()
        self.world.database.write(
            lambda session: session.execute(
                sa.insert(task_models.Reprocess).values(
                    identifier="a",
                    start_reprocess_time=REDONE.begin,
                    end_reprocess_time=REDONE.last_period(3600),
                    current_reprocess_time=base.utc("2026-11-01T08:00"),
                    reason="by upstream",
                )
            )
        )
        self.worker.work()
        self.assertEqual(
            self.repriced(world.hours("2026-11-01T09:00", 3), 5),
            self.world.points(),
        )
        self.assertIsNone(self.world.resources.claims.claim_next())

    def test_scope_must_be_active(self):
        self.make()
        state = self.world.state("a")

        def deactivate(session):
            session.get(models.ScopeState, state.id).active = False

        self.world.database.write(deactivate)
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertIn("0 active scopes", self.world.task(task_id).last_error)
        self.assertEqual(self.before, self.world.points())

    def test_mode_it_does_not_know_writes_nothing(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", REDONE, mode="guess")
        self.worker.work()
        self.assertIn(
            "mode guess is not supported", self.world.task(task_id).last_error
        )
        self.assertEqual(self.before, self.world.points())

    def check_busy(self, name):
        task_id = self.world.add_task("a", REDONE)
        with self.world.locks.try_hold(name):
            self.worker.work()
            task = self.world.task(task_id)
            self.assertEqual(("scheduled", 0), (task.state, task.attempts))
            self.assertIsNone(task.last_error)
            self.assertEqual(task.next_attempt_at, self.worker.pending_at())
            self.assertEqual(self.before, self.world.points())
        self.world.clock.advance(claims.BUSY_RETRY_SECONDS)
        self.worker.work_pending()
        self.assertEqual("succeeded", self.world.task(task_id).state)

    def test_busy_scope_is_put_off(self):
        self.make()
        self.check_busy(self.world.locks.names.of_scope("a"))

    def test_task_that_upstream_works_on_is_put_off(self):
        self.make()
        self.check_busy(
            self.world.locks.names.of_reprocess(
                "a", REDONE.begin, REDONE.last_period(3600)
            )
        )

    def test_claim_lost_early_is_noticed_by_its_renewal(self):
        self.check_lost_claim(base.utc("2026-11-01T06:00"))

    def test_claim_lost_at_last_is_noticed_by_the_write(self):
        # The first chunk ends with this period.
        self.check_lost_claim(base.utc("2026-11-01T09:00"))

    def check_lost_claim(self, lost_at):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        other = self.world.make_resources("two")
        rate = self.world.chain.rate
        taken = []

        def sleep_past_the_lease(frame):
            if not taken and frame.start == lost_at:
                self.world.clock.advance(121)
                taken.append(other.claims.claim_next())
            return rate(frame)

        self.world.chain.rate = sleep_past_the_lease
        self.worker.work()
        self.assertEqual(self.before, self.world.points())
        task = self.world.task(task_id)
        self.assertEqual(
            ("running", "two", taken[0].lease_token, None),
            (
                task.state,
                task.lease_owner,
                task.lease_token,
                task.current_at,
            ),
        )

    def test_claim_is_renewed_while_the_work_lasts(self):
        self.make()
        task_id = self.world.add_task("a", REDONE)
        rate = self.world.chain.rate

        def slow(frame):
            self.world.clock.advance(100)
            self.assertIsNone(
                self.world.make_resources("two").claims.claim_next()
            )
            return rate(frame)

        self.world.chain.rate = slow
        self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(1, self.world.task(task_id).lease_token)

    def test_task_of_a_dead_processor_is_taken_up_at_its_expiry(self):
        self.make()
        task_id = self.world.add_task("a", REDONE)
        dead = self.world.make_resources("dead").claims.claim_next()
        self.worker.work()
        self.assertEqual(dead.lease_expires_at, self.worker.pending_at())
        self.world.clock.advance(121)
        self.worker.work_pending()
        self.assertEqual("succeeded", self.world.task(task_id).state)

    def test_stop_gives_the_claim_back_at_once(self):
        self.make(orchestrator={"chunk_points": 2})
        self.reprice()
        task_id = self.world.add_task("a", RATED)
        rate = self.world.chain.rate
        start = len(self.world.chain.rated)

        def stop_later(frame):
            if len(self.world.chain.rated) == start + 6:
                self.world.stop.set()
            return rate(frame)

        self.world.chain.rate = stop_later
        self.assertRaises(failures.Interrupted, self.worker.work)
        task = self.world.task(task_id)
        self.assertEqual(("scheduled", 0), (task.state, task.attempts))
        self.assertIsNone(task.next_attempt_at)
        self.assertEqual(7, task.periods_done)
        self.assertEqual(
            self.repriced(world.hours("2026-11-01T00:00", 7), 5),
            self.world.points(),
        )

    def test_stop_while_the_last_chunk_is_stored_ends_the_task(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        release = task_claims.release

        def stop_and_be_slow(*args, **more):
            self.world.stop.set()
            # Long enough for the one who waits to look at ``stop``.
            time.sleep(collection.PULSE_SECONDS * 1.5)
            return release(*args, **more)

        self.patch(task_claims, "release", stop_and_be_slow)
        self.assertRaises(failures.Interrupted, self.worker.work)
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(self.repriced(REDONE, 5), self.world.points())

    def test_an_answer_to_the_last_commit_that_is_lost(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        write = self.world.resources.database.write
        store = self.world.resources.writer.store

        def store_twice(*args, **more):
            self.patch(
                self.world.resources.database,
                "write",
                lambda work: (write(work), write(work))[1],
            )
            try:
                store(*args, **more)
            finally:
                self.patch(self.world.resources.database, "write", write)

        self.patch(self.world.resources.writer, "store", store_twice)
        with self.assertLogs("cloudkitty.orchestrator", "INFO") as logs:
            self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(self.repriced(REDONE, 5), self.world.points())
        self.assertIn("task succeeded", "".join(logs.output))

    def test_live_rating_gets_its_turn_between_chunks(self):
        self.make(orchestrator={"chunk_points": 2})
        self.world.add_task("a", RATED)
        self.worker.work()
        # By the clock of this test 9 hours more are due by now.
        self.assertEqual([3], self.world.stop.waits)

    def test_many_tasks_step_aside_once_a_minute_and_not_each(self):
        self.make("a", "b", orchestrator={"chunk_points": 2})
        for scope_id in ("a", "b"):
            self.world.add_task(scope_id, REDONE)
        self.worker.work()
        self.assertEqual([3], self.world.stop.waits)
        self.world.clock.advance(60)
        self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual([3, 3], self.world.stop.waits)

    def test_oldest_task_first(self):
        self.make("a", "b")
        for scope_id in ("b", "a"):
            self.world.add_task(scope_id, REDONE)
        calls = len(self.world.collector.calls)
        self.worker.work()
        asked = [call[1] for call in self.world.collector.calls[calls:]]
        self.assertEqual(["b", "b", "a", "a"], asked[:2] + asked[-2:])

    def test_points_in_a_database_of_their_own_are_redone_after_a_crash(self):
        folder = self.make_folder()
        self.make(
            storage_sqlalchemy={"connection": f"sqlite:///{folder}/points.db"}
        )
        self.assertFalse(self.world.storage.joins_database)
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        advance = self.world.resources.claims.advance

        def crash(*args, **kwargs):
            self.world.resources.claims.advance = advance
            raise KeyError("between data and cursor")

        self.world.resources.claims.advance = crash
        self.worker.work()
        self.assertEqual(self.repriced(REDONE, 5), self.world.points())
        self.assertIsNone(self.world.task(task_id).current_at)
        self.world.clock.advance(FIRST_PAUSE)
        self.worker.work()
        self.assertEqual(self.repriced(REDONE, 5), self.world.points())
        self.assertEqual("succeeded", self.world.task(task_id).state)
