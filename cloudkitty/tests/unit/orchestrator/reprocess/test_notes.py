# SPDX-License-Identifier: Apache-2.0
"""Notes of a task: periods without data, emptied or failed."""

from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world
from cloudkitty.tests.unit.orchestrator.reprocess import records_case


class TestNotes(records_case.Case):
    OPTIONS = {"orchestrator": {"chunk_points": 4}}

    def keep_only(self, *hours):
        self.world.collector.clear()
        for hour in hours:
            self.world.put("cpu", "a", world.hours(f"2026-11-01T{hour}", 1))

    def test_plain_periods_have_none(self):
        task_id = self.world.add_task("a", records_case.REDONE)
        self.worker.work()
        self.assertEqual([], self.notes(task_id))

    def test_runs_without_data(self):
        self.keep_only("07:00", "08:00")
        task_id = self.world.add_task("a", records_case.REDONE)
        self.worker.work()
        found = self.notes(task_id)
        self.assertEqual(
            (base.utc("2026-11-01T06:00"), base.utc("2026-11-01T07:00")),
            found[0][:2],
        )
        self.assertEqual({"no_data"}, {kind for _, _, kind in found})
        self.assertEqual(6, self.world.task(task_id).periods_kept)

    def test_emptied_periods(self):
        self.keep_only("07:00")
        task_id = self.world.add_task(
            "a", records_case.REDONE, allow_empty=True
        )
        self.worker.work()
        self.assertEqual(
            {"emptied"}, {kind for _, _, kind in self.notes(task_id)}
        )

    def test_failed_periods_are_noted_until_they_succeed(self):
        task_id = self.world.add_task("a", records_case.REDONE)
        self.world.collector.fail("metric cpu: down")
        self.worker.work()
        # Two points a period are stored, so two periods make a chunk of 4.
        first_chunk = world.hours("2026-11-01T06:00", 2)
        self.assertEqual(
            [(first_chunk.begin, first_chunk.end, "failed")],
            self.notes(task_id),
        )
        _, (note,), _ = self.world.records(task_id)
        self.assertIn("metric cpu: down", note.detail)
        self.world.clock.advance(60)
        self.world.collector.fail("metric cpu: still down")
        self.worker.work()
        self.assertEqual(1, len(self.notes(task_id)))
        self.world.clock.advance(60)
        self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual([], self.notes(task_id))
