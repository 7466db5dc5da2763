# SPDX-License-Identifier: Apache-2.0
"""Workers on each database, by the clock of its server."""

import datetime

from cloudkitty.db import workers as db_workers
from cloudkitty.orchestrator import at_work
from cloudkitty.orchestrator import heartbeat
from cloudkitty.tasks import workers
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import clock as fake_clock

#: Far from the servers' time.
NOW = base.utc("2001-02-03T04:05")


@databases.on_each()
class Workers:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = fake_clock.FakeClock(NOW)
        self.at_work = at_work.AtWork()
        self.beats = self.make("one")

    def make(self, name):
        return heartbeat.Heartbeat(
            self.database,
            self.clock,
            db_workers.Identity(
                name=name,
                host="h\u00f6st",
                kind="reprocessing",
                number=1,
                pid=2**31 - 1,
                version="25.0.0.dev1",
            ),
            self.at_work,
        )

    def read(self):
        return workers.read(self.database, self.clock)

    def test_time_is_that_of_the_server(self):
        self.beats.beat()
        seen = self.read()
        [worker] = seen.workers
        self.assertTrue(seen.alive(worker))
        self.assertLessEqual(
            worker.last_seen_at - worker.started_at,
            datetime.timedelta(seconds=1),
        )
        away = abs(worker.last_seen_at - NOW)
        if self.backend == "sqlite":
            self.assertEqual(datetime.timedelta(0), away)
        else:
            # The host is decades behind: that does not matter.
            self.assertGreater(away, datetime.timedelta(days=7300))
            self.assertLess(
                abs(seen.now - worker.last_seen_at),
                datetime.timedelta(seconds=60),
            )

    def test_later_ones_and_the_end(self):
        for name in ("one", "One", "one "):
            beats = self.make(name)
            for _ in range(2):
                beats.beat()
                self.clock.advance(heartbeat.SECONDS)
        seen = self.read()
        self.assertEqual(
            ["One", "one", "one "],
            [worker.identity.name for worker in seen.workers],
        )
        beats.stop()
        ended = self.read().workers[-1]
        self.assertIsNotNone(ended.stopped_at)
        self.assertFalse(self.read().alive(ended))

    def test_kinds(self):
        self.beats.beat()
        with self.database.reader() as session:
            found = workers.read_in(session, self.clock, "rating")
        self.assertEqual([], found.workers)
