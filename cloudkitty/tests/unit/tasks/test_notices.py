# SPDX-License-Identifier: Apache-2.0
import json

from oslo_db import exception as db_exception

from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tasks import notices
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

REDONE = world.hours("2026-11-01T06:00", 6)


class TestNotices(base.TestCase):
    def setUp(self):
        super().setUp()
        self.world = world.World(
            self, orchestrator={"reprocess_max_attempts": 2}
        )
        self.world.add_scope("a", "2026-11-01T23:00")
        self.world.put("cpu", "a", REDONE)
        self.worker = reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        )

    def told(self):
        return [
            (event, payload["id"], payload["state"])
            for event, payload in self.world.told.sent
        ]

    def test_start_and_success(self):
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual(
            [
                ("rating.task.started", task_id, "running"),
                ("rating.task.finished", task_id, "succeeded"),
            ],
            self.told(),
        )
        _, payload = self.world.told.sent[-1]
        self.assertEqual(
            (6, "a"), (payload["periods_done"], payload["scope_id"])
        )
        self.assertEqual(
            "2026-11-01T06:00:00+00:00", payload["start_reprocess_time"]
        )
        # A message bus carries JSON.
        self.assertEqual(payload, json.loads(json.dumps(payload)))

    def test_the_start_is_told_once_and_the_end_of_all_attempts(self):
        task_id = self.world.add_task("a", REDONE, metrics=("gone",))
        for _ in range(3):
            self.worker.work()
            self.world.clock.advance(60)
        self.assertEqual(
            [
                ("rating.task.started", task_id, "running"),
                ("rating.task.failed", task_id, "failed"),
            ],
            self.told(),
        )
        self.assertIn("gone", self.world.told.sent[-1][1]["last_error"])

    def test_a_task_is_worked_off_though_it_cannot_be_told(self):
        task_id = self.world.add_task("a", REDONE)
        claim = self.world.resources.claims.look
        reader = self.world.database.reader

        def broken():
            self.world.database.reader = reader
            raise db_exception.DBConnectionError

        def claim_then_break(*args, **named):
            look = claim(*args, **named)
            if look.tasks:
                self.world.database.reader = broken
            return look

        self.world.resources.claims.look = claim_then_break
        self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(
            [("rating.task.finished", task_id, "succeeded")], self.told()
        )

    def test_each_task_of_a_batch(self):
        ids = [
            self.world.add_task("a", REDONE, batch_id="b") for _ in range(3)
        ]
        self.world.add_task("a", REDONE, batch_id="c")
        notices.tell_batch(
            self.world.told, notices.CREATED, self.world.database, "b"
        )
        self.assertEqual(
            [("rating.task.created", task_id, "scheduled") for task_id in ids],
            self.told(),
        )
