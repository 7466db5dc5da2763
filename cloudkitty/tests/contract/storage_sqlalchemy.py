# SPDX-License-Identifier: Apache-2.0
"""Guarantees of the SQL storage beyond the contract of all storages."""

import concurrent.futures
import decimal
import threading

import sqlalchemy as sa
from oslo_db import exception as db_exception

from cloudkitty.db import points
from cloudkitty.storage import base
from cloudkitty.storage import loader
from cloudkitty.storage.v2 import sqlalchemy as driver
from cloudkitty.storage.v2.sqlalchemy import sqlite
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract import storage

TABLE: sa.Table = points.RatedPoint.__table__
SERIES: sa.Table = points.RatedSeries.__table__


class _Common(storage.StorageContract):
    backend: str

    def rows(self, *where):
        """Return whole rows, with their keys, as the database gives them."""
        with self.storage.points_database.engine.connect() as connection:
            return connection.execute(
                points.whole()
                .add_columns(TABLE.c.series, TABLE.c.seq)
                .where(*where)
                .order_by(*TABLE.primary_key)
            ).all()

    def test_neighbours_keep_their_rows(self):
        for name in ("a", "A", "b"):
            self.replace(name, storage.hours(0, 4), storage.frames(0, 4))
        window = storage.hours(1, 3)
        outside = sa.not_(
            sa.and_(
                points.RatedScope.scope_id == "a",
                TABLE.c.begin >= window.begin,
                TABLE.c.begin < window.end,
            )
        )
        before = self.rows(outside)
        self.replace("a", window, storage.frames(1, 3, price="7"))
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
                    storage.hours(hour, hour + 1),
                    storage.frames(hour, hour + 1, price=price),
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
                    storage.hours(hour, hour + 1),
                    storage.frames(hour, hour + 1),
                )

        names = [f"p{n}" for n in range(8)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(write, names))
        self.assertEqual(
            [((name,), 8, 8) for name in names], self.sums(["project_id"])
        )

    def test_values_of_other_writers(self):
        self.replace("p1", storage.hours(0, 1), storage.frames(0, 1))
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

    def test_errors_hold_no_secrets(self):
        engine = self.storage.points_database.engine
        self.replace("s3cret", storage.hours(0, 1), storage.frames(0, 1))
        # Before the schema goes to another test.
        self.addCleanup(TABLE.create, engine)
        TABLE.drop(engine)
        query = base.Query(window=storage.hours(0, 1))
        for call in (
            lambda: self.storage.retrieve(query),
            lambda: self.storage.total(query),
            lambda: self.replace(
                "s3cret", storage.hours(0, 1), storage.frames(0, 1)
            ),
            lambda: self.storage.delete(
                new_scopes.make("s3cret"), storage.hours(0, 1)
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
        window = storage.hours(0, 2)
        self.replace("p1", window, storage.frames(0, 2))
        before = self.rows()
        left = self._interrupt_inserts(db_exception.DBDataError())
        self.assertRaises(
            base.StorageError,
            self.replace,
            "p1",
            window,
            storage.frames(0, 2, price="5"),
        )
        self.assertEqual([], left)
        self.assertEqual(before, self.rows())

    def test_a_deadlock_is_tried_again(self):
        window = storage.hours(0, 2)
        self.replace("p1", window, storage.frames(0, 2))
        left = self._interrupt_inserts(
            db_exception.DBDeadlock(), db_exception.DBConnectionError()
        )
        self.replace("p1", window, storage.frames(0, 2, price="5"))
        self.assertEqual([], left)
        self.assertEqual(decimal.Decimal(20), self.rate("p1"))

    def test_one_scope_and_window_is_an_index_range(self):
        scope, window = new_scopes.make("p1"), storage.hours(0, 2)
        query = base.Query(window=window, filters={"project_id": ["p1"]})

        def work():
            self.storage.replace(scope, window, storage.frames(0, 2))
            self.storage.total(query, ["type"])

        self.check_plans(work)

    def test_all_scopes_are_an_index_range_each(self):
        for number in range(5):
            self.replace(
                f"r{number}", storage.hours(0, 1500), storage.frames(0, 1500)
            )
        query = base.Query(window=storage.hours(0, 2), limit=10)

        def work():
            self.storage.total(query, ["type"])
            self.storage.retrieve(query)

        self.check_plans(work)

    def check_plans(self, work):
        """Let each statement of ``work`` read a range of the primary key."""
        statements = []
        engine = self.storage.points_database.engine

        def explain(conn, cursor, statement, parameters, context, many):
            if statement.startswith(("DELETE", "SELECT")):
                statements.append((statement, parameters))

        sa.event.listen(engine, "before_cursor_execute", explain)
        work()
        sa.event.remove(engine, "before_cursor_execute", explain)
        plans = self.explain(engine, statements)
        self.assertTrue(plans)
        for plan in plans:
            self.assertRegex(plan, self.RANGES[self.backend])

    #: How each database says that it reads a range of the primary key.
    RANGES = {
        "sqlite": r"USING PRIMARY KEY \(scope=\? AND begin>\? AND begin<\?\)",
        "mariadb": "'range', 'PRIMARY",
        "postgresql": "pk_cloudkitty_rated_points",
    }

    def explain(self, engine, statements):
        """Return the plans of statements that read the table."""
        self.replace("p1", storage.hours(0, 2), storage.frames(0, 2))
        if engine.dialect.name != "sqlite":
            self._fill(engine)
        plans = []
        with engine.connect() as connection:
            sqlite.prepare(connection)
            for statement, parameters in statements:
                if TABLE.name not in statement:
                    continue
                how = "QUERY PLAN " if self.backend == "sqlite" else ""
                rows = connection.exec_driver_sql(
                    f"EXPLAIN {how}{statement}", parameters
                ).all()
                plans.append(str(rows))
            connection.rollback()
        return plans

    def _fill(self, engine):
        # Servers take an index only where it pays.
        for number in range(40):
            self.replace(
                f"q{number}", storage.hours(0, 50), storage.frames(0, 50)
            )
        with engine.begin() as connection:
            how = "TABLE " if self.backend == "mariadb" else ""
            connection.exec_driver_sql(f"ANALYZE {how}{TABLE.name}")


class SQLAlchemyStorageContract(_Common):
    """Points in the service's own database."""

    def make_storage(self):
        self.conf = self.make_conf()
        self.database = databases.make_database(self, self.backend, self.conf)
        made = loader.load(self.conf, self.database)
        self.assertIsInstance(made, driver.SQLAlchemyStorage)
        self.assertTrue(made.joins_database)
        return made

    def test_points_follow_the_callers_transaction(self):
        window = storage.hours(0, 2)
        self.replace("p1", window, storage.frames(0, 2))

        def work(session):
            self.replace(
                "p1",
                window,
                storage.frames(0, 2, price="5"),
                transaction=session,
            )
            self.assertEqual(decimal.Decimal(4), self.rate("p1"))
            inside = self.storage.total(
                base.Query(window=window), transaction=session
            )
            self.assertEqual(
                [decimal.Decimal(20)], [r.rate for r in inside.rows]
            )
            if fail:
                raise ZeroDivisionError

        for fail, expected in ((True, 4), (False, 20)):
            try:
                self.database.write(work)
            except ZeroDivisionError:
                self.assertTrue(fail)
            self.assertEqual(decimal.Decimal(expected), self.rate("p1"))

    def test_errors_inside_the_callers_transaction(self):
        class Session:
            """Fails as a server does."""

            def __init__(self, error):
                self.error = error

            def connection(self):
                raise self.error

        for error, expected in (
            (db_exception.DBDeadlock(), db_exception.DBDeadlock),
            (
                db_exception.DBConnectionError(),
                db_exception.DBConnectionError,
            ),
            (db_exception.DBDataError(), base.StorageError),
        ):
            self.assertRaises(
                expected,
                self.replace,
                "p1",
                storage.hours(0, 1),
                [],
                transaction=Session(error),
            )


class OwnDatabaseContract(_Common):
    """Points in a database of their own."""

    def make_storage(self):
        self.conf = self.make_conf(
            storage_sqlalchemy={
                "connection": databases.make_url(
                    self, self.backend, migrated=False
                )
            }
        )
        self.database = databases.make_database(self, conf=self.conf)
        made = loader.load(self.conf, self.database)
        self.assertFalse(made.joins_database)
        self.addCleanup(made.points_database.dispose)
        return made

    def test_the_service_database_has_no_points(self):
        self.replace("p1", storage.hours(0, 1), storage.frames(0, 1))
        self.storage.init()
        self.assertEqual(2, len(self.rows()))
        with self.database.reader() as session:
            self.assertEqual([], session.execute(points.whole()).all())

    def test_it_joins_no_transaction(self):
        with self.database.writer() as session:
            self.assertRaises(
                ValueError,
                self.replace,
                "p1",
                storage.hours(0, 1),
                [],
                transaction=session,
            )
            self.assertRaises(
                ValueError,
                self.storage.total,
                base.Query(window=storage.hours(0, 1)),
                transaction=session,
            )
