# SPDX-License-Identifier: Apache-2.0
"""Guarantees of the SQL storage beyond the contract of all storages."""

import decimal

from oslo_db import exception as db_exception

from cloudkitty.db import points
from cloudkitty.storage import base
from cloudkitty.storage import loader
from cloudkitty.storage.v2 import sqlalchemy as driver
from cloudkitty.tests import databases
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy import plans
from cloudkitty.tests.contract.storage_sqlalchemy import rollups
from cloudkitty.tests.contract.storage_sqlalchemy import sets
from cloudkitty.tests.contract.storage_sqlalchemy import writers


class _SQLContract(writers.Writers, sets.Sets, plans.Plans, rollups.Rollups):
    """The contract in any database."""


class SQLAlchemyStorageContract(rollups.RollupsInTransactions, _SQLContract):
    """Points in the service's own database."""

    def make_storage(self):
        self.conf = self.make_conf()
        self.database = databases.make_database(self, self.backend, self.conf)
        made = loader.load(self.conf, self.database)
        self.assertIsInstance(made, driver.SQLAlchemyStorage)
        self.assertTrue(made.joins_database)
        return made

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
                usage.hours(0, 1),
                [],
                transaction=Session(error),
            )


class OwnDatabaseContract(_SQLContract):
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
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
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
                usage.hours(0, 1),
                [],
                transaction=session,
            )
            self.assertRaises(
                ValueError,
                self.storage.total,
                base.Query(window=usage.hours(0, 1)),
                transaction=session,
            )
