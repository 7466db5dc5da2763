# SPDX-License-Identifier: Apache-2.0
"""What replaces systemd: the commands of the units, and nginx."""

import configparser
import pathlib
import shlex
import ssl
import time
import urllib.error
import urllib.request

import fixtures

from cloudkitty.tests import nginx
from cloudkitty.tests.functional.install import substitutes
from cloudkitty.tests.galera import processes

#: Seconds that a start may take on a busy host.
PATIENCE = 120


class Services(fixtures.Fixture):
    """Starts programs and ends them.

    :param root: stands for ``/``.
    :param table: of the page's texts.
    :param environment: of the programs.
    """

    def __init__(
        self,
        root: pathlib.Path,
        table: substitutes.Substitutes,
        environment: dict[str, str],
    ) -> None:
        super().__init__()
        self._root = root
        self._table = table
        self._environment = environment
        self._logs = root / "logs"

    def _setUp(self) -> None:
        self._logs.mkdir()

    def make_directories(self, file: pathlib.Path) -> None:
        """Make the directories of a file for systemd-tmpfiles."""
        for line in file.read_text().splitlines():
            if line.startswith("d "):
                _, path, mode, *_ = line.split()
                folder = self._root / path.lstrip("/")
                folder.mkdir(int(mode, 8), parents=True)

    def rewrite(self, file: pathlib.Path) -> str:
        """Replace the texts of the page in a copied file, return it."""
        text = self._table.apply(file.read_text())
        file.write_text(text)
        return text

    def start_unit(self, name: str) -> None:
        """Start the command of an installed unit."""
        file = self._root / f"etc/systemd/system/{name}.service"
        # Options that exist twice are no part of our units.
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str
        unit.read_string(self._table.apply(_joined(file.read_text())))
        self._start(name, *shlex.split(unit["Service"]["ExecStart"]))

    def start_nginx(self, program: str) -> None:
        """Start nginx with the files in ``/etc/nginx/conf.d``."""
        included = self._root / "etc/nginx/conf.d"
        for file in included.iterdir():
            self.rewrite(file)
        file = self._logs / "nginx.conf"
        file.write_text(
            nginx.configuration(self._logs, f"include {included}/*.conf;")
        )
        self._start("nginx", program, "-p", str(self._logs), "-c", str(file))

    def _start(self, name: str, *command: str) -> None:
        child = processes.Child(
            ["env", "-i", *_words(self._environment), *command],
            self._logs / f"{name}.log",
        )
        self.addCleanup(child.end)

    def wait_for(self, url: str, certificate: pathlib.Path | None = None):
        """Wait until a server answers a request.

        :param certificate: with which its own is checked.
        :raises RuntimeError: with the logs if it does not.
        """
        context = None
        if certificate is not None:
            context = ssl.create_default_context(cafile=str(certificate))
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(url, timeout=10, context=context)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"{url} does not answer: {self.logs()}")

    def logs(self) -> str:
        """Return the ends of all logs."""
        return "\n".join(
            f"{path.name}:\n{path.read_text(errors='replace')[-3000:]}"
            for path in sorted(self._logs.glob("*.log"))
        )


def _joined(text: str) -> str:
    """Return a unit with its continued lines joined, as systemd does."""
    return text.replace("\\\n", " ")


def _words(environment: dict[str, str]) -> list[str]:
    return [f"{name}={text}" for name, text in environment.items()]
