# SPDX-License-Identifier: Apache-2.0
"""Signals to the development server."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import requests

from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import api
from cloudkitty.tests.functional.api import test_server

MORE = """
[oslo_messaging_notifications]
transport_url = rabbit://guest:planted@127.0.0.1/
[keystone_authtoken]
password = planted
auth_url = http://root:planted@127.0.0.1/
"""


class TestSignals(base.TestCase):
    def setUp(self):
        super().setUp()
        folder = self.make_folder()
        self.url = f"http://127.0.0.1:{base.free_port()}"
        self.file = folder / "cloudkitty.conf"
        self.log = folder / "log"
        text = test_server.CONF.format(
            paste=api.PASTE,
            url=databases.make_url(self),
            port=self.url.rpartition(":")[2],
        )
        self.text = f"{text}max_limit = 50\n{MORE}"
        self.file.write_text(self.text)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    pathlib.Path(sys.executable).with_name("cloudkitty-api"),
                    f"--config-file={self.file}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.wait_for("listens on")

    def wait_for(self, text, count=1):
        deadline = time.monotonic() + test_server.PATIENCE
        while time.monotonic() < deadline:
            if self.log.read_text().count(text) >= count:
                return self.log.read_text()
            self.assertIsNone(self.process.poll(), "it ended")
            time.sleep(0.1)
        return self.fail(f"no {text}: {self.log.read_text()}")

    def report(self, limit, count):
        """Write a report; check which limit is in force."""
        os.kill(self.process.pid, signal.SIGUSR2)
        return self.wait_for(f"api.max_limit = {limit}\n", count)

    def check_serves(self):
        answer = requests.get(self.url, timeout=test_server.PATIENCE)
        self.assertEqual(200, answer.status_code)

    def test_reports_without_secrets(self):
        for count, number in enumerate((signal.SIGUSR1, signal.SIGUSR2), 1):
            os.kill(self.process.pid, number)
            text = self.wait_for("api.max_limit = 50", count)
        self.assertIn("cloudkitty-api (pid ", text)
        self.assertIn("serve_forever", text)
        self.assertNotIn("planted", text)
        self.check_serves()

    def test_reload(self):
        for count, text in enumerate(
            ("max_limit = x", "max_limit = -1", "] ["), 1
        ):
            self.file.write_text(self.text.replace("max_limit = 50", text))
            os.kill(self.process.pid, signal.SIGHUP)
            self.wait_for("configuration not reloaded", count)
            self.report(50, count)
        self.check_serves()
        self.file.write_text(self.text.replace("limit = 50", "limit = 60"))
        os.kill(self.process.pid, signal.SIGHUP)
        self.wait_for("configuration reloaded")
        text = self.report(60, 1)
        self.assertIn("Option api.max_limit changed from [50] to [60]", text)
        self.assertEqual(3, text.count("configuration not reloaded"), text)
        self.assertNotIn("Traceback", text)
        self.check_serves()
