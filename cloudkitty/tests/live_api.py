# SPDX-License-Identifier: Apache-2.0
"""The API on a free port of 127.0.0.1, for tests with real clients."""

import subprocess
import threading
import time

import fixtures
import requests

from cloudkitty.cli import api


class LiveApi(fixtures.Fixture):
    """The development server, in a thread.

    :param wsgi: the application.
    :ivar url: its address, without a slash at the end.
    """

    def __init__(self, wsgi) -> None:
        super().__init__()
        self._wsgi = wsgi

    def _setUp(self) -> None:
        server = api.make_server(self._wsgi, 0)
        self.addCleanup(server.server_close)
        thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), daemon=True
        )
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.url = f"http://{api.HOST}:{server.server_port}"


class Process(fixtures.Fixture):
    """``cloudkitty-api`` as a process of its own.

    :param command: what starts it.
    :param arguments: of its command line.
    """

    def __init__(self, command, *arguments) -> None:
        super().__init__()
        self._command = [*command, *arguments]

    def _setUp(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(self._process.wait)
        self.addCleanup(self._process.kill)

    def wait(self, url: str, seconds: float = 60) -> None:
        """Return once it answers at ``url``."""
        give_up_at = time.monotonic() + seconds
        while True:
            try:
                requests.get(url, timeout=seconds)
            except requests.ConnectionError:
                if time.monotonic() > give_up_at or self._process.poll():
                    raise
                time.sleep(0.1)
            else:
                return
