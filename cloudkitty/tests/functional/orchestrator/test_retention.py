# SPDX-License-Identifier: Apache-2.0
"""The processor purges only what options ask for, one worker at a time."""

import datetime
import threading

import sqlalchemy as sa

from cloudkitty import dataframe
from cloudkitty.db import facade
from cloudkitty.db import purge_runs
from cloudkitty.db.tasks import models as task_models
from cloudkitty.orchestrator import at_work
from cloudkitty.orchestrator import loop
from cloudkitty.orchestrator import retention
from cloudkitty.orchestrator import worker
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2 import sqlalchemy as v2
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.fakes import clock as fake_clock

NOW = base.utc("2026-11-28T10:30")
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
QUERY = storage_base.Query(window=storage_base.EVER)


@databases.on_each(name="Claims")
class Claims:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)

    def claim(self, hours=0.0, before=NOW, name="points"):
        now = NOW + hours * HOUR
        return purge_runs.claim(self.database, name, now, HOUR, before)

    def test_one_run_an_hour(self):
        self.assertTrue(self.claim())
        self.assertFalse(self.claim())
        self.assertTrue(self.claim(name="tasks"))
        self.assertFalse(self.claim(0.9))
        self.assertTrue(self.claim(1))
        self.assertFalse(self.claim(1))

    def test_none_is_needed_after_a_complete_one(self):
        self.assertTrue(self.claim())
        purge_runs.finish(self.database, "points", NOW)
        self.assertFalse(self.claim(5))
        self.assertTrue(self.claim(5, before=NOW + DAY))

    def test_workers_at_the_same_time(self):
        others = [facade.Database(self.database._conf) for _ in range(4)]
        won = []
        threads = []
        for other in others:
            self.addCleanup(other.dispose)
            threads.append(
                threading.Thread(
                    target=lambda own=other: won.append(
                        purge_runs.claim(own, "points", NOW, HOUR, NOW)
                    )
                )
            )
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([False, False, False, True], sorted(won))


class TestRetention(base.TestCase):
    def setUp(self):
        super().setUp()
        self.conf = self.make_conf()
        self.database = databases.make_database(self, conf=self.conf)
        self.storage = v2.SQLAlchemyStorage(self.conf, self.database)
        self.clock = fake_clock.FakeClock(NOW)
        self.stop = threading.Event()
        for age in (200, 100, 40, 20):
            self.add_point(age)
            self.add_task(age)
        self.add_task(500, state="paused")

    def add_point(self, age):
        begin = (NOW - age * DAY).replace(minute=0)
        frame = dataframe.DataFrame(begin, begin + HOUR)
        frame.add_point(usage.point(), "cpu")
        self.storage.replace(new_scopes.make("p0"), frame.period, [frame])

    def add_task(self, age, state="succeeded"):
        model = task_models.Reprocess
        new = new_tasks.make(f"s{age}", NOW - age * DAY)

        def work(session):
            new_tasks.insert(session, [new], NOW)
            session.execute(
                sa.update(model)
                .where(model.identifier == f"s{age}")
                .values(state=state, finished_at=NOW - age * DAY)
            )

        self.database.write(work)

    def set(self, **options):
        groups = {"task_retention_days": "orchestrator"}
        for name, value in options.items():
            self.conf.set_override(
                name, value, group=groups.get(name, "storage")
            )

    def make(self, storage=None):
        return retention.Retention(
            self.conf,
            self.database,
            storage or self.storage,
            self.clock,
            self.stop,
        )

    def left(self):
        with self.database.reader() as session:
            query = sa.select(sa.func.count(task_models.Reprocess.id))
            return self.storage.retrieve(QUERY).total, session.scalar(query)

    def test_nothing_by_default(self):
        kept = self.make()
        self.assertFalse(kept.enabled)
        kept.run()
        # Options of a file for CloudKitty 25.
        self.set(retention_period=2400)
        self.make().run()
        self.assertEqual((4, 5), self.left())

    def test_tasks(self):
        self.set(task_retention_days=90)
        self.make().run()
        self.assertEqual((4, 3), self.left())

    def test_points(self):
        self.set(purge_points=True)
        self.make().run()
        # 2400 hours are 100 days, to the beginning of that day.
        self.assertEqual((3, 5), self.left())

    def test_an_age_that_is_too_low(self):
        self.set(purge_points=True, retention_period=1, task_retention_days=1)
        self.make().run()
        self.assertEqual((1, 1), self.left())
        # Neither the task of 3 days ago, which a key may name.
        self.add_task(3)
        self.clock.advance(DAY.total_seconds())
        self.make().run()
        self.assertEqual((1, 2), self.left())

    def test_points_of_unfinished_tasks(self):
        self.set(purge_points=True)
        begin = (NOW - 200 * DAY).replace(minute=0)
        new = new_tasks.make("p0", begin)
        self.database.write(
            lambda session: new_tasks.insert(session, [new], NOW)
        )
        self.make().run()
        self.assertEqual(4, self.left()[0])

    def test_another_storage(self):
        self.set(purge_points=True)
        other = storage_base.Storage
        self.patch(other, "__abstractmethods__", frozenset())
        self.assertFalse(self.make(other(self.conf, self.database)).enabled)

    def test_once_an_hour(self):
        self.set(task_retention_days=90)
        kept = self.make()
        kept.run()
        self.add_task(300)
        kept.run()
        self.clock.advance(3700)
        kept.run()
        # Complete for this day.
        self.assertEqual(4, self.left()[1])
        self.clock.advance(DAY.total_seconds())
        kept.run()
        self.assertEqual(3, self.left()[1])

    def test_a_run_ends_when_asked_to_stop(self):
        self.set(task_retention_days=90, purge_points=True)
        self.stop.set()
        self.make().run()
        # One piece of tasks, no point.
        self.assertEqual((4, 3), self.left())

    def test_a_worker_runs_it_after_its_work(self):
        self.set(task_retention_days=90)
        calls = []

        class Work:
            interval_seconds = 3600.0

            def work(work):
                calls.append(self.left())
                self.stop.set()

        made = worker._WithRetention(Work(), self.make(), at_work.AtWork())
        self.assertEqual(3600.0, made.interval_seconds)
        loop.Loop(made, self.clock, self.stop, "test").run()
        self.assertEqual([(4, 5)], calls)
        self.assertEqual((4, 3), self.left())

    def test_a_failure_does_not_stop_the_worker(self):
        self.set(task_retention_days=90)
        self.patch(
            purge_runs,
            "claim",
            lambda *args: [][0],  # An unexpected error.
        )

        class Work:
            interval_seconds = 1.0

            def work(work):
                pass

        worker._WithRetention(Work(), self.make(), at_work.AtWork()).work()
        self.assertEqual(5, self.left()[1])
