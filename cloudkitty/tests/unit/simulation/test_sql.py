# SPDX-License-Identifier: Apache-2.0
"""The facade treats each simulated database fault like the real one."""

import sqlalchemy as sa
from oslo_db import exception as db_exception

from cloudkitty.db import facade
from cloudkitty.tests import base
from cloudkitty.tests.fakes import clock
from cloudkitty.tests.simulation import deployment
from cloudkitty.tests.simulation import faults
from cloudkitty.tests.simulation import hub

ERRORS = {
    "deadlock": db_exception.DBDeadlock,
    "lock-wait": sa.exc.OperationalError,
    "lost-connection": db_exception.DBConnectionError,
    "lost-before-commit": db_exception.DBConnectionError,
    "lost-after-commit": db_exception.DBConnectionError,
    "database-is-locked": db_exception.DBDeadlock,
    "disk-full": sa.exc.OperationalError,
}


class OneFault:
    """Faults of which one comes at one place."""

    def __init__(self, place, kind):
        self._place, self._kind = place, kind

    def at(self, place):
        return self._kind if place == self._place else None


class TestTurnstile(base.TestCase):
    def setUp(self):
        super().setUp()
        self.deployment = deployment.Deployment()
        self.addCleanup(self.deployment.close)

    def run_with(self, place, kind):
        """Return the error and how many commits were seen."""
        commits, errors = [], []
        turns = hub.Hub(clock.FakeClock(base.utc("2026-11-01T00:00")))
        self.deployment.turnstile.connect(
            turns, OneFault(place, kind), lambda: commits.append(1)
        )

        def work():
            try:
                with self.deployment.database.writer() as session:
                    session.execute(
                        sa.text("DELETE FROM cloudkitty_storage_states")
                    )
            except Exception as error:
                errors.append(error)

        actor = hub.Actor("one", "operator", work)
        while not actor.over:
            turns.run(actor)
        self.deployment.turnstile.disconnect()
        return errors, len(commits)

    def check(self, place, kind):
        (error,), commits = self.run_with(place, kind)
        self.assertIs(ERRORS[kind], type(error), kind)
        self.assertEqual(kind != "disk-full", facade.retriable(error), kind)
        self.assertEqual(kind == "lost-after-commit", bool(commits), kind)

    def test_statements(self):
        for kind in faults.STATEMENT:
            self.check("statement", kind)

    def test_commits(self):
        for kind in faults.COMMIT:
            self.check("commit", kind)

    def test_without_a_fault(self):
        self.assertEqual(([], 1), self.run_with("none", None))
