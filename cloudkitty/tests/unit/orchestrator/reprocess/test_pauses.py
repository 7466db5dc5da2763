# SPDX-License-Identifier: Apache-2.0
"""Pauses in which a task releases its scope to live rating."""

from cloudkitty.tests.unit.orchestrator.reprocess import case


class TestPauses(case.Case):
    def test_live_rating_can_use_the_scope_between_chunks(self):
        self.make(orchestrator={"chunk_points": 2})
        self.world.add_task("a", case.RATED)
        self.worker.work()
        # By the clock of this test, 9 more hours are due.
        self.assertEqual([3], self.world.stop.waits)

    def test_many_tasks_share_one_pause_a_minute(self):
        self.make("a", "b", orchestrator={"chunk_points": 2})
        for scope_id in ("a", "b"):
            self.world.add_task(scope_id, case.REDONE)
        self.worker.work()
        self.assertEqual([3], self.world.stop.waits)
        self.world.clock.advance(60)
        self.world.add_task("a", case.REDONE)
        self.worker.work()
        self.assertEqual([3, 3], self.world.stop.waits)
