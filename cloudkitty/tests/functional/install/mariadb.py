# SPDX-License-Identifier: Apache-2.0
"""A MariaDB as its package leaves it: without a database or an account."""

import pathlib
import subprocess
import time

import fixtures

from cloudkitty.tests import base
from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import processes

#: Seconds that a start may take on a busy host.
PATIENCE = 60
_PROGRAMS = ("mariadb", "mariadbd", "mariadb-install-db")


def missing() -> list[str]:
    """Return the programs that are not installed."""
    return [name for name in _PROGRAMS if needs.find(name) is None]


class MariaDB(fixtures.Fixture):
    """A server; the command ``mariadb`` of a home directory logs in to it.

    :param folder: an empty folder for its data.
    :param home: gets the file ``.my.cnf``.
    :ivar address: ``127.0.0.1:PORT``.
    """

    def __init__(self, folder: pathlib.Path, home: pathlib.Path) -> None:
        super().__init__()
        self._folder = folder
        self._home = home
        self.address = ""

    def _setUp(self) -> None:
        self._install()
        port = base.free_port()
        self.address = f"127.0.0.1:{port}"
        socket = self._folder / "socket"
        server = processes.Child(
            [
                *(needs.find("mariadbd"), *self._options()),
                *(f"--port={port}", "--bind-address=127.0.0.1"),
                *(f"--socket={socket}", f"--pid-file={self._folder}/pid"),
            ],
            self._folder / "log",
        )
        self.addCleanup(server.kill)
        self._home.joinpath(".my.cnf").write_text(
            f"[client]\nuser=root\nsocket={socket}\n"
        )
        self._wait(server)

    def _options(self) -> list[str]:
        # As another user than root, mariadbd ignores --user.
        return [
            *("--no-defaults", "--user=root"),
            *(f"--datadir={self._folder}/data", f"--tmpdir={self._folder}"),
            "--innodb-log-file-size=16M",
        ]

    def _install(self) -> None:
        processes.run(
            *(needs.find("mariadb-install-db"), *self._options()),
            *("--skip-test-db", "--auth-root-authentication-method=normal"),
        )

    def _wait(self, server: processes.Child) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            done = subprocess.run(
                ["mariadb", f"--defaults-file={self._home}/.my.cnf", "-e", ""],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            if not done.returncode:
                return
            if server.process.poll() is not None:
                break
            time.sleep(0.1)
        log = (self._folder / "log").read_text(errors="replace")
        raise RuntimeError(f"MariaDB does not answer: {log[-2000:]}")
