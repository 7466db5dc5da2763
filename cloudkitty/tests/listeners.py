# SPDX-License-Identifier: Apache-2.0
"""Servers that start on a free port of 127.0.0.1: memcached and Redis."""

import importlib.util
import pathlib
import shutil
import socket
import subprocess
import time

import fixtures

from cloudkitty.tests import base

_START_SECONDS = 30
#: Of ``Redis``.
PASSWORD = "not-a-secret"
#: Name under which ``Redis`` is watched by its sentinel.
WATCHED = "kolla"


def memcached_installed() -> bool:
    """Return whether memcached is installed."""
    return shutil.which("memcached") is not None


def memcached_module_there() -> bool:
    """Return whether python-memcached is installed."""
    return importlib.util.find_spec("memcache") is not None


def redis_installed() -> bool:
    """Return whether redis-server is installed."""
    return shutil.which("redis-server") is not None


class _Server(fixtures.Fixture):
    """A process that listens on a port.

    :param folder: for its files.
    :ivar address: ``127.0.0.1:PORT``.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__()
        self._folder = folder
        self.address = ""

    def _start(self, name: str, *command: str) -> str:
        """Start it with ``{port}`` replaced, return its address.

        :param name: of its log.
        """
        for _attempt in range(5):
            port = base.free_port()
            with open(self._folder / f"{name}.log", "wb") as log:
                process = subprocess.Popen(
                    [word.replace("{port}", str(port)) for word in command],
                    cwd=self._folder,
                    stdout=log,
                    stderr=log,
                )
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            if _listens(process, port):
                return f"127.0.0.1:{port}"
        log_text = (self._folder / f"{name}.log").read_text(errors="replace")
        raise RuntimeError(f"{name} does not start: {log_text[-2000:]}")


class Memcached(_Server):
    """A memcached."""

    def _setUp(self) -> None:
        self.address = self._start(
            *("memcached", "memcached", "-p", "{port}", "-U", "0"),
            *("-l", "127.0.0.1", "-m", "16", "-u", "root"),
        )


class Redis(_Server):
    """A Redis with a password, and a sentinel that watches it.

    :ivar sentinel: address of the sentinel.
    """

    def _setUp(self) -> None:
        self.address = self._start(
            *("redis", "redis-server", "--port", "{port}"),
            *("--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
            *("--requirepass", PASSWORD),
        )
        host, port = self.address.split(":")
        conf = self._folder / "sentinel.conf"
        conf.write_text(
            f"sentinel monitor {WATCHED} {host} {port} 1\n"
            f"sentinel auth-pass {WATCHED} {PASSWORD}\n"
        )
        self.sentinel = self._start(
            *("sentinel", "redis-server", str(conf), "--sentinel"),
            *("--port", "{port}", "--bind", "127.0.0.1"),
        )


def _listens(process: "subprocess.Popen[bytes]", port: int) -> bool:
    limit = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < limit:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False
