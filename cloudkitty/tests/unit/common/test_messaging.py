# SPDX-License-Identifier: Apache-2.0
"""The set-up of oslo.messaging."""

from oslo_concurrency import lockutils
from oslo_config import cfg

from cloudkitty import conf as ck_conf
from cloudkitty.common import messaging
from cloudkitty.tests import base


class TestLockPath(base.TestCase):
    def setUp(self):
        super().setUp()
        before = lockutils.get_lock_path(cfg.CONF)
        self.addCleanup(lockutils.set_defaults, before)
        lockutils.set_defaults(None)

    def load(self, text):
        path = self.make_folder() / "cloudkitty.conf"
        path.write_text(text)
        conf = ck_conf.make([f"--config-file={path}"])
        # Processes load it more than once.
        for _ in range(2):
            messaging.load(conf)
        return lockutils.get_lock_path(cfg.CONF)

    def test_the_library_gets_the_option_of_this_process(self):
        text = "[oslo_concurrency]\nlock_path = /var/lib/cloudkitty/tmp\n"
        self.assertEqual("/var/lib/cloudkitty/tmp", self.load(text))

    def test_no_option(self):
        self.assertIsNone(self.load(""))

    def test_without_configuration(self):
        """As the sample generator loads it."""
        messaging.load(cfg.ConfigOpts())
        self.assertIsNone(lockutils.get_lock_path(cfg.CONF))
