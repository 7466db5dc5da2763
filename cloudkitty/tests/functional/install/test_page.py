# SPDX-License-Identifier: Apache-2.0
"""The install guide has all blocks and tables that its test follows."""

import configparser

from cloudkitty.tests import base
from cloudkitty.tests.functional.install import page
from cloudkitty.tests.functional.install import substitutes

#: Names of the blocks in the order of the page, without ``install-``.
STEPS = (
    *("series", "packages", "wheel", "account", "database", "openrc"),
    *("load-openrc", "keystone", "conf", "files", "tables", "units"),
    *("services", "certificate", "proxy", "verify-api", "verify-workers"),
    *("verify-scopes", "verify-rows", "price", "reprocess"),
)
#: First section that is not followed.
END = "Install without a network"


class TestPage(base.TestCase):
    def setUp(self):
        super().setUp()
        if not page.PATH.exists():
            self.skipTest("the guide is in the source tree only")
        self.page = page.Page()

    def test_blocks(self):
        names = [step.name for step in self.page.steps()]
        self.assertEqual([f"install-{name}" for name in STEPS], names)
        # Each command before the end is followed.
        self.assertEqual([], self.page.unnamed_before(END))

    def test_each_extra_is_named(self):
        setup = configparser.ConfigParser()
        setup.read(page.TOP / "setup.cfg", encoding="utf-8")
        self.assertEqual(
            sorted(setup["extras"]),
            sorted(self.page.column("install-extras")),
        )

    def test_the_installed_extras_are_named(self):
        [wheel] = [x for x in self.page.steps() if x.name == "install-wheel"]
        extras = wheel.text.partition("'.[")[2].partition("]'")[0].split(",")
        self.assertEqual(["mysql", "redis", "client"], extras)
        self.assertLessEqual(
            set(extras), set(self.page.column("install-extras"))
        )

    def test_values(self):
        values = set(self.page.column("install-values"))
        words = dict.fromkeys(substitutes.table(**_SAMPLE))
        replaced = {
            value for value in values if any(value in word for word in words)
        }
        self.assertEqual(values - substitutes.KEPT, replaced)
        text = "\n".join(step.text for step in self.page.steps())
        for value in values - {"192.0.2.10"}:
            self.assertIn(value, text)


_SAMPLE = dict.fromkeys(
    (
        *("root", "account", "api", "proxy", "database", "keystone"),
        *("prometheus", "redis", "admin_password", "redis_password"),
        "project_id",
    ),
    "x",
)
