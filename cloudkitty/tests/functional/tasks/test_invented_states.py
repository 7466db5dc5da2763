# SPDX-License-Identifier: Apache-2.0
"""A state and a transition that are added to the table alone are in force."""

import subprocess
import sys

from cloudkitty.tests import databases
from cloudkitty.tests.functional.tasks import invented_states


@databases.on_each()
class Invented:
    backend: str

    def test_everything_follows_the_table(self):
        databases.need(self, self.backend)
        ran = subprocess.run(
            [sys.executable, "-m", invented_states.__name__, self.backend],
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.assertEqual(0, ran.returncode, ran.stdout + ran.stderr)
        self.assertRegex(ran.stderr, r"Ran [1-9]\d* tests")
        self.assertNotIn("skipped", ran.stderr)
