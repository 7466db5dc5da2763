# SPDX-License-Identifier: Apache-2.0
"""The InfluxDB storage with a real server."""

from cloudkitty.storage.v2 import influxdb as driver
from cloudkitty.tests import base
from cloudkitty.tests import influxdb
from cloudkitty.tests.contract import storage


class InfluxDB:
    """Has an InfluxDB of its own."""

    def make_storage(self, **options):
        self.need("influxdb", influxdb.installed())
        self.server = self.useFixture(
            influxdb.InfluxDBFixture(self.make_folder())
        )
        return self.connect(**options)

    def connect(self, **options):
        """Return another storage on the same server."""
        self.conf = self.make_conf(
            storage_influxdb={
                "host": "127.0.0.1",
                "port": self.server.port,
                "database": influxdb.DATABASE,
                **options,
            }
        )
        made = driver.InfluxDBStorage(self.conf, None)
        self.addCleanup(made.close)
        return made


class TestContract(InfluxDB, storage.StorageContract, base.TestCase):
    atomic_replace = False
    # Nanoseconds since 1970 as a signed integer of 64 bits.
    years = (1678, 1969, 2026, 2261)
    refused_years = (1, 1677, 2263, 9999)
