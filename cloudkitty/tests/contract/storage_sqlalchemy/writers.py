# SPDX-License-Identifier: Apache-2.0
"""Rows after concurrent and foreign writers."""

import concurrent.futures
import threading

import sqlalchemy as sa

from cloudkitty.db import points
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy import case

SERIES: sa.Table = points.RatedSeries.__table__


class Writers(case.SQLCase):
    """Tests of writers of the same tables."""

    def test_neighbours_keep_their_rows(self):
        for name in ("a", "A", "b"):
            self.replace(name, usage.hours(0, 4), usage.frames(0, 4))
        window = usage.hours(1, 3)
        outside = sa.not_(
            sa.and_(
                points.RatedScope.scope_id == "a",
                case.TABLE.c.begin >= window.begin,
                case.TABLE.c.begin < window.end,
            )
        )
        before = self.rows(outside)
        self.replace("a", window, usage.frames(1, 3, price="7"))
        self.assertEqual(20, len(before))
        self.assertEqual(before, self.rows(outside))

    def test_concurrent_writers_of_one_scope(self):
        together = threading.Barrier(3)

        def write(price):
            for hour in range(12):
                together.wait()
                # It is empty: no row is there to wait for each other at.
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

    def test_writers_of_new_scopes_do_not_wait_for_each_other(self):
        def write(name):
            for hour in range(4):
                self.replace(
                    name,
                    usage.hours(hour, hour + 1),
                    usage.frames(hour, hour + 1),
                )

        names = [f"p{n}" for n in range(8)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(write, names))
        self.assertEqual(
            [((name,), 8, 8) for name in names], self.sums(["project_id"])
        )

    def test_values_of_other_writers(self):
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        with self.storage.points_database.writer() as session:
            session.execute(
                SERIES.update(),
                {
                    "groupby": {"n": 12, "f": 1.5, "none": None},
                    "metadata": {"none": "metadata"},
                },
            )
        self.assertEqual(
            [(("12", "1.5", "metadata", ""), 2, 2)],
            self.sums(["n", "f", "none", "else"], filters={"n": ["12"]}),
        )
        [got] = self.retrieve("p1").frames
        self.assertEqual(
            {"n": "12", "f": "1.5", "none": ""}, got.usage["cpu"][0].groupby
        )
