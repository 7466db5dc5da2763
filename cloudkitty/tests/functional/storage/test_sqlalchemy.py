# SPDX-License-Identifier: Apache-2.0
"""The SQL storage on the servers."""

from cloudkitty.tests import base
from cloudkitty.tests.contract import storage_sqlalchemy


class MariaDBTest(storage_sqlalchemy.SQLAlchemyStorageContract, base.TestCase):
    backend = "mariadb"


class PostgreSQLTest(
    storage_sqlalchemy.SQLAlchemyStorageContract, base.TestCase
):
    backend = "postgresql"


class OwnMariaDBTest(storage_sqlalchemy.OwnDatabaseContract, base.TestCase):
    backend = "mariadb"


class OwnPostgreSQLTest(storage_sqlalchemy.OwnDatabaseContract, base.TestCase):
    backend = "postgresql"
