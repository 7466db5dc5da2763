# SPDX-License-Identifier: Apache-2.0
"""Tasks with another period than the processor."""

import sqlalchemy as sa

from cloudkitty.db.tasks import models as task_models
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import period_case
from cloudkitty.tests.unit.orchestrator import world


class TestChangedPeriod(period_case.Case):
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

    def test_a_shorter_period_fails_the_task_at_once(self):
        self.check_failed(period_case.HALF)

    def test_a_longer_period_fails_the_task_at_once(self):
        self.check_failed(period_case.DAY)

    def test_another_period_fails_a_preview_too(self):
        self.check_failed(period_case.HALF, mode="preview")

    def test_periods_already_done_are_unchanged(self):
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
        self.world.change_period(self, period_case.HALF)
        self.work()
        task = self.world.task(task_id)
        self.assertEqual(("failed", 2), (task.state, task.periods_done))
        self.assertEqual(base.utc("2026-11-01T07:00"), task.current_at)

    def test_a_task_of_upstream_gets_the_period_of_its_first_processor(self):
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
