# SPDX-License-Identifier: Apache-2.0
"""The data and the task row after an attempt."""

import time

import sqlalchemy as sa

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import models as task_models
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator.engine import collection
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world
from cloudkitty.tests.unit.orchestrator.reprocess import case


class TestAttempt(case.Case):
    def test_window_is_redone_and_nothing_else(self):
        self.make("a", "b")
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE)
        self.worker.work()
        self.assertEqual(self.repriced(case.REDONE, 5), self.world.points())
        task = self.world.task(task_id)
        self.assertEqual("succeeded", task.state)
        self.assertEqual((6, 6), (task.periods_total, task.periods_done))
        self.assertEqual(case.REDONE.last_period(3600), task.current_at)
        self.assertIsNotNone(task.finished_at)
        self.assertIsNone(task.last_error)
        self.assertEqual(case.LAST, self.world.last("a"))

    def test_unchanged_input_changes_nothing(self):
        self.make("a", "b")
        self.world.add_task("a", case.RATED)
        self.worker.work()
        self.assertEqual(self.before, self.world.points())

    def test_one_period(self):
        self.make()
        self.reprice()
        window = world.hours("2026-11-01T06:00", 1)
        self.world.add_task("a", window)
        self.worker.work()
        self.assertEqual(self.repriced(window, 5), self.world.points())

    def test_points_that_the_collector_no_longer_returns_are_deleted(self):
        self.make()
        for period in case.RATED.periods(3600):
            self.world.collector.put("cpu", "a", period.begin, 1, disk="b")
        self.world.add_task("a", case.REDONE)
        self.worker.work()
        self.assertEqual(48 + 6, len(self.world.points()))
        self.world.collector.clear()
        self.world.put("cpu", "a", case.RATED)
        self.world.put("disk", "a", case.RATED, 2)
        self.world.add_task("a", case.REDONE)
        self.worker.work()
        self.assertEqual(self.before, self.world.points())

    def test_points_of_a_metric_without_samples_are_kept(self):
        self.make()
        self.world.collector.clear()
        self.world.put("cpu", "a", case.RATED)
        self.world.add_task("a", case.REDONE)
        self.worker.work()
        self.assertEqual(self.before, self.world.points())

    def test_periods_without_any_data_keep_their_rating(self):
        self.make()
        self.reprice()
        self.world.collector.clear()
        there = world.hours("2026-11-01T08:00", 2)
        self.world.put("cpu", "a", there)
        self.world.put("disk", "a", there, 2)
        task_id = self.world.add_task("a", case.REDONE)
        self.worker.work()
        self.assertEqual(self.repriced(there, 5), self.world.points())
        self.assertEqual("succeeded", self.world.task(task_id).state)

    def test_periods_without_data_are_emptied_if_the_task_allows_it(self):
        self.make()
        self.world.collector.clear()
        self.world.add_task("a", case.REDONE, allow_empty=True)
        self.worker.work()
        self.assertEqual(48 - 12, len(self.world.points()))

    def test_only_the_requested_metrics(self):
        self.make()
        self.reprice()
        calls = len(self.world.collector.calls)
        self.world.add_task("a", case.REDONE, metrics=("disk",))
        self.worker.work()
        self.assertEqual(
            self.repriced(case.REDONE, 5, metrics=("disk",)),
            self.world.points(),
        )
        asked = self.world.collector.calls[calls:]
        self.assertEqual({"disk"}, {call[0] for call in asked})

    def test_metric_without_definition_is_named_in_the_error(self):
        self.make()
        task_id = self.world.add_task("a", case.REDONE, metrics=("gone",))
        self.worker.work()
        task = self.world.task(task_id)
        self.assertEqual("scheduled", task.state)
        self.assertIn("gone", task.last_error)

    def test_retry_continues_at_the_cursor(self):
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
        self.world.clock.advance(case.FIRST_PAUSE)
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
                    start_reprocess_time=case.REDONE.begin,
                    end_reprocess_time=case.REDONE.last_period(3600),
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
            session.get(scope_models.ScopeState, state.id).active = False

        self.world.database.write(deactivate)
        task_id = self.world.add_task("a", case.REDONE)
        self.worker.work()
        self.assertIn("0 active scopes", self.world.task(task_id).last_error)
        self.assertEqual(self.before, self.world.points())

    def test_unknown_mode_writes_nothing(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE, mode="guess")
        self.worker.work()
        self.assertIn(
            "mode guess is not supported", self.world.task(task_id).last_error
        )
        self.assertEqual(self.before, self.world.points())

    def test_stop_while_the_last_chunk_is_stored_ends_the_task(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE)
        release = task_claims.release

        def stop_and_be_slow(*args, **more):
            self.world.stop.set()
            # Long enough for the waiting thread to check ``stop``.
            time.sleep(collection.PULSE_SECONDS * 1.5)
            return release(*args, **more)

        self.patch(task_claims, "release", stop_and_be_slow)
        self.assertRaises(failures.Interrupted, self.worker.work)
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(self.repriced(case.REDONE, 5), self.world.points())

    def test_lost_answer_to_the_last_commit(self):
        self.make()
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE)
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
        self.assertEqual(self.repriced(case.REDONE, 5), self.world.points())
        self.assertIn("task succeeded", "".join(logs.output))

    def test_points_in_a_database_of_their_own_are_redone_after_a_crash(self):
        folder = self.make_folder()
        self.make(
            storage_sqlalchemy={"connection": f"sqlite:///{folder}/points.db"}
        )
        self.assertFalse(self.world.storage.joins_database)
        self.reprice()
        task_id = self.world.add_task("a", case.REDONE)
        advance = self.world.resources.claims.advance

        def crash(*args, **kwargs):
            self.world.resources.claims.advance = advance
            raise KeyError("between data and cursor")

        self.world.resources.claims.advance = crash
        self.worker.work()
        self.assertEqual(self.repriced(case.REDONE, 5), self.world.points())
        self.assertIsNone(self.world.task(task_id).current_at)
        self.world.clock.advance(case.FIRST_PAUSE)
        self.worker.work()
        self.assertEqual(self.repriced(case.REDONE, 5), self.world.points())
        self.assertEqual("succeeded", self.world.task(task_id).state)
