# SPDX-License-Identifier: Apache-2.0
"""The warning of a host whose clock differs from the database's."""

import datetime
import logging

import fixtures

from cloudkitty.db.sql import server_time
from cloudkitty.orchestrator import skew
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import clock

NOW = base.utc("2026-11-28T12:00")
LEASE_SECONDS = 120


class TestSkewCheck(base.TestCase):
    def setUp(self):
        super().setUp()
        self.clock = clock.FakeClock(NOW)
        self.check = skew.SkewCheck(
            databases.make_database(self), self.clock, LEASE_SECONDS
        )
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.INFO))

    def set_server(self, seconds):
        """Let the server's clock be so much ahead of the host's."""
        self.useFixture(
            fixtures.MonkeyPatch(
                "cloudkitty.db.sql.server_time.read",
                lambda session: (
                    self.clock.now() + datetime.timedelta(seconds=seconds)
                ),
            )
        )

    def test_host_ahead_of_the_server(self):
        self.set_server(-90)
        self.check.run()
        self.assertIn("seconds=90.0", self.log.output)

    def test_host_behind_the_server(self):
        self.set_server(90)
        self.check.run()
        self.assertIn("seconds=-90.0", self.log.output)

    def test_small_difference(self):
        self.set_server(LEASE_SECONDS / 20)
        self.check.run()
        self.assertEqual("", self.log.output)

    def test_measured_again_after_the_interval_only(self):
        self.set_server(0)
        self.check.run()
        self.set_server(90)
        self.clock.advance(skew.INTERVAL_SECONDS - 1)
        self.check.run()
        self.assertEqual("", self.log.output)
        self.clock.advance(1)
        self.check.run()
        self.assertIn("seconds=-90.0", self.log.output)

    def test_file_has_no_clock(self):
        database = databases.make_database(self)
        with database.reader() as session:
            self.assertIsNone(server_time.read(session))
        self.assertEqual(
            datetime.timedelta(0), skew.measure(database, self.clock)
        )

    def test_duration_of_the_request_is_no_difference(self):
        def read(session):
            self.clock.advance(30)
            return NOW + datetime.timedelta(seconds=20)

        self.useFixture(
            fixtures.MonkeyPatch("cloudkitty.db.sql.server_time.read", read)
        )
        self.check.run()
        self.assertEqual("", self.log.output)
