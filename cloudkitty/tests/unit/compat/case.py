# SPDX-License-Identifier: Apache-2.0
"""A process that has loaded plugins of upstream."""

import datetime

from oslo_config import cfg

from cloudkitty import conf as ck_conf
from cloudkitty.common import periods
from cloudkitty.compat import process
from cloudkitty.db import migration
from cloudkitty.tests import base

BEGIN = datetime.datetime(2026, 11, 2, 10, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
WINDOW = periods.Window(BEGIN, BEGIN + 3 * HOUR)

METRICS = """
metrics:
  cpu:
    unit: core
    alt_name: instance
    groupby: [id]
    extra_args: {anything: [1, 2]}
  disk:
    - {unit: GiB, factor: 1/2}
    - {unit: GB, alt_name: disk.gb}
"""


class CompatTestCase(base.TestCase):
    """Sets the options of the process, with a database in a file."""

    metrics_text = METRICS

    def setUp(self):
        super().setUp()
        self.folder = self.make_folder()
        (self.folder / "metrics.yml").write_text(self.metrics_text)
        config = self.folder / "cloudkitty.conf"
        config.write_text(
            "[database]\n"
            f"connection = sqlite:///{self.folder}/cloudkitty.sqlite\n"
            "[collect]\n"
            f"metrics_conf = {self.folder}/metrics.yml\n"
            "collector = acme\n"
            "[storage]\nbackend = acme\n"
            "[DEFAULT]\ntransport_url = fake://\n"
        )
        self.conf = ck_conf.make(["--config-file", str(config)])
        process.use(self.conf)
        self.addCleanup(cfg.CONF.reset)
        self.addCleanup(process.reset)

    def migrate(self):
        """Create the tables; return the database."""
        migration.upgrade(process.database())
        return process.database()
