# SPDX-License-Identifier: Apache-2.0
"""The programs of the benchmark of a whole cloud, and their files."""

import contextlib
import datetime
import json
import os
import pathlib
import subprocess
import sys
import typing

from benchmarks import deployments
from benchmarks import http_json
from benchmarks import processes
from benchmarks import settings as ck_settings
from benchmarks import templates

#: The checkout with the benchmarks.
TOP = pathlib.Path(__file__).parent.parent
#: Periods that a period has to wait for, as by default.
WAIT = 2


class Source:
    """The fake Prometheus; a context manager that ends it."""

    def __init__(self, scopes: int, points: int) -> None:
        self._popen = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.cloud_source",
                str(scopes),
                str(points),
            ],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._popen.stdout.readline())
        self.url = f"http://{ck_settings.HOST}:{self.port}/api/v1"
        self._http = http_json.Client(self.port)

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._popen.communicate()

    def queries(self) -> int:
        """Return how many queries it has answered."""
        return self._counters()["queries"]

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used."""
        return self._counters()["cpu"]

    def _counters(self) -> dict[str, typing.Any]:
        _, body = self._http.request("GET", "/counters")
        return json.loads(body)


class Worker:
    """A process of ``cloud_worker``; a context manager that ends it.

    :param checkout: of the code that is measured.
    """

    def __init__(
        self,
        checkout: pathlib.Path,
        configuration: pathlib.Path,
        *,
        counted: bool,
    ) -> None:
        self._log = configuration.with_suffix(".log")
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    str(TOP / "benchmarks" / "cloud_worker.py"),
                    str(configuration),
                    str(int(counted)),
                ],
                env=_environment(checkout),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        # The start belongs to no step.
        self._read()

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._popen.communicate()

    def do(self, what: str, **more: typing.Any) -> dict[str, typing.Any]:
        """Do one step and return its costs.

        :raises processes.Failed: if the step fails, or the worker ends.
        """
        given = json.dumps({"do": what, **more})
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.write(f"{given}\n")
            self._popen.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, typing.Any]:
        answer = self._popen.stdout.readline()
        if not answer:
            said = self._log.read_text(errors="replace")[-3000:]
            raise processes.Failed(f"the worker ended: {said}")
        found = json.loads(answer)
        if "error" in found:
            raise processes.Failed(found["error"])
        return found


def _environment(checkout: pathlib.Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(checkout), "TZ": "UTC"}


def run_program(
    checkout: pathlib.Path, argv: list[str], given: str = ""
) -> None:
    """Run Python with a checkout to its end.

    :raises processes.Failed: if it fails.
    """
    done = subprocess.run(
        [sys.executable, "-P", *argv],
        env=_environment(checkout),
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise processes.Failed(f"{argv}: {done.stderr[-2000:]}")


def install(
    checkout: pathlib.Path,
    configuration: pathlib.Path,
    scope_ids: list[str],
    last: datetime.datetime,
) -> None:
    """Make the tables, the scopes' rows in the storage excepted, and prices.

    :param scope_ids: scopes that are declared by the functions of the
        checkout; many are better declared by ``Database.declare``.
    """
    option = ["--config-file", str(configuration)]
    for name, arguments in (("dbsync", ["upgrade"]), ("storage_init", [])):
        program = (
            f"import sys; from cloudkitty.cli import {name} as program; "
            "sys.exit(program.main(sys.argv[1:]))"
        )
        run_program(checkout, ["-c", program, *option, *arguments])
    run_program(
        checkout,
        [str(TOP / "benchmarks" / "ours_setup.py"), *option],
        json.dumps(
            {
                "scope_ids": scope_ids,
                "last_processed_at": last.isoformat(),
                "priced_from": deployments.PRICED_FROM.isoformat(),
                "flavor_prices": deployments.FLAVOR_PRICES,
                "volume_price": deployments.VOLUME_PRICE,
            }
        ),
    )


def configure(
    folder: pathlib.Path,
    database_url: str,
    source_url: str,
    scope_ids: list[str],
    coordination: str | None = None,
    more: str = "",
) -> pathlib.Path:
    """Write the configuration of one side; return its file.

    :param more: further sections.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "locks").mkdir(exist_ok=True)
    (folder / "metrics.yml").write_text(templates.METRICS)
    file = folder / "cloudkitty.conf"
    text = templates.CONFIGURATION.format(
        folder=folder,
        database=database_url,
        period=ck_settings.HOUR_SECONDS,
        wait=WAIT,
        scopes=",".join(scope_ids),
        prometheus=source_url,
        workers=1,
        reprocessing=1,
    )
    if coordination:
        text = text.replace(f"file://{folder}/locks", coordination)
    file.write_text(
        f"{text}[storage]\nversion = 2\nbackend = sqlalchemy\n{more}"
    )
    return file
