# SPDX-License-Identifier: Apache-2.0
"""A server of locks that a test can kill, stop and start again."""

import pathlib
import signal
import socket
import subprocess
import time

import fixtures

from cloudkitty.tests import base

_START_SECONDS = 60


class LockServer(fixtures.Fixture):
    """A server on a free port of this machine.

    :param folder: an empty folder for its data and its log.
    :param host: address to listen on.
    :ivar port: for clients; the same after a restart.
    """

    def __init__(self, folder: pathlib.Path, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.folder = folder
        self.host = host
        self.port = base.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return the command of the server."""
        raise NotImplementedError

    def url(self, seconds: int) -> str:
        """Return the URL for ``coordination_url``.

        :param seconds: after which a lock expires, and of each timeout.
        """
        raise NotImplementedError

    def _setUp(self) -> None:
        self.addCleanup(self.kill)
        self.start()

    def start(self) -> None:
        """Start it; return when it listens."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=self.folder
            )
        give_up_at = time.monotonic() + _START_SECONDS
        while not self._listens():
            if time.monotonic() > give_up_at or self._process.poll():
                text = (self.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"no server: {text[-2000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it at once; no effect if it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def silence(self) -> None:
        """Let it accept connections and not answer."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """End the silence."""
        self._process.send_signal(signal.SIGCONT)

    def _listens(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), 1).close()
        except OSError:
            return False
        return True


class Redis(LockServer):
    """A Redis that forgets everything when it ends."""

    def command(self) -> list[str]:
        return [
            "redis-server",
            *("--bind", self.host, "--port", str(self.port)),
            *("--save", "", "--appendonly", "no", "--protected-mode", "no"),
        ]

    def url(self, seconds: int) -> str:
        return (
            f"redis://{self.host}:{self.port}"
            f"?timeout={seconds}&lock_timeout={seconds}"
            f"&socket_timeout={seconds}"
        )
