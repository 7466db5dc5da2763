# SPDX-License-Identifier: Apache-2.0
"""The contract of storages over upstream's table ``rated_data_frames``."""

from cloudkitty.storage import loader
from cloudkitty.storage.v1 import sqlalchemy as driver
from cloudkitty.tests import databases
from cloudkitty.tests.contract import storage
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import rows
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import upstream
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import writers


class RatedDataFramesContract(
    rows.Rows, writers.Writers, storage.StorageContract
):
    """Points in upstream's table, created by this service."""

    backend: str
    exact = False
    keeps_metadata = False
    keeps_description = False
    keeps_scope_key = False
    scope_id_length = 32

    def make_storage(self):
        self.conf = self.make_conf(storage={"version": 1})
        self.database = databases.make_database(self, self.backend, self.conf)
        self.prepare()
        made = loader.load(self.conf, self.database)
        self.assertIsInstance(made, driver.SQLAlchemyStorage)
        self.assertTrue(made.joins_database)
        return made

    def prepare(self):
        """Change the empty database."""


class AdoptedContract(RatedDataFramesContract):
    """Points in a table that upstream created."""

    #: Its character set on MySQL has no others.
    last_character = "\uffff"

    def prepare(self):
        upstream.create(self.database)
        # The database goes to another test.
        self.addCleanup(upstream.drop, self.database)

    def test_a_quantity_may_be_missing(self):
        """The column has lost its NOT NULL on MySQL."""
        row = upstream.row(usage.BEGIN, qty=None)
        upstream.insert(self.database, row)
        self.assertEqual([((), 0, usage.D("0.1"))], self.sums())
        [frame] = self.retrieve("p1").frames
        self.assertEqual(0, frame.usage["cpu"][0].qty)
