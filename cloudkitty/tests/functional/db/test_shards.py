# SPDX-License-Identifier: Apache-2.0
"""Workers that claim shards at the same time, on each database."""

import concurrent.futures
import datetime
import threading

from cloudkitty.db import shards as db_shards
from cloudkitty.orchestrator import shards
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import clock

NOW = base.utc("2026-11-02T09:00")
LATER = NOW + datetime.timedelta(seconds=120)


@databases.on_each()
class _Shards:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = clock.FakeClock(NOW)

    def make_shards(self, number):
        return shards.Shards(self.database, self.clock, f"host:{number}", 120)

    def race(self, workers, most):
        """Let each worker claim from all shards at the same moment."""
        start = threading.Barrier(len(workers))

        def claim(worker):
            start.wait()
            return worker.claim(range(64), most)

        with concurrent.futures.ThreadPoolExecutor(len(workers)) as pool:
            return list(pool.map(claim, workers))

    def check_disjoint(self, claimed):
        numbers = [number for some in claimed for number in some]
        self.assertEqual(len(numbers), len(set(numbers)), claimed)
        return set(numbers)

    def test_shards_are_claimed_once(self):
        workers = [self.make_shards(n) for n in range(4)]
        for _ in range(5):
            self.check_disjoint(self.race(workers, 64))
            # What was locked by another worker is claimed at the next call.
            for worker in workers:
                worker.claim(range(64), 64)
            self.assertEqual(
                set(range(64)),
                self.check_disjoint([worker.held for worker in workers]),
            )
            for worker in workers:
                worker.release(range(64))

    def test_dead_workers_shards_are_taken_over_once(self):
        self.make_shards(99).claim(range(64), 64)
        workers = [self.make_shards(n) for n in range(4)]
        self.assertEqual([[]] * 4, self.race(workers, 64))
        self.clock.advance(120)
        self.check_disjoint(self.race(workers, 64))
        for worker in workers:
            worker.claim(range(64), 64)
            worker.renew()
        self.assertEqual(
            set(range(64)),
            self.check_disjoint([worker.held for worker in workers]),
        )

    def test_missing_rows_are_restored_once(self):
        def delete(session):
            session.query(db_shards.RatingShard).delete()

        self.database.write(delete)
        workers = [self.make_shards(n) for n in range(4)]
        self.check_disjoint(self.race(workers, 64))
        for worker in workers:
            worker.claim(range(64), 64)
        self.assertEqual(
            set(range(64)),
            self.check_disjoint([worker.held for worker in workers]),
        )


@databases.on_each(databases.SERVERS, name="TestServer")
class _SkipLocked:
    backend: str

    def claim(self, session, numbers, owner):
        return db_shards.claim(
            session, numbers, owner=owner, now=NOW, lease_expires_at=LATER
        )

    def test_claimer_does_not_wait_for_another_transaction(self):
        database = databases.make_database(self, self.backend)
        # Present in a schema that earlier tests have emptied too.
        database.write(lambda session: self.claim(session, range(64), "old"))
        database.write(
            lambda session: db_shards.release(session, range(64), owner="old")
        )
        with database.writer() as first, database.writer() as second:
            self.assertEqual([1, 2], self.claim(first, [1, 2], "a"))
            self.assertEqual([3], self.claim(second, [1, 2, 3], "b"))
