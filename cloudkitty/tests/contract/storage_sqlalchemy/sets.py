# SPDX-License-Identifier: Apache-2.0
"""Replacing the points of many scopes: statements, locks, one transaction."""

import threading

import sqlalchemy as sa
from oslo_db import exception as db_exception

from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests import statements
from cloudkitty.tests.contract.storage import replacing_many
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy import errors

replacement = replacing_many.replacement


class Sets(errors.Errors):
    """Tests of ``replace_many`` beyond the contract."""

    def set_of(self, hour, price="1", count=300):
        return [
            replacement(
                f"p{number}",
                hour,
                hour + 1,
                [usage.frame(hour, cpu=[self.point_of(number, price)] * 2)],
            )
            for number in range(count)
        ]

    def point_of(self, number, price):
        return usage.point(price=price, groupby={"id": f"i-{number}"})

    def sent(self, pieces):
        """Return the statements of ``replace_many`` that name a table."""
        engine = self.storage.points_database.engine
        with statements.recorded(engine) as executed:
            self.storage.replace_many(pieces)
        return [text for text in executed if "cloudkitty_rated" in text]

    def test_hundreds_of_scopes_take_few_statements(self):
        self.assertLessEqual(len(self.sent(self.set_of(0))), 9)
        # Now all scopes and series exist: locks, points, series, insertion,
        # and which days have sums.
        self.assertEqual(5, len(self.sent(self.set_of(1))))
        # With one deletion.
        self.assertEqual(6, len(self.sent(self.set_of(1, "2"))))
        self.assertEqual(
            [((), 1200, 1800)], self.sums(window=usage.hours(0, 2))
        )

    def test_a_day_of_hundreds_of_scopes_ends_with_few_statements(self):
        self.storage.replace_many(self.set_of(0))
        # The sums: deletion, insertion and the scopes.
        self.assertEqual(5 + 3, len(self.sent(self.set_of(23))))
        # The next day is not complete, and no day has changed.
        self.assertEqual(4, len(self.sent(self.set_of(24))))
        # With one deletion, and the sums of the day again.
        self.assertEqual(5 + 2, len(self.sent(self.set_of(23, "2"))))

    def test_thousands_of_scopes_are_replaced(self):
        for price, expected in (("1", 3800), ("3", 11400)):
            self.storage.replace_many(self.set_of(0, price, count=1900))
            self.assertEqual([((), 3800, expected)], self.sums())

    def test_a_failure_changes_no_scope(self):
        self.storage.replace_many(self.set_of(0, count=3))
        before = self.rows()
        left = self._interrupt_inserts(db_exception.DBDataError())
        self.assertRaises(
            base.StorageError,
            self.storage.replace_many,
            self.set_of(0, "5", count=4),
        )
        self.assertEqual([], left)
        self.assertEqual(before, self.rows())

    def test_an_invalid_scope_stops_all(self):
        wrong = replacement("\0", 0, 1, usage.frames(0, 1))
        error = self.assertRaises(
            base.StorageError,
            self.storage.replace_many,
            [*self.set_of(0, count=2), wrong],
        )
        self.assertEqual("\0", error.scope.identifier)
        self.assertEqual([], self.rows())

    def test_points_added_beside_it_are_kept(self):
        """Add points of another metric between look and deletion."""
        self.storage.replace_many(self.set_of(0, count=2))
        added = [usage.frame(0, uploaded=[usage.point(price="100")])]
        scope = new_scopes.make("p1")
        adder = threading.Thread(
            target=lambda: self.storage.add({scope: added})
        )
        engine = self.storage.points_database.engine

        def begin_adding(conn, cursor, statement, *_rest):
            if statement.startswith("DELETE"):
                adder.start()
                # It waits for the lock of the scope's row.
                adder.join(0.5)

        sa.event.listen(engine, "before_cursor_execute", begin_adding)
        self.storage.replace_many(
            piece._replace(metrics=["cpu"])
            for piece in self.set_of(0, "2", count=2)
        )
        sa.event.remove(engine, "before_cursor_execute", begin_adding)
        adder.join()
        self.assertEqual(
            [(("cpu",), 4, 8), (("uploaded",), 1, 100)], self.sums(["type"])
        )
