# SPDX-License-Identifier: Apache-2.0
"""A database that was upstream's, with points of its storage of version 1."""

from cloudkitty.db import facade
from cloudkitty.db import migration
from cloudkitty.tests import databases
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import upstream as points
from cloudkitty.tests.functional.db.schema import upstream


def adopt(test, backend: str, conf) -> facade.Database:
    """Return a database of upstream's after the upgrade.

    :param backend: ``sqlite`` or ``mariadb``: upstream's migrations fail on
        PostgreSQL.
    :param conf: options that are set to it and to its storage.
    """
    url = databases.make_url(test, backend, migrated=False)
    conf.set_override("connection", url, group="database")
    conf.set_override("version", 1, group="storage")
    database = facade.Database(conf)
    test.addCleanup(database.dispose)
    with database.engine.begin() as connection:
        upstream.make(connection, database.dialect)
    points.create(database)
    migration.upgrade(database)
    return database
