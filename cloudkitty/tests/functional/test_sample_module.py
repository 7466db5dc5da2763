# SPDX-License-Identifier: Apache-2.0
"""The example of the plugin guide, installed and served as it says."""

import os
import pathlib
import subprocess
import sys
import time

import requests

from cloudkitty.tests import base

TOP = pathlib.Path(__file__).resolve().parents[3]
SAMPLE = TOP / "doc/source/contributor/examples/cloudkitty-hello"

CONF = """\
[DEFAULT]
auth_strategy = noauth
transport_url = fake://
api_paste_config = {paste}

[database]
connection = sqlite:///{folder}/cloudkitty.sqlite

[api]
port = {port}
disabled_modules = {disabled}

[hello]
greeting = Good day
"""


class TestSampleModule(base.TestCase):
    def setUp(self):
        super().setUp()
        if not SAMPLE.is_dir():
            self.skipTest("the example is in the source tree only")
        self.folder = self.make_folder()
        self.port = base.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(self.install()),
            # stevedore remembers entry points there otherwise.
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    def install(self) -> pathlib.Path:
        """Install the package into a folder of its own, without network."""
        target = self.folder / "installed"
        copy = self.folder / "source"
        # pip builds beside the sources: not in this tree.
        subprocess.run(["cp", "-r", SAMPLE, copy], check=True)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            + ["--no-index", "--no-build-isolation", "--target", target, copy],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.assertEqual(0, done.returncode, done.stdout)
        return target

    def run_command(self, command: str, *arguments: str) -> None:
        done = subprocess.run(
            self.command_line(command, *arguments),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        self.assertEqual(0, done.returncode, done.stdout)

    def command_line(self, command: str, *arguments: str) -> list[str]:
        return [
            str(pathlib.Path(sys.executable).parent / command),
            f"--config-file={self.folder}/cloudkitty.conf",
            *arguments,
        ]

    def serve(self, disabled: str = "") -> None:
        (self.folder / "cloudkitty.conf").write_text(
            CONF.format(
                paste=TOP / "etc/cloudkitty/api_paste.ini",
                folder=self.folder,
                port=self.port,
                disabled=disabled,
            )
        )
        self.run_command("cloudkitty-dbsync", "upgrade")
        process = subprocess.Popen(
            self.command_line("cloudkitty-api"),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        deadline = time.monotonic() + 60
        while True:
            try:
                requests.get(self.url, timeout=5)
                return
            except requests.ConnectionError:
                self.assertIsNone(process.poll(), "cloudkitty-api ended")
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=30)

    def test_it_is_served_with_its_option(self):
        self.serve()
        answer = self.get("/v2/hello?name=Ada")
        self.assertEqual(200, answer.status_code, answer.text)
        self.assertEqual({"message": "Good day, Ada"}, answer.json())
        self.assertEqual(400, self.get("/v2/hello?nmae=Ada").status_code)
        # Our own are still there beside it.
        self.assertEqual(200, self.get("/v2/task/reprocesses").status_code)

    def test_it_is_taken_out_of_service(self):
        self.serve(disabled="hello")
        self.assertEqual(404, self.get("/v2/hello").status_code)
