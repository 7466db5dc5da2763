# SPDX-License-Identifier: Apache-2.0
"""Heartbeats of a worker."""

import datetime

from oslo_db import exception as db_exception

from cloudkitty.db import workers as db_workers
from cloudkitty.orchestrator import at_work
from cloudkitty.orchestrator import heartbeat
from cloudkitty.orchestrator import loop
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_tasks
from cloudkitty.tests import statements
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.unit.orchestrator import test_loop

NOW = base.utc("2026-11-24T12:00")
START = base.utc("2026-11-01T00:00")


def seconds(number):
    return datetime.timedelta(seconds=number)


class BrokenDatabase:
    """A database whose server is away."""

    def writer(self):
        raise db_exception.DBConnectionError("away")


class Case(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.clock = fake_clock.FakeClock(NOW)
        self.at_work = at_work.AtWork()
        self.beats = self.make("one")

    def make(self, name, number=0, kind="reprocessing", database=None):
        return heartbeat.Heartbeat(
            database or self.database,
            self.clock,
            db_workers.Identity(
                name=name,
                host="here",
                kind=kind,
                number=number,
                pid=7,
                version="1",
            ),
            self.at_work,
        )

    def find(self):
        with self.database.reader() as session:
            return db_workers.find(session)

    def names(self):
        return [worker.identity.name for worker in self.find()]


class TestHeartbeat(Case):
    def test_first_one(self):
        self.beats.rest_until(NOW + seconds(60))
        [worker] = self.find()
        self.assertEqual(
            (NOW, NOW, None, NOW + seconds(60)),
            (
                worker.started_at,
                worker.last_seen_at,
                worker.stopped_at,
                worker.work.next_look_at,
            ),
        )
        self.assertEqual(
            ("here", 7), (worker.identity.host, worker.identity.pid)
        )

    def test_at_most_one_in_an_interval(self):
        self.beats.beat()
        with statements.recorded(self.database.engine) as executed:
            for _ in range(9):
                self.clock.advance(1)
                self.beats.beat()
                self.beats.rest_until(NOW)
            self.assertEqual([], executed)
            self.clock.advance(1)
            self.beats.beat()
        updates = [each for each in executed if "cloudkitty_workers" in each]
        self.assertEqual(1, len(updates), executed)
        self.assertEqual(NOW + seconds(10), self.find()[0].last_seen_at)
        self.assertEqual(NOW, self.find()[0].started_at)

    def test_work(self):
        new = [new_tasks.make(name, START, batch_id="x") for name in "ab"]
        self.database.write(lambda s: new_tasks.insert(s, new, NOW))
        claims = new_claims.make(self.database, self.clock)
        tasks = claims.look(9).tasks
        with self.at_work.working(), self.at_work.on_tasks(tasks):
            self.beats.beat()
        self.assertEqual(
            db_workers.Work(tasks=2, task_id=tasks[0].id, scope_id="a"),
            self.find()[0].work,
        )
        self.clock.advance(10)
        self.beats.rest_until(NOW)
        self.assertEqual(
            db_workers.Work(next_look_at=NOW), self.find()[0].work
        )

    def test_row_that_was_deleted_comes_again(self):
        self.beats.beat()
        self.database.write(
            lambda session: session.query(db_workers.WorkerRow).delete()
        )
        self.clock.advance(10)
        self.beats.beat()
        self.assertEqual(["one"], self.names())

    def test_end(self):
        self.beats.beat()
        self.clock.advance(3)
        self.beats.stop()
        [worker] = self.find()
        self.assertEqual(
            (NOW + seconds(3), NOW + seconds(3), db_workers.Work()),
            (worker.stopped_at, worker.last_seen_at, worker.work),
        )

    def test_end_before_the_first_one(self):
        self.beats.stop()
        self.assertEqual([], self.find())

    def test_dead_workers_are_forgotten(self):
        self.beats.beat()
        self.make("another number", 1).beat()
        self.make("another kind", kind="rating").beat()
        # A second worker of the same number, as on a host with two
        # processors: it may be alive.
        self.make("two").beat()
        self.assertEqual(4, len(self.names()))
        self.clock.advance(301)
        self.make("three").beat()
        self.assertEqual(
            ["another kind", "three", "another number"], self.names()
        )
        self.clock.advance(86_401)
        self.make("last", 9).beat()
        self.assertEqual(["last"], self.names())

    def test_worker_that_has_ended_is_replaced(self):
        self.beats.beat()
        self.beats.stop()
        self.make("two").beat()
        self.assertEqual(["two"], self.names())

    def test_dead_workers_are_forgotten_while_it_runs(self):
        self.make("old", 1).beat()
        for _ in range(25):
            self.beats.beat()
            self.clock.advance(3600)
        self.beats.beat()
        self.assertEqual(["one"], self.names())

    def test_database_that_is_away(self):
        beats = self.make("one", database=BrokenDatabase())
        beats.beat()
        self.assertEqual(heartbeat.SECONDS, beats.due_seconds)
        beats.stop()

    def test_due(self):
        self.assertEqual(0.2, self.beats.due_seconds)
        self.beats.beat()
        self.clock.advance(4)
        self.assertEqual(6, self.beats.due_seconds)


class TestInLoop(Case):
    def test_a_waiting_worker_is_seen(self):
        stop = test_loop.ClockedEvent(self.clock)
        work = test_loop.ScriptedWork(self.clock, stop, calls=2)
        seen = []
        beat = self.beats.beat

        def noting():
            beat()
            seen.append(self.find()[0])

        self.beats.beat = noting
        loop.Loop(work, self.clock, stop, "test", beats=self.beats).run()
        # The looks are where they are without heartbeats.
        self.assertEqual([("work", 0), ("work", 100)], work.calls)
        self.assertEqual(
            [NOW + seconds(10 * n) for n in range(10)],
            [worker.last_seen_at for worker in seen],
        )
        self.assertEqual(
            {NOW + seconds(100)}, {worker.work.next_look_at for worker in seen}
        )
