# SPDX-License-Identifier: Apache-2.0
"""A process of ``cloudkitty.tests.wsgi_server``, as a fixture."""

import os
import pathlib
import subprocess
import sys
import time

import fixtures
import requests

#: Seconds until the first answer, on a busy host.
START_SECONDS = 120


class WSGIProcess(fixtures.Fixture):
    """Serves ``application`` of a module on 127.0.0.1.

    :param module: that has it.
    :param folder: becomes the home of the process; its output is put there.
    :ivar url: its address.
    """

    def __init__(self, module: str, folder: pathlib.Path) -> None:
        super().__init__()
        self._module = module
        self._folder = folder
        self.url = ""

    def _setUp(self) -> None:
        with open(self._folder / "server.log", "ab") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "cloudkitty.tests.wsgi_server",
                    self._module,
                ],
                env={**os.environ, "HOME": str(self._folder)},
                stdout=subprocess.PIPE,
                stderr=output,
            )
        self.addCleanup(self._process.stdout.close)
        self.addCleanup(self._process.wait)
        self.addCleanup(self._process.kill)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._module}: {self.log()}")
        self.url = f"http://127.0.0.1:{int(line)}"
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                requests.get(self.url, timeout=START_SECONDS)
                return
            except requests.ConnectionError:
                if self._process.poll() is not None:
                    break
            time.sleep(0.1)
        raise RuntimeError(f"{self._module} does not answer: {self.log()}")

    def log(self) -> str:
        """Return the end of the output of the process."""
        text = (self._folder / "server.log").read_text(errors="replace")
        return text[-3000:]
