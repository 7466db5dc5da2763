# SPDX-License-Identifier: Apache-2.0
"""Transactions and concurrent writers."""

import concurrent.futures
import threading

import sqlalchemy as sa

from cloudkitty.db import rated_data_frames
from cloudkitty.storage import base
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage

TABLE = rated_data_frames.TABLE


class Writers(case.StorageCase):
    """Tests of writers of the table."""

    def test_points_follow_the_callers_transaction(self):
        window = usage.hours(0, 2)
        self.replace("p1", window, usage.frames(0, 2))

        def work(session):
            self.replace(
                "p1",
                window,
                usage.frames(0, 2, price="5"),
                transaction=session,
            )
            self.assertEqual(usage.D(4), self.rate("p1"))
            inside = self.storage.total(
                base.Query(window=window), transaction=session
            )
            self.assertEqual([usage.D(20)], [row.rate for row in inside.rows])
            if fail:
                raise ZeroDivisionError

        for fail, expected in ((True, 4), (False, 20)):
            try:
                self.database.write(work)
            except ZeroDivisionError:
                self.assertTrue(fail)
            self.assertEqual(usage.D(expected), self.rate("p1"))

    def test_concurrent_writers_of_one_scope(self):
        together = threading.Barrier(3)

        def write(price):
            for hour in range(12):
                together.wait()
                self.replace(
                    "p1",
                    usage.hours(hour, hour + 1),
                    usage.frames(hour, hour + 1, price=price),
                )

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(write, range(1, 4)))
        got = self.retrieve("p1")
        self.assertEqual(24, got.total)
        for frame in got.frames:
            prices = {point.price for _, point in frame.iterpoints()}
            self.assertEqual(1, len(prices))

    def test_other_rows_stay(self):
        for name in ("a", "A", "b"):
            self.replace(name, usage.hours(0, 4), usage.frames(0, 4))
        outside = sa.not_(
            sa.and_(
                TABLE.c.begin >= usage.hours(1, 3).begin,
                TABLE.c.begin < usage.hours(1, 3).end,
            )
        )
        before = self._rows(outside), self._rows(TABLE.c.tenant_id != "a")
        self.replace("a", usage.hours(1, 3), usage.frames(1, 3, price="7"))
        self.assertEqual(12, len(before[0]))
        self.assertEqual(
            before, (self._rows(outside), self._rows(TABLE.c.tenant_id != "a"))
        )
        self.assertEqual(usage.D(8), self.rate("A"))

    def _rows(self, where):
        with self.database.engine.connect() as connection:
            statement = sa.select(TABLE).where(where).order_by(TABLE.c.id)
            return connection.execute(statement).all()

    def test_errors_hold_no_secrets(self):
        self.replace("s3cret", usage.hours(0, 1), usage.frames(0, 1))
        self.addCleanup(TABLE.create, self.database.engine)
        TABLE.drop(self.database.engine)
        query = base.Query(window=usage.hours(0, 1))
        for call in (
            lambda: self.storage.retrieve(query),
            lambda: self.storage.total(query),
            lambda: self.replace("s3cret", usage.hours(0, 1), []),
        ):
            error = self.assertRaises(base.StorageError, call)
            self.assertIn("cloudkitty-storage-init", str(error))
            self.assertNotIn("s3cret", str(error))
