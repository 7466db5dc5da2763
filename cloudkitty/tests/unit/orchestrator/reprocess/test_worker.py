# SPDX-License-Identifier: Apache-2.0
"""Claims of due tasks and the end of each attempt."""

import datetime

from cloudkitty.orchestrator import failures
from cloudkitty.tasks import claims
from cloudkitty.tests.unit.orchestrator import world
from cloudkitty.tests.unit.orchestrator.reprocess import case


class TestReprocessing(case.Case):
    def test_failure_is_recorded_and_nothing_written(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE)
        self.world.collector.fail("metric cpu: connection refused")
        self.worker.work()
        self.assertEqual(self.before, self.world.points())
        task = self.world.task(task_id)
        self.assertEqual(("scheduled", 1), (task.state, task.attempts))
        self.assertIn("2026-11-01 06:00:00+00:00", task.last_error)
        self.assertIn("metric cpu: connection refused", task.last_error)
        self.assertEqual(
            self.world.clock.now()
            + datetime.timedelta(seconds=case.FIRST_PAUSE),
            task.next_attempt_at,
        )
        self.assertEqual(task.next_attempt_at, self.worker.pending_at())

    def test_task_fails_after_the_last_attempt(self):
        self.make(orchestrator={"reprocess_max_attempts": 2})
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE)
        for _ in range(2):
            self.world.collector.fail("metric cpu: down")
            self.worker.work()
            self.world.clock.advance(case.FIRST_PAUSE)
        task = self.world.task(task_id)
        self.assertEqual(("failed", 2), (task.state, task.attempts))
        self.assertIn("metric cpu: down", task.last_error)
        self.assertIsNone(self.worker.pending_at())
        self.worker.work()
        self.assertEqual(self.before, self.world.points())

    def test_failed_task_is_retried_after_its_pause(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE)
        self.world.collector.fail("down")
        self.worker.work()
        self.worker.work()
        self.assertEqual("scheduled", self.world.task(task_id).state)
        self.world.clock.advance(case.FIRST_PAUSE)
        self.worker.work_pending()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(self.repriced(case.REDONE, 5), self.world.points())
        self.assertIsNone(self.worker.pending_at())

    def test_pauses_double_up_to_the_longest(self):
        self.make(
            orchestrator={
                "reprocess_max_attempts": 13,
                "reprocess_max_backoff": 3600,
            }
        )
        task_id = self.world.add_task("a", case.REDONE, metrics=("gone",))
        pauses = []
        for _ in range(12):
            self.worker.work()
            task = self.world.task(task_id)
            pause = task.next_attempt_at - self.world.clock.now()
            pauses.append(int(pause.total_seconds()))
            self.world.clock.advance(pauses[-1])
        self.assertEqual([5, 10, 20, 40], pauses[:4])
        self.assertEqual([3600, 3600], pauses[-2:])

    def test_failing_task_does_not_delay_other_tasks(self):
        self.make("a", "b")
        self.reprice()
        bad = self.world.add_task("a", case.REDONE, metrics=("gone",))
        good = self.world.add_task("b", case.REDONE)
        self.worker.work()
        self.assertEqual(
            ["scheduled", "succeeded"],
            [self.world.task(task_id).state for task_id in (bad, good)],
        )

    def test_bug_is_recorded_without_its_text(self):
        self.make()
        task_id = self.world.add_task("a", case.REDONE)
        self.world.chain.broken_at = {case.REDONE.begin}
        self.world.chain.error = ZeroDivisionError("secret=hunter2")
        self.worker.work()
        error = self.world.task(task_id).last_error
        self.assertIn("internal error: ZeroDivisionError", error)
        self.assertNotIn("hunter2", error)

    def check_busy(self, name):
        task_id = self.world.add_task("a", case.REDONE)
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

    def test_task_of_a_busy_scope_is_postponed(self):
        self.make()
        self.check_busy(self.world.locks.names.of_scope("a"))

    def test_task_locked_by_upstream_is_postponed(self):
        self.make()
        self.check_busy(
            self.world.locks.names.of_reprocess(
                "a", case.REDONE.begin, case.REDONE.last_period(3600)
            )
        )

    def test_task_of_a_dead_processor_is_claimed_at_its_expiry(self):
        self.make()
        task_id = self.world.add_task("a", case.REDONE)
        dead = self.world.make_resources("dead").claims.claim_next()
        self.worker.work()
        self.assertEqual(dead.lease_expires_at, self.worker.pending_at())
        self.world.clock.advance(121)
        self.worker.work_pending()
        self.assertEqual("succeeded", self.world.task(task_id).state)

    def test_stop_releases_the_claim_at_once(self):
        self.make(orchestrator={"chunk_points": 2})
        self.reprice()
        task_id = self.world.add_task("a", case.RATED)
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

    def test_oldest_task_first(self):
        self.make("a", "b")
        for scope_id in ("b", "a"):
            self.world.add_task(scope_id, case.REDONE)
        calls = len(self.world.collector.calls)
        self.worker.work()
        asked = [call[1] for call in self.world.collector.calls[calls:]]
        self.assertEqual(["b", "b", "a", "a"], asked[:2] + asked[-2:])
