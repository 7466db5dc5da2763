# SPDX-License-Identifier: Apache-2.0
"""The clock of a real database server."""

import datetime

from cloudkitty.common import clock as ck_clock
from cloudkitty.db.sql import server_time
from cloudkitty.orchestrator import skew
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import clock


@databases.on_each(databases.SERVERS)
class _ServerTime:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)

    def test_server_on_this_host_has_the_same_time(self):
        with self.database.reader() as session:
            read = server_time.read(session)
        self.assertEqual(datetime.timedelta(0), read.utcoffset())
        difference = abs(datetime.datetime.now(datetime.UTC) - read)
        self.assertLess(difference, datetime.timedelta(seconds=30))

    def test_time_moves_on_within_a_transaction(self):
        with self.database.reader() as session:
            first = server_time.read(session)
            self.assertLess(first, server_time.read(session))

    def test_skew(self):
        own = skew.measure(self.database, ck_clock.SystemClock())
        self.assertLess(abs(own), datetime.timedelta(seconds=1))
        ahead = clock.FakeClock(
            datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
        )
        measured = skew.measure(self.database, ahead)
        self.assertLess(measured, datetime.timedelta(minutes=-59))
