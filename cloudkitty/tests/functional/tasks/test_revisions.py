# SPDX-License-Identifier: Apache-2.0
"""Revisions of tasks, rows of batches and the overview, on each database."""

import datetime
import time

import sqlalchemy as sa

from cloudkitty.db.tasks import batch_tasks
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import revisions
from cloudkitty.db.tasks import states
from cloudkitty.tasks import overview
from cloudkitty.tasks import rows
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_tasks
from cloudkitty.tests import statements
from cloudkitty.tests.fakes import clock as fake_clock

NOW = base.utc("2026-11-24T12:00")
START = base.utc("2026-11-01T00:00")
_ROW = task_models.Reprocess


@databases.on_each()
class Revisions:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)

    def insert(self, *scope_ids, batch="one", **fields):
        new = [
            new_tasks.make(name, START, 10, batch_id=batch, **fields)
            for name in scope_ids
        ]
        self.database.write(
            lambda session: new_tasks.insert(session, new, NOW)
        )

    def write(self, scope_id, **values):
        new_tasks.change(self.database, scope_id, **values)

    def read(self):
        with self.database.reader() as session:
            task_id = session.scalar(sa.select(sa.func.min(_ROW.id))) or 0
            return (
                revisions.of_all(session),
                revisions.of_all_and_workers(session, NOW),
                revisions.of_batch(session, "one"),
                revisions.of_task(session, task_id),
            )

    def test_nothing(self):
        self.assertEqual(self.read(), self.read())

    def test_changes(self):
        self.insert("a", "b")
        seen = self.read()
        self.assertEqual(seen, self.read())
        for values in (
            {"state": "running", "lease_token": 1},
            {"periods_done": 3},
            {"updated_at": NOW + datetime.timedelta(seconds=1)},
            {"current_reprocess_time": START},
            {"attempts": 1},
            {"state": "scheduled"},
            {"state": None},
            {"state": "failed"},
        ):
            self.write("a", **values)
            now = self.read()
            for before, after in zip(seen, now, strict=True):
                self.assertNotEqual(before, after, values)
            seen = now

    def test_one_statement_each(self):
        self.insert("a", "b")
        with statements.recorded(self.database.engine) as executed:
            self.read()
        found = [each for each in executed if "sum(" in each]
        self.assertEqual(4, len(found))

    def test_similar_ids(self):
        self.insert("a")
        with self.database.reader() as session:
            for name in ("ONE", "one ", "\U0001f40d", "\ud800"):
                self.assertEqual("", revisions.of_batch(session, name))

    def find(self, **which):
        return rows.of_batch(
            self.database, 3600, batch_tasks.Listing(batch_id="one", **which)
        )

    def test_failed_tasks_first(self):
        self.insert(*"abcdefg")
        self.insert("z", batch="two")
        for name, values in (
            ("a", {"state": "succeeded"}),
            ("c", {"state": "running"}),
            ("d", {"state": "scheduled", "attempts": 2}),
            ("e", {"state": "paused"}),
            ("f", {"state": "failed", "attempts": 10}),
            ("g", {"state": "failed", "attempts": 1}),
        ):
            self.write(name, **values)
        found, total = self.find()
        self.assertEqual(
            ["f", "g", "d", "c", "b", "e", "a"],
            [row.task.scope_id for row in found],
        )
        self.assertEqual(7, total)
        found, total = self.find(
            offset=1, limit=2, states=["failed", "paused", "succeeded"]
        )
        self.assertEqual(["g", "e"], [row.task.scope_id for row in found])
        self.assertEqual(4, total)

    def test_overview(self):
        self.insert(*"abcd")
        self.insert("u", batch=None)
        self.write("u", state=None, current_reprocess_time=START)
        self.write("a", state="succeeded")
        self.write(
            "b",
            state="running",
            periods_done=5,
            claimed_done=0,
            claimed_at=NOW,
            updated_at=NOW + datetime.timedelta(seconds=10),
        )
        found = overview.read(
            self.database, fake_clock.FakeClock(NOW), with_workers=True
        )
        numbers = {
            state.value: count
            for state, count in found.states.items()
            if count
        }
        self.assertEqual({"scheduled": 2, "running": 2}, numbers)
        self.assertEqual(set(overview.SHOWN), set(found.states))
        self.assertEqual(0, found.workers_alive)
        # A task of upstream has no counters, so no pace either.
        self.assertLessEqual(50, found.seconds_left)

    def test_ten_thousand_tasks(self):
        self.insert(*(f"scope-{number}" for number in range(10_000)))
        began = time.thread_time()
        self.read()
        found, _ = self.find(limit=50)
        seen = overview.read(
            self.database, fake_clock.FakeClock(NOW), with_workers=True
        )
        self.assertLess(time.thread_time() - began, 0.5)
        self.assertEqual(50, len(found))
        self.assertEqual(10_000, seen.states[states.State.SCHEDULED])
