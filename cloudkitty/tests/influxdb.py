# SPDX-License-Identifier: Apache-2.0
"""A real InfluxDB 1.x for tests."""

import os
import pathlib
import shutil
import subprocess
import time
import typing

import fixtures
import requests

from cloudkitty.tests import base

_START_SECONDS = 30
DATABASE = "cloudkitty"


def installed() -> bool:
    """Return whether influxd is installed."""
    return shutil.which("influxd") is not None


class InfluxDBFixture(fixtures.Fixture):
    """An InfluxDB on 127.0.0.1 with the empty database ``cloudkitty``.

    :param folder: an empty folder for its data.
    :ivar port: of its HTTP API.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__()
        self._folder = folder
        self.port = 0

    def _setUp(self) -> None:
        for _attempt in range(5):
            if self._start():
                self.reset()
                return
        log = (self._folder / "influxd.log").read_text(errors="replace")
        raise RuntimeError(f"influxd does not start: {log[-2000:]}")

    def reset(self) -> None:
        """Delete everything."""
        self.query(f"DROP DATABASE {DATABASE}; CREATE DATABASE {DATABASE}")

    def query(self, text: str, **parameters: str) -> typing.Any:
        """Return the results of InfluxQL statements."""
        answer = requests.post(
            f"http://127.0.0.1:{self.port}/query",
            data={"q": text, "db": DATABASE, "epoch": "ns", **parameters},
            timeout=60,
        )
        answer.raise_for_status()
        return answer.json()["results"]

    def write(self, *lines: str, policy: str = "autogen") -> None:
        """Write lines of the line protocol."""
        requests.post(
            f"http://127.0.0.1:{self.port}/write",
            params={"db": DATABASE, "rp": policy},
            data="\n".join(lines).encode(),
            timeout=60,
        ).raise_for_status()

    def _start(self) -> bool:
        """Start on free ports; False if it ended, say for a taken one."""
        self.port = base.free_port()
        folder = self._folder
        settings = {
            "INFLUXDB_REPORTING_DISABLED": "true",
            "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{base.free_port()}",
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{self.port}",
            "INFLUXDB_HTTP_LOG_ENABLED": "false",
            "INFLUXDB_META_DIR": f"{folder}/meta",
            "INFLUXDB_DATA_DIR": f"{folder}/data",
            "INFLUXDB_DATA_WAL_DIR": f"{folder}/wal",
        }
        with open(folder / "influxd.log", "wb") as log:
            process = subprocess.Popen(
                ["influxd", "-config", "/dev/null"],
                stdout=log,
                stderr=log,
                env={**os.environ, **settings},
            )
        limit = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < limit:
            if self._ready():
                self.addCleanup(_stop, process)
                return True
            time.sleep(0.05)
        _stop(process)
        return False

    def _ready(self) -> bool:
        url = f"http://127.0.0.1:{self.port}/ping"
        try:
            return requests.get(url, timeout=5).status_code == 204
        except requests.RequestException:
            return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
