# SPDX-License-Identifier: Apache-2.0
"""URLs of databases as operators write them."""

import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.tests import base
from cloudkitty.tests import databases


class TestPostgreSQL(base.TestCase):
    def test_a_url_without_a_driver(self):
        """It takes the driver of the extra ``postgresql``."""
        url = databases.make_url(self, "postgresql")
        plain = sa.make_url(url).set(drivername="postgresql")
        text = plain.render_as_string(hide_password=False)
        database = facade.Database(
            self.make_conf(database={"connection": text})
        )
        self.addCleanup(database.dispose)
        self.assertEqual("postgresql", database.dialect)
        self.assertEqual("psycopg2", database.engine.dialect.driver)
        with database.reader() as session:
            self.assertEqual(1, session.scalar(sa.text("SELECT 1")))

    def test_a_driver_that_is_named_is_kept(self):
        for name in ("psycopg", "pg8000"):
            database = facade.Database(
                self.make_conf(), f"postgresql+{name}://ck@127.0.0.1/ck"
            )
            self.assertEqual(f"postgresql+{name}", database._url.drivername)
