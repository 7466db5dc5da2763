# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus for tests, and the text of its samples."""

import collections.abc
import dataclasses
import pathlib
import shutil
import subprocess
import time

import fixtures
import requests

from cloudkitty.tests import base

_START_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Series:
    """Samples of one label set.

    :param name: of the metric.
    :param labels: label to value.
    :param samples: (Unix time in seconds, value), by ascending time.
    """

    name: str
    labels: dict[str, str]
    samples: list[tuple[float, float]]


def openmetrics_text(all_series: collections.abc.Iterable[Series]) -> str:
    """Return OpenMetrics text: gauges, each family in one piece."""
    lines = []
    families: dict[str, list[Series]] = {}
    for series in all_series:
        families.setdefault(series.name, []).append(series)
    for name, members in families.items():
        lines.append(f"# TYPE {name} gauge")
        for series in members:
            labels = ",".join(
                f'{key}="{_escaped(value)}"'
                for key, value in series.labels.items()
            )
            head = f"{name}{{{labels}}}" if labels else name
            lines += [f"{head} {v!r} {at!r}" for at, v in series.samples]
    return "\n".join([*lines, "# EOF", ""])


def _escaped(value: str) -> str:
    for plain, escape in (("\\", r"\\"), ("\n", r"\n"), ('"', r"\"")):
        value = value.replace(plain, escape)
    return value


def installed() -> bool:
    """Return whether prometheus and promtool are installed."""
    return all(shutil.which(name) for name in ("prometheus", "promtool"))


class PrometheusFixture(fixtures.Fixture):
    """A Prometheus on 127.0.0.1 that holds given samples.

    :param openmetrics_text: the samples; each with its time.
    :param folder: an empty folder for its data.
    :param config: its configuration file.

    ``url`` is the base URL of its API, ``/api/v1`` included, and ``process``
    is the running server.
    """

    process: "subprocess.Popen[bytes]"

    def __init__(
        self,
        openmetrics_text: str,
        folder: pathlib.Path,
        config: str = "global: {}\n",
    ) -> None:
        super().__init__()
        self._config = config
        self._text = openmetrics_text
        self._folder = folder
        self.url = ""

    def _setUp(self) -> None:
        data = self._folder / "data"
        data.mkdir()
        samples = self._folder / "samples.om"
        samples.write_text(self._text, encoding="utf-8", newline="\n")
        made = subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q"]
            + [str(samples), str(data)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"promtool: {made.stdout}{made.stderr}")
        (self._folder / "prometheus.yml").write_text(self._config)
        for _attempt in range(5):
            if self._start(f"127.0.0.1:{base.free_port()}"):
                return
        log = (self._folder / "prometheus.log").read_text(errors="replace")
        raise RuntimeError(f"prometheus does not start: {log[-2000:]}")

    def end(self) -> None:
        """End the server; its data and address stay."""
        _stop(self.process)

    def start_again(self) -> None:
        """Start it where it was.

        :raises RuntimeError: if it does not start.
        """
        if not self._start(self.url.split("/")[2]):
            raise RuntimeError("prometheus does not start again")

    def _start(self, address: str) -> bool:
        """Start on an address; False if it ended, say for a taken port."""
        with open(self._folder / "prometheus.log", "wb") as log:
            process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={self._folder}/prometheus.yml",
                    f"--storage.tsdb.path={self._folder}/data",
                    "--storage.tsdb.retention.time=50y",
                    f"--web.listen-address={address}",
                    "--log.level=warn",
                ],
                stdout=log,
                stderr=log,
            )
        limit = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < limit:
            if _ready(address):
                self.addCleanup(_stop, process)
                self.process = process
                self.url = f"http://{address}/api/v1"
                return True
            time.sleep(0.05)
        _stop(process)
        return False


def _ready(address: str) -> bool:
    try:
        answer = requests.get(f"http://{address}/-/ready", timeout=5)
    except requests.RequestException:
        return False
    return answer.status_code == 200


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
