# SPDX-License-Identifier: Apache-2.0
from oslo_config import cfg

from cloudkitty import fetcher
from cloudkitty.common import exceptions
from cloudkitty.fetcher import base
from cloudkitty.tests.unit.compat import case


class Fake(fetcher.BaseFetcher):
    name = "fake"
    tenants = ("a", "b", "a", "")

    def get_tenants(self):
        if isinstance(self.tenants, Exception):
            raise self.tenants
        return list(self.tenants)


class TestAdapter(case.CompatTestCase):
    def make(self, **attributes):
        plugin = type("Plugin", (Fake,), attributes)
        return plugin.cloudkitty_adapter(self.conf)(self.conf)

    def test_scopes(self):
        made = self.make()
        self.assertEqual(["a", "b"], made.get_scopes())
        self.assertEqual("fake", made.describe())

    def test_errors(self):
        for tenants in (OSError("secret"), [5], [None]):
            error = self.assertRaises(
                base.FetchError, self.make(tenants=tenants).get_scopes
            )
            self.assertNotIn("secret", str(error))
        error = self.assertRaises(
            base.FetchError,
            self.make(get_tenants=lambda self: None).get_scopes,
        )
        self.assertIn("TypeError", str(error))

    def test_a_plugin_that_cannot_be_made(self):
        def fail(self):
            raise ValueError("no address")

        error = self.assertRaises(
            exceptions.InvalidConfiguration, self.make, __init__=fail
        )
        self.assertIn("no address", str(error))

    def test_global_options(self):
        cfg.CONF.register_opt(cfg.StrOpt("acme_plugin_option", default="x"))
        self.assertEqual("x", cfg.CONF.acme_plugin_option)
        self.assertEqual("acme", cfg.CONF.collect.collector)
        self.assertEqual(2400, cfg.CONF.storage.retention_period)
        self.assertEqual(
            self.conf.database.connection, cfg.CONF.database.connection
        )
