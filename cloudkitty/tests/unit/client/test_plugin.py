# SPDX-License-Identifier: Apache-2.0
import configparser
import importlib
import importlib.metadata
import inspect
import pathlib

from cliff import command

import cloudkitty
from cloudkitty.client import plugin
from cloudkitty.tests import base

TOP = pathlib.Path(cloudkitty.__file__).parents[1]
COMMANDS = {
    "rating hashmap mapping price",
    "rating hashmap rule list",
    "rating hashmap threshold price",
    "rating reprocess batch approve",
    "rating reprocess batch cancel",
    "rating reprocess batch list",
    "rating reprocess batch retry",
    "rating reprocess batch show",
    "rating reprocess cancel",
    "rating reprocess create",
    "rating reprocess list",
    "rating reprocess order",
    "rating reprocess pause",
    "rating reprocess periods",
    "rating reprocess preview",
    "rating reprocess report",
    "rating reprocess resume",
    "rating reprocess retry",
    "rating reprocess show",
    "rating reprocess wait",
    "rating worker list",
}


def point(name, value):
    return importlib.metadata.EntryPoint(name, value, plugin.GROUP)


class TestStockClient(base.TestCase):
    def test_it_is_known_by_its_entry_point(self):
        ours = point("rating_reprocess", plugin.OURS)
        other = point("metric", "aodhclient.osc")
        stock = point("rating", "cloudkittyclient.osc")
        self.assertTrue(plugin.stock_client_installed([ours, other, stock]))
        self.assertFalse(plugin.stock_client_installed([ours, other]))


class TestEntryPoints(base.TestCase):
    def setUp(self):
        super().setUp()
        if not (TOP / "setup.cfg").exists():
            self.skipTest("these tests run in the source tree only")
        setup = configparser.ConfigParser()
        setup.read(TOP / "setup.cfg", encoding="utf-8")
        self.groups = {
            group: dict(
                line.split(" = ") for line in text.strip().splitlines()
            )
            for group, text in setup["entry_points"].items()
        }

    def test_the_plugin(self):
        self.assertEqual(
            {"rating_reprocess": plugin.OURS}, self.groups[plugin.GROUP]
        )

    def test_each_command_is_a_class_with_a_description(self):
        found = {}
        for name, target in self.groups["openstack.rating.v2"].items():
            module, _, attribute = target.partition(":")
            cls = getattr(importlib.import_module(module), attribute)
            self.assertTrue(issubclass(cls, command.Command))
            self.assertIn("__doc__", vars(cls), name)
            found[name.replace("_", " ")] = inspect.getdoc(cls)
        self.assertEqual(COMMANDS, set(found))
        self.assertEqual(len(COMMANDS), len(set(found.values())))
