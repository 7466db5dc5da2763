# SPDX-License-Identifier: Apache-2.0
"""URLs of databases as operators write them."""

import sqlalchemy as sa

from cloudkitty.db import facade
from cloudkitty.tests import base
from cloudkitty.tests import databases


class TestMariaDB(base.TestCase):
    def test_a_character_set_that_lacks_characters(self):
        url = sa.make_url(databases.make_url(self, "mariadb"))
        for charset in ("utf8", "latin1"):
            url = url.update_query_dict({"charset": charset})
            database = facade.Database(
                self.make_conf(), url.render_as_string(hide_password=False)
            )
            self.addCleanup(database.dispose)
            with database.engine.begin() as connection:
                connection.execute(
                    sa.text(
                        "CREATE TEMPORARY TABLE texts "
                        "(text VARCHAR(9)) CHARACTER SET utf8mb4"
                    )
                )
                connection.execute(
                    sa.text("INSERT INTO texts VALUES (:text)"),
                    {"text": "\U0001f600"},
                )
                self.assertEqual(
                    "\U0001f600",
                    connection.scalar(sa.text("SELECT text FROM texts")),
                )

    def test_parameters_that_the_service_sets_too(self):
        url = databases.make_url(self, "mariadb") + "?connect_timeout=3"
        parameters = "charset=utf8&read_timeout=9&connect_timeout=4"
        conf = self.make_conf(database={"connection_parameters": parameters})
        database = facade.Database(conf, url)
        self.addCleanup(database.dispose)
        with database.reader() as session:
            self.assertEqual(1, session.scalar(sa.text("SELECT 1")))
        query = database.engine.url.query
        self.assertEqual(
            ("9", "3", "utf8mb4"),
            (
                query["read_timeout"],
                query["connect_timeout"],
                query["charset"],
            ),
        )


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
