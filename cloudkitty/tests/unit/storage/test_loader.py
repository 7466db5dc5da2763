# SPDX-License-Identifier: Apache-2.0
"""Which storage is made of which options."""

from cloudkitty.common import exceptions
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import loader
from cloudkitty.storage.v1 import sqlalchemy as v1_driver
from cloudkitty.storage.v2 import sqlalchemy as driver
from cloudkitty.tests import base
from cloudkitty.tests import databases


class TestLoader(base.TestCase):
    def load(self, **groups):
        conf = self.make_conf(**groups)
        return loader.load(conf, databases.make_database(self, conf=conf))

    def refusal(self, **groups):
        return str(
            self.assertRaises(
                exceptions.InvalidConfiguration, self.load, **groups
            )
        )

    def test_the_default_is_the_service_database(self):
        storage = self.load()
        self.assertIsInstance(storage, driver.SQLAlchemyStorage)
        self.assertTrue(storage.joins_database)

    def test_the_same_url_twice_is_one_database(self):
        conf = self.make_conf()
        database = databases.make_database(self, conf=conf)
        conf.set_override(
            "connection", conf.database.connection, "storage_sqlalchemy"
        )
        self.assertTrue(loader.load(conf, database).joins_database)

    def test_the_error_of_an_unknown_name_lists_the_installed_plugins(self):
        text = self.refusal(storage={"backend": "gnocchi"})
        self.assertIn("[storage] backend = gnocchi", text)
        self.assertRegex(text, "available: .*sqlalchemy")

    def test_version_1_is_upstreams_table(self):
        storage = self.load(storage={"version": 1})
        self.assertIsInstance(storage, v1_driver.SQLAlchemyStorage)
        self.assertTrue(storage.joins_database)

    def test_other_drivers_of_version_1_are_refused(self):
        text = self.refusal(storage={"version": 1, "backend": "hybrid"})
        self.assertIn("Gnocchi", text)
        text = self.refusal(storage={"version": 1, "backend": "influxdb"})
        self.assertIn("[storage] version = 1, [storage] backend", text)
        self.assertIn("available: sqlalchemy", text)

    def test_a_broken_url_is_refused_without_telling_it(self):
        for url in ("s3cret", "oracle://u:s3cret@host/db", "://s3cret"):
            text = self.refusal(storage_sqlalchemy={"connection": url})
            self.assertIn("[storage_sqlalchemy] connection", text)
            self.assertNotIn("s3cret", text)

    def test_an_own_database_joins_nothing(self):
        storage = self.load(
            storage_sqlalchemy={
                "connection": f"sqlite:///{self.make_folder()}/points.sqlite"
            }
        )
        self.assertFalse(storage.joins_database)
        storage.init()
        storage.init()

    def test_an_unreachable_database_is_a_storage_error(self):
        storage = self.load(
            database={"max_retries": 0},
            storage_sqlalchemy={"connection": "sqlite:////no/such/s3cret"},
        )
        error = self.assertRaises(storage_base.StorageError, storage.init)
        self.assertNotIn("s3cret", str(error))
