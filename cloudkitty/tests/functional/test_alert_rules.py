# SPDX-License-Identifier: Apache-2.0
"""The alerts of ``contrib/`` as promtool sees them."""

import shutil
import subprocess

from cloudkitty.tests import base
from cloudkitty.tests.unit import test_contrib


class TestRules(base.TestCase):
    def promtool(self, *arguments):
        self.need("prometheus", bool(shutil.which("promtool")))
        run = subprocess.run(
            ["promtool", *arguments],
            cwd=test_contrib.RULES.parent,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        return run.stdout

    def test_check_rules(self):
        self.assertIn(
            "9 rules", self.promtool("check", "rules", test_contrib.RULES.name)
        )

    def test_alerts(self):
        self.promtool("test", "rules", "cloudkitty.rules.test.yml")
