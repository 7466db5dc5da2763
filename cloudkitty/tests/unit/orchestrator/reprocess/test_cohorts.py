# SPDX-License-Identifier: Apache-2.0
"""Tasks that differ only in the scope: together, and out of the cohort."""

import logging

from oslo_db import exception as db_exception

from cloudkitty.db.tasks import states
from cloudkitty.orchestrator import failures
from cloudkitty.tasks import claims
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world
from cloudkitty.tests.unit.orchestrator.reprocess import case
from cloudkitty.tests.unit.orchestrator.reprocess import cohort_case

LONG = world.hours("2026-11-01T00:00", 24)
THIRD = base.utc("2026-11-01T08:00")


class TestCohorts(cohort_case.Case):
    def test_the_tasks_of_a_batch_are_worked_off_together(self):
        self.make()
        ids = self.add_batch()
        self.worker.work()
        self.assertEqual({"abc"}, self.asked())
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.check_redone("abc")
        for task_id in ids:
            task = self.world.task(task_id)
            self.assertEqual((6, 1), (task.periods_done, task.lease_token))
            totals, notes, events = self.world.records(task_id)
            self.assertEqual(
                [("cpu", 6, 12, 30), ("disk", 6, 24, 60)],
                [
                    (
                        each.metric,
                        each.after.points,
                        each.before.price,
                        each.after.price,
                    )
                    for each in totals
                ],
            )
            self.assertEqual([], notes)
            self.assertEqual(
                ["scheduled", "running", "succeeded"],
                [event.to_state for event in events],
            )

    def test_one_line_for_a_chunk_and_a_cohort(self):
        self.make()
        self.add_batch()
        with self.assertLogs("cloudkitty", logging.INFO) as logs:
            self.worker.work()
        lines = "\n".join(logs.output)
        for text in (
            f"tasks claimed tasks=3 batch_id={cohort_case.BATCH}",
            "periods redone tasks=3 begin=2026-11-01T06:00:00+00:00",
            "periods=18 points=36 no_data=0",
            f"tasks succeeded tasks=3 batch_id={cohort_case.BATCH}",
        ):
            self.assertEqual(1, lines.count(text), text)
        self.assertNotIn("task_id=", lines)

    def test_tasks_of_different_kinds_are_not_one_cohort(self):
        self.make("a", "b", "c", "d", "e", "f")
        self.add_batch("ab")
        self.add_batch("c", world.hours("2026-11-01T06:00", 5))
        self.add_batch("d", metrics=("cpu",))
        self.add_batch("e", mode="preview")
        self.add_batch("f", batch_id="another")
        self.worker.work()
        self.assertEqual({"ab", "c", "d", "e", "f"}, self.asked())

    def test_two_tasks_of_a_scope_are_done_one_after_the_other(self):
        self.make("a", "b")
        ids = self.add_batch("aab")
        self.worker.work()
        self.assertEqual({"ab", "a"}, self.asked())
        self.assertEqual(["succeeded"] * 3, self.states(ids))

    def test_previews_are_done_alone(self):
        self.make()
        ids = self.add_batch(mode="preview")
        self.worker.work()
        self.assertEqual({"a", "b", "c"}, self.asked())
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.assertEqual(self.before, self.world.points())

    def test_only_the_metrics_of_the_tasks_are_redone(self):
        self.make()
        ids = self.add_batch(metrics=("cpu",))
        self.worker.work()
        self.assertEqual({"abc"}, self.asked())
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        prices = {(point[2], point[4]) for point in self.world.points()}
        self.assertEqual({("cpu", 2), ("cpu", 5), ("disk", 4)}, prices)

    def test_a_long_window_is_done_in_chunks(self):
        self.make(orchestrator={"chunk_points": 20})
        ids = self.add_batch(window=LONG)
        self.worker.work()
        self.assertEqual({"abc"}, self.asked())
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.check_redone("abc", LONG)
        self.assertEqual(1, self.world.task(ids[0]).lease_token)
        # Live rating has due periods of the scopes.
        self.assertEqual([3], self.world.stop.waits)

    def test_the_value_that_is_unusable_fails_its_task(self):
        self.make()
        ids = self.add_batch()
        self.world.collector.put("cpu", "b", THIRD, "NaN")
        self.worker.work()
        self.assertEqual(
            ["succeeded", "scheduled", "succeeded"], self.states(ids)
        )
        task = self.world.task(ids[1])
        self.assertEqual((1, 2), (task.attempts, task.periods_done))
        self.assertIn("unusable value", task.last_error)
        self.assertIn("2026-11-01 08:00:00+00:00", task.last_error)
        _, notes, _ = self.world.records(ids[1])
        self.assertEqual(
            [("failed", THIRD)], [(note.kind, note.begin) for note in notes]
        )
        self.assertEqual({"abc", "b"}, self.asked())
        self.assertEqual(task.next_attempt_at, self.worker.pending_at())

    def test_unusable_values_of_all_fail_each_with_its_own_error(self):
        self.make()
        ids = self.add_batch()
        for hour, scope_id in enumerate("abc"):
            at = base.utc(f"2026-11-01T0{7 + hour}:00")
            self.world.collector.put("cpu", scope_id, at, "NaN")
        self.worker.work()
        for hour, task_id in enumerate(ids):
            task = self.world.task(task_id)
            self.assertEqual((1, hour + 1), (task.attempts, task.periods_done))
            self.assertIn(f"0{7 + hour}:00:00+00:00", task.last_error)

    def test_a_locked_scope_is_postponed(self):
        self.make()
        locks = self.world.locks
        self.check_busy(locks.names.of_scope("b"))

    def test_a_task_locked_by_upstream_is_postponed(self):
        self.make()
        names = self.world.locks.names
        self.check_busy(
            names.of_reprocess(
                "b", case.REDONE.begin, case.REDONE.last_period(3600)
            )
        )

    def check_busy(self, name):
        ids = self.add_batch()
        with self.world.locks.try_hold(name):
            self.worker.work()
            self.assertEqual(
                ["succeeded", "scheduled", "succeeded"], self.states(ids)
            )
            task = self.world.task(ids[1])
            self.assertEqual((0, None), (task.attempts, task.last_error))
            self.assertEqual(task.next_attempt_at, self.worker.pending_at())
            self.check_redone("ac")
        self.world.clock.advance(claims.BUSY_RETRY_SECONDS)
        self.worker.work_pending()
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.check_redone("abc")

    def test_a_cancelled_task_is_left_out(self):
        self.check_changed(states.State.CANCELLED)

    def test_a_paused_task_is_left_out(self):
        self.check_changed(states.State.PAUSED)

    def check_changed(self, state):
        self.make()
        ids = self.add_batch()
        self.during_rating(lambda: self.change(ids[1], state))
        with self.assertLogs("cloudkitty", logging.INFO) as logs:
            self.worker.work()
        self.assertEqual(
            ["succeeded", str(state), "succeeded"], self.states(ids)
        )
        self.check_redone("ac")
        self.assertIn(f"task lost task_id={ids[1]}", "".join(logs.output))

    def test_a_task_that_was_taken_over_is_left_out(self):
        self.make()
        ids = self.add_batch()
        other = self.world.make_resources("two").claims
        taken = []

        def take_over():
            self.world.clock.advance(121)
            taken.append(other.claim_next())

        self.during_rating(take_over)
        self.worker.work()
        self.assertEqual(ids[:1], [task.id for task in taken])
        self.assertEqual(
            ["running", "succeeded", "succeeded"], self.states(ids)
        )
        self.check_redone("bc")
        self.assertEqual("two", self.world.task(ids[0]).lease_owner)

    def test_a_task_without_an_active_scope_is_attempted_alone(self):
        self.make()
        ids = self.add_batch(["a", "unknown", "c"])
        self.worker.work()
        self.assertEqual(
            ["succeeded", "scheduled", "succeeded"], self.states(ids)
        )
        self.assertIn("0 active scopes", self.world.task(ids[1]).last_error)
        self.assertEqual({"ac"}, self.asked())

    def test_a_dead_backend_fails_all_tasks_and_is_asked_twice(self):
        self.make(*"abcd")
        ids = self.add_batch("abcd")
        self.world.collector.fail(*["no route to host"] * 4)
        self.worker.work()
        self.assertEqual(["scheduled"] * 4, self.states(ids))
        for task_id in ids:
            task = self.world.task(task_id)
            self.assertEqual(1, task.attempts)
            self.assertIn("no route to host", task.last_error)
            _, notes, _ = self.world.records(task_id)
            self.assertEqual(["failed"], [note.kind for note in notes])
            self.assertEqual(
                case.FIRST_PAUSE,
                (
                    task.next_attempt_at - self.world.clock.now()
                ).total_seconds(),
            )
        self.assertEqual({"abcd", "a"}, self.asked())
        self.assertEqual(self.before, self.world.points())
        self.world.collector.heal()
        self.world.clock.advance(case.FIRST_PAUSE)
        self.worker.work_pending()
        self.assertEqual(["succeeded"] * 4, self.states(ids))

    def test_a_set_that_is_too_large_is_divided(self):
        self.make(*"abcde")
        ids = self.add_batch("abcde")
        collect = self.world.collector.collect

        def refuse_large(metric, scope_ids, window):
            if len(scope_ids) > 2:
                self.world.collector.fail("the answer is too large")
            return collect(metric, scope_ids, window)

        self.world.collector.collect = refuse_large
        self.worker.work()
        self.assertEqual(["succeeded"] * 5, self.states(ids))
        self.assertEqual([0] * 5, [self.world.task(i).attempts for i in ids])
        self.assertEqual({"abcde", "a", "bc", "de"}, self.asked())
        self.check_redone("abcde")

    def test_an_error_of_the_storage_is_that_of_each_task(self):
        self.make()
        ids = self.add_batch()
        replace = self.world.storage.replace_many
        self.world.storage.replace_many = lambda *args, **kwargs: 1 / 0
        self.worker.work()
        self.world.storage.replace_many = replace
        # Each was attempted alone with the claim it had.
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.assertEqual(1, self.world.task(ids[2]).lease_token)
        self.check_redone("abc")

    def test_an_unreachable_database_fails_all_tasks(self):
        self.make()
        ids = self.add_batch()

        def break_down(*args, **kwargs):
            raise db_exception.DBConnectionError

        self.world.resources.writer.store_many = break_down
        self.worker.work()
        for task_id in ids:
            task = self.world.task(task_id)
            self.assertEqual(("scheduled", 1), (task.state, task.attempts))
            self.assertIn("DBConnectionError", task.last_error)

    def test_stop_releases_all_claims_at_once(self):
        self.make(orchestrator={"chunk_points": 20})
        ids = self.add_batch(window=LONG)
        self.during_rating(
            self.world.stop.set, at=base.utc("2026-11-01T12:00")
        )
        self.assertRaises(failures.Interrupted, self.worker.work)
        done = {self.world.task(each).periods_done for each in ids}
        self.assertEqual(1, len(done))
        self.assertTrue(0 < min(done) <= 12, done)
        for task_id in ids:
            task = self.world.task(task_id)
            self.assertEqual(("scheduled", 0), (task.state, task.attempts))
            self.assertIsNone(task.lease_owner)
            _, _, events = self.world.records(task_id)
            self.assertEqual("the processor ended", events[-1].why)
        self.check_redone("abc", world.hours("2026-11-01T00:00", min(done)))
        self.world.stop.clear()
        self.worker.work()
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.check_redone("abc", LONG)
        totals, _, _ = self.world.records(ids[0])
        self.assertEqual([24, 24], [each.after.points for each in totals])
        self.assertEqual([48, 96], [each.before.price for each in totals])

    def test_claims_are_renewed_while_the_work_lasts(self):
        self.make()
        ids = self.add_batch()
        rate = self.world.chain.rate

        def slow(frame):
            self.world.clock.advance(50)
            self.assertIsNone(
                self.world.make_resources("two").claims.claim_next()
            )
            return rate(frame)

        self.world.chain.rate = slow
        self.worker.work()
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.assertEqual(
            [1] * 3, [self.world.task(i).lease_token for i in ids]
        )

    def test_claims_are_renewed_while_another_task_is_attempted_alone(self):
        self.make()
        ids = self.add_batch()
        for scope_id in "ab":
            self.world.collector.put("cpu", scope_id, THIRD, "NaN")
        rate = self.world.chain.rate

        def slow(frame):
            self.world.clock.advance(50)
            return rate(frame)

        self.world.chain.rate = slow
        self.worker.work()
        self.assertEqual(
            ["scheduled", "scheduled", "succeeded"], self.states(ids)
        )
        # The first one is due again by then.
        self.assertEqual(
            [1] * 2, [self.world.task(each).lease_token for each in ids[1:]]
        )

    def test_missing_data_are_noted_and_warned_of(self):
        self.make()
        ids = self.add_batch()
        self.world.collector.clear()
        self.world.put("cpu", "a", case.RATED)
        self.world.put("disk", "a", case.RATED, 2)
        with self.assertLogs("cloudkitty", logging.WARNING) as logs:
            self.worker.work()
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.check_redone("a")
        self.assertEqual(
            [0, 6, 6], [self.world.task(i).periods_kept for i in ids]
        )
        for task_id in ids[1:]:
            _, notes, _ = self.world.records(task_id)
            self.assertEqual(
                [("no_data", None), ("no_data", "cpu"), ("no_data", "disk")],
                [(note.kind, note.metric) for note in notes],
            )
        kept = [line for line in logs.output if "task kept or" in line]
        self.assertEqual(2, len(kept))

    def test_each_task_is_notified(self):
        self.make()
        ids = self.add_batch()
        self.worker.work()
        told = [
            (event, payload["id"], payload["state"])
            for event, payload in self.world.told.sent
            if event.startswith("rating.task")
        ]
        self.assertEqual(
            [("rating.task.started", each, "running") for each in ids]
            + [("rating.task.finished", each, "succeeded") for each in ids],
            told,
        )

    def test_a_cohort_is_bounded_by_the_locks(self):
        self.make(*"abcde")
        self.world.locks._backend.most_at_once = 4
        ids = self.add_batch("abcde")
        self.worker.work()
        self.assertEqual({"ab", "cd", "e"}, self.asked())
        self.assertEqual(["succeeded"] * 5, self.states(ids))

    def test_a_lost_answer_of_the_last_commit_is_no_loss(self):
        self.make()
        ids = self.add_batch()
        write = self.world.database.write

        def write_twice(work):
            write(work)
            return write(work)

        self.world.resources.writer._database = type(
            "Database", (), {"write": staticmethod(write_twice)}
        )()
        self.worker.work()
        self.assertEqual(["succeeded"] * 3, self.states(ids))
        self.check_redone("abc")
        for task_id in ids:
            _, _, events = self.world.records(task_id)
            self.assertEqual(3, len(events))
