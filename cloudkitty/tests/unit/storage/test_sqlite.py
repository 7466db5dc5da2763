# SPDX-License-Identifier: Apache-2.0
"""The SQL storage on SQLite."""

from cloudkitty.tests import databases
from cloudkitty.tests.contract import storage_sqlalchemy


@databases.on_each(("sqlite",))
class Joined(storage_sqlalchemy.SQLAlchemyStorageContract):
    """Points in the service's own database."""


@databases.on_each(("sqlite",), name="TestOwn")
class Own(storage_sqlalchemy.OwnDatabaseContract):
    """Points in a database of their own."""
