# SPDX-License-Identifier: Apache-2.0
"""What one run of the benchmarks works with."""

import dataclasses
import datetime
import pathlib
import socket

HOST = "127.0.0.1"
PERIOD = datetime.timedelta(hours=1)
HOUR_SECONDS = 3600


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Folders and choices.

    :param scratch: everything that is written goes below it.
    :param ours: virtual environment with this project.
    :param upstream: virtual environment with the released upstream; None
        leaves it out.
    :param databases: in which of ``mysql`` and ``sqlite`` this project is
        measured.
    :param repeats: how often each job is done by each side.
    """

    scratch: pathlib.Path
    ours: pathlib.Path
    upstream: pathlib.Path | None = None
    databases: tuple[str, ...] = ("mysql",)
    repeats: int = 3

    def folder(self, *names: str) -> pathlib.Path:
        """Return a folder below the scratch folder, made if need be."""
        found = self.scratch.joinpath(*names)
        found.mkdir(parents=True, exist_ok=True)
        return found


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def wire_time(at: datetime.datetime) -> str:
    """Return an aware time as both sides' API takes it."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def column_time(at: datetime.datetime) -> str:
    """Return an aware time as it stands in a database."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
