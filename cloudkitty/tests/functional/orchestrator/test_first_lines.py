# SPDX-License-Identifier: Apache-2.0
"""The lines of alembic in the log of real processes."""

import os
import subprocess
import sys

from cloudkitty.tests import base
from cloudkitty.tests.functional.api import noauth
from cloudkitty.tests.functional.orchestrator import deployment

#: A logger of alembic with lines at INFO.
ALEMBIC = "INFO alembic."
DBSYNC = "from cloudkitty.cli import dbsync; raise SystemExit(dbsync.main())"


class TestProcessor(base.TestCase):
    def test_its_log_has_no_line_of_alembic(self):
        place = deployment.Deployment(self, hours=3)
        place.set_price(1)
        processor = place.start()
        place.wait_until_rated()
        processor.terminate()
        text = place.log_text()
        self.assertIn("INFO cloudkitty.", text)
        self.assertNotIn(ALEMBIC, text)


class TestOthers(base.TestCase):
    def setUp(self):
        super().setUp()
        self.conf = noauth.write(self, self.make_folder())

    def run_python(self, *arguments):
        """Return the output of a process that must succeed."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            env={
                **os.environ,
                "OS_CLOUDKITTY_CONFIG_FILES": str(self.conf),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout)
        return done.stdout

    def test_api(self):
        text = self.run_python("-c", "import cloudkitty.wsgi.api")
        self.assertIn("INFO cloudkitty.", text)
        self.assertNotIn(ALEMBIC, text)

    def test_commands_that_migrate_log_the_revisions(self):
        database = self.make_folder() / "new.sqlite"
        with self.conf.open("a") as file:
            file.write(f"[database]\nconnection = sqlite:///{database}\n")
        text = self.run_python(
            *("-c", DBSYNC, "--config-file", str(self.conf), "upgrade"),
        )
        self.assertIn("Running upgrade  -> 0001", text)
        self.assertNotIn("alembic.runtime.plugins", text)
