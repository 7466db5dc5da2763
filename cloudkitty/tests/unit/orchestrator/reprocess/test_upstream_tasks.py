# SPDX-License-Identifier: Apache-2.0
"""Tasks that upstream's processor reads or has begun."""

import sqlalchemy as sa

from cloudkitty.db.tasks import models as task_models
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import period_case
from cloudkitty.tests.unit.orchestrator import world


class TestUpstreamTasks(period_case.Case):
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

    def test_periods_done_by_upstream_are_not_repeated(self):
        task_id = self.add_task()
        self.move(task_id, "2026-11-01T08:00")
        self.assertEqual(3, self.world.task(task_id).periods_done)
        self.world.chain.rated.clear()
        task = self.world.resources.claims.claim_next()
        self.assertEqual((3, 3), (task.periods_done, task.claimed_done))
        stored = self.world.task(task_id)
        self.assertEqual((3, 3), (stored.periods_done, stored.claimed_done))

    def test_a_task_of_some_metrics_is_hidden_until_it_ends(self):
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
