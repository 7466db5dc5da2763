# SPDX-License-Identifier: Apache-2.0
"""Failures of the database during a call."""

import decimal

import sqlalchemy as sa
from oslo_db import exception as db_exception

from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy import case


class Errors(case.SQLCase):
    """Tests of errors and retries."""

    def test_errors_hold_no_secrets(self):
        engine = self.storage.points_database.engine
        self.replace("s3cret", usage.hours(0, 1), usage.frames(0, 1))
        # Before the schema goes to another test.
        self.addCleanup(case.TABLE.create, engine)
        case.TABLE.drop(engine)
        query = base.Query(window=usage.hours(0, 1))
        for call in (
            lambda: self.storage.retrieve(query),
            lambda: self.storage.total(query),
            lambda: self.replace(
                "s3cret", usage.hours(0, 1), usage.frames(0, 1)
            ),
            lambda: self.storage.delete(
                new_scopes.make("s3cret"), usage.hours(0, 1)
            ),
        ):
            error = self.assertRaises(base.StorageError, call)
            self.assertIn("cloudkitty-storage-init", str(error))
            self.assertNotIn("s3cret", str(error))
            self.assertTrue(error.__suppress_context__)

    def _interrupt_inserts(self, *errors):
        """Let the next INSERTs fail, after the DELETE was done."""
        engine = self.storage.points_database.engine
        left = list(errors)

        def interrupt(conn, cursor, statement, parameters, context, many):
            if statement.startswith("INSERT") and left:
                raise left.pop(0)

        sa.event.listen(engine, "before_cursor_execute", interrupt)
        self.addCleanup(
            sa.event.remove, engine, "before_cursor_execute", interrupt
        )
        return left

    def test_a_failed_replacement_leaves_the_old_points(self):
        window = usage.hours(0, 2)
        self.replace("p1", window, usage.frames(0, 2))
        before = self.rows()
        left = self._interrupt_inserts(db_exception.DBDataError())
        self.assertRaises(
            base.StorageError,
            self.replace,
            "p1",
            window,
            usage.frames(0, 2, price="5"),
        )
        self.assertEqual([], left)
        self.assertEqual(before, self.rows())

    def test_a_deadlock_is_tried_again(self):
        window = usage.hours(0, 2)
        self.replace("p1", window, usage.frames(0, 2))
        left = self._interrupt_inserts(
            db_exception.DBDeadlock(), db_exception.DBConnectionError()
        )
        self.replace("p1", window, usage.frames(0, 2, price="5"))
        self.assertEqual([], left)
        self.assertEqual(decimal.Decimal(20), self.rate("p1"))
