# SPDX-License-Identifier: Apache-2.0
"""Tests of the lines about a database that is away."""

from oslo_db import exception as db_exception

from cloudkitty.db import outage
from cloudkitty.tests import base


class TestOutage(base.TestCase):
    def fail(self, watched, error):
        def work():
            with watched.watch():
                raise error

        self.assertRaises(type(error), work)

    def test_one_line_when_it_goes_and_one_when_it_is_back(self):
        watched = outage.Outage("service")
        with self.assertLogs("cloudkitty.db.outage", "DEBUG") as logged:
            for _ in range(3):
                self.fail(watched, db_exception.DBConnectionError())
            for _ in range(3):
                with watched.watch():
                    pass
        away, back = logged.records
        self.assertEqual("ERROR", away.levelname)
        self.assertIn("database away unit=service", away.getMessage())
        self.assertIn("database back unit=service", back.getMessage())
        self.assertGreaterEqual(back.args["seconds"], 0)

    def test_an_old_connection_is_not_an_outage(self):
        watched = outage.Outage("service")
        with self.assertLogs("cloudkitty.db.outage", "DEBUG") as logged:
            old = watched.watch()
            old.__enter__()
            self.fail(watched, db_exception.DBConnectionError())
            with watched.watch():
                pass
            error = db_exception.DBConnectionError()
            self.assertFalse(old.__exit__(type(error), error, None))
        self.assertEqual(2, len(logged.records))

    def test_other_errors_say_nothing_about_the_server(self):
        watched = outage.Outage("service")
        with self.assertNoLogs("cloudkitty.db.outage", "DEBUG"):
            self.fail(watched, db_exception.DBDeadlock())
            self.fail(watched, KeyError())
        self.fail(watched, db_exception.DBConnectionError())
        with self.assertNoLogs("cloudkitty.db.outage", "DEBUG"):
            self.fail(watched, db_exception.DBDeadlock())
