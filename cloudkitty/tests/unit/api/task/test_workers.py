# SPDX-License-Identifier: Apache-2.0
"""``GET /v2/task/workers``, and why a task waits."""

import datetime

import sqlalchemy as sa

from cloudkitty.db import workers as db_workers
from cloudkitty.db.tasks import models as task_models
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.unit.api.task import case
from cloudkitty.tests.unit.api.task import test_read

URL = "/v2/task/workers"
ADMIN = fake_api.persona("admin")
MEMBER = fake_api.persona("member", "reader")
NOW = fake_api.NOW


def ago(seconds):
    """Return a time before the current one."""
    return NOW - datetime.timedelta(seconds=seconds)


class WorkersCase(case.TaskCase):
    def see(self, seconds=5, *, number=0, kind="reprocessing", **work):
        """Insert a worker that was seen some seconds ago."""
        stopped_at = work.pop("stopped_at", None)
        identity = db_workers.Identity(
            name=f"{kind}:{number}",
            host="controller-1",
            kind=kind,
            number=number,
            pid=4711,
            version="25.0.0",
        )
        with self.database.writer() as session:
            db_workers.add(
                session, identity, db_workers.Work(**work), ago(seconds)
            )
            session.execute(
                sa.update(db_workers.WorkerRow)
                .where(db_workers.WorkerRow.name == identity.name)
                .values(started_at=ago(900), stopped_at=stopped_at)
            )


class TestWorkers(WorkersCase):
    def get(self):
        return self.app.get(URL).json

    def test_no_worker(self):
        self.assertEqual({"workers": [], "alive": 0}, self.get())

    def test_one_worker(self):
        self.see(tasks=3, task_id=7, scope_id="a")
        self.assertEqual(
            {
                "host": "controller-1",
                "kind": "reprocessing",
                "worker": 0,
                "pid": 4711,
                "version": "25.0.0",
                "started_at": "2026-11-22 12:15:00+00:00",
                "last_seen_at": "2026-11-22 12:29:55+00:00",
                "stopped_at": None,
                "alive": True,
                "tasks": 3,
                "task_id": 7,
                "scope_id": "a",
                "next_look_at": None,
            },
            self.get()["workers"][0],
        )

    def test_alive(self):
        for number, (seconds, stopped_at, alive) in enumerate(
            [(0, None, 1), (120, None, 1), (121, None, 0), (5, ago(5), 0)]
        ):
            self.see(
                seconds,
                number=number,
                stopped_at=stopped_at,
                tasks=1,
                task_id=7,
            )
            shown = self.get()["workers"][-1]
            self.assertEqual(bool(alive), shown["alive"])
            # A dead worker does nothing.
            self.assertEqual(
                (alive, 7 if alive else None),
                (shown["tasks"], shown["task_id"]),
            )
        self.assertEqual(2, self.get()["alive"])

    def test_sample(self):
        self.see(tasks=3, task_id=7, scope_id="a")
        self.see(kind="rating", next_look_at=NOW)
        told = test_read.sample("workers-get-response")
        self.assertEqual(test_read.kinds(told), test_read.kinds(self.get()))

    def test_arguments(self):
        self.app.get(f"{URL}?host=x", status=400)
        self.app.get(f"{URL}/7", status=404)


class TestWaiting(WorkersCase):
    def setUp(self):
        super().setUp()
        self.post(scope_ids="a,b")
        self.second = self.tasks()[1]

    def waiting(self):
        return self.app.get(f"/v2/task/{self.second.id}").json["waiting"]

    def expect(self, next_look_at, *words):
        shown = self.waiting()
        self.assertEqual(next_look_at, shown["next_look_at"])
        for word in words:
            self.assertIn(word, shown["why"])

    def write(self, **values):
        row = task_models.Reprocess
        with self.database.writer() as session:
            session.execute(
                sa.update(row).where(row.id == self.second.id).values(**values)
            )

    def test_no_processor(self):
        self.expect(None, "no processor", "within a day")
        # It executes no tasks.
        self.see(kind="rating", next_look_at=NOW)
        self.expect(None, "no processor", "within a day")

    def test_dead_processor(self):
        self.see(400, number=1)
        self.see(300, number=2, next_look_at=NOW)
        self.expect(None, "no processor", "for 300 seconds")

    def test_stopped_processor(self):
        self.see(30, stopped_at=ago(30))
        self.expect(None, "for 30 seconds")

    def test_next_look(self):
        self.see(number=1, next_look_at=ago(-600))
        self.see(number=2, next_look_at=ago(-60))
        self.see(500, number=3, next_look_at=ago(-1))
        self.expect(
            "2026-11-22 12:31:00+00:00", "tasks before it in the queue: 1"
        )

    def test_look_since_the_last_heartbeat(self):
        self.see(next_look_at=ago(3))
        self.expect("2026-11-22 12:30:00+00:00")

    def test_busy_processors(self):
        self.see(tasks=1, task_id=5)
        self.expect(None, "every processor works on other tasks")

    def test_next_attempt(self):
        self.see(next_look_at=ago(-60))
        self.write(next_attempt_at=ago(-40))
        self.expect("2026-11-22 12:30:40+00:00", "scope was busy")
        self.write(attempts=1)
        self.expect("2026-11-22 12:30:40+00:00", "a failed attempt")
        self.write(attempts=2)
        self.expect("2026-11-22 12:30:40+00:00", "2 failed attempts")
        self.write(next_attempt_at=NOW)
        self.expect("2026-11-22 12:31:00+00:00", "queue: 1")

    def test_other_states(self):
        for state in ("paused", "failed", "running"):
            self.write(state=state)
            self.assertIsNone(self.waiting(), state)


class TestPersonas(case.TaskCase):
    auth_strategy = "keystone"

    def test_only_administrators_have_access(self):
        self.app.get(URL, headers=MEMBER, status=403)
        self.app.get(URL, headers=ADMIN)
