# SPDX-License-Identifier: Apache-2.0
"""Set-up of the tests of the InfluxDB storage."""

from cloudkitty.storage.v2 import influxdb as driver
from cloudkitty.tests import influxdb


class InfluxDB:
    """Has an InfluxDB of its own."""

    def make_storage(self, **options):
        """Return the storage on a new, empty server."""
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
