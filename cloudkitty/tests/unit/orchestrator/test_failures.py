# SPDX-License-Identifier: Apache-2.0
"""Published texts of isolated errors."""

import sqlite3

import sqlalchemy as sa

from cloudkitty.orchestrator import failures
from cloudkitty.tests import base


class TestRunIsolated(base.TestCase):
    def test_database_error_that_oslo_passes_on_as_it_is(self):
        # A full disk: no filter of oslo.db has a name for it.
        original = sqlite3.OperationalError("database or disk is full")
        error = sa.exc.OperationalError("INSERT secret", {}, original)

        def work():
            raise error

        self.assertEqual(
            (None, "database error: OperationalError"),
            failures.run_isolated(work, "task failed", task_id=1),
        )
