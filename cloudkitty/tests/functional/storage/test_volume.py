# SPDX-License-Identifier: Apache-2.0
"""10^5 points in each format, in bounded memory."""

from cloudkitty.db import facade
from cloudkitty.storage import loader
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.contract.storage import volume
from cloudkitty.tests.functional.storage import influxdb_case
from cloudkitty.tests.functional.storage import test_opensearch


class _SQL(volume.Volume):
    version = 2

    def make_storage(self):
        self.conf = self.make_conf(storage={"version": self.version})
        self.database = databases.make_database(self, self.backend, self.conf)
        return loader.load(self.conf, self.database)

    def reopen(self):
        return loader.load(self.conf, facade.Database(self.conf))


@databases.on_each(databases.SERVERS)
class Joined(_SQL):
    """The exact tables."""


@databases.on_each(databases.SERVERS, name="TestRatedDataFrames")
class RatedDataFrames(_SQL):
    """Upstream's table."""

    version = 1
    keeps_metadata = False
    keeps_description = False


class TestInfluxDB(influxdb_case.InfluxDB, volume.Volume, base.TestCase):
    """Upstream's measurement."""

    def make_storage(self):
        return super().make_storage(timeout=600)

    def reopen(self):
        return self.connect(timeout=600)


class TestOpenSearch(test_opensearch.Case, volume.Volume, base.TestCase):
    """An index."""

    def reopen(self):
        return self.open_storage()
