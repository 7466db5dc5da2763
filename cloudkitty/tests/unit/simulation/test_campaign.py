# SPDX-License-Identifier: Apache-2.0
"""The command of the simulation."""

import subprocess
import sys

from cloudkitty.tests import base


class TestCampaign(base.TestCase):
    def test_two_processes(self):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "cloudkitty.tests.simulation"),
                *("--seeds", "1-2", "--jobs", "2"),
            ],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("2 seeds", done.stdout)
