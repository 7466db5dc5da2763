# SPDX-License-Identifier: Apache-2.0
"""The SQL storage on SQLite."""

from cloudkitty.tests import base
from cloudkitty.tests.contract import storage_sqlalchemy


class SQLiteTest(storage_sqlalchemy.SQLAlchemyStorageContract, base.TestCase):
    backend = "sqlite"


class OwnSQLiteTest(storage_sqlalchemy.OwnDatabaseContract, base.TestCase):
    backend = "sqlite"
