# SPDX-License-Identifier: Apache-2.0
"""One run of ``cloudkitty-dbsync import-rated``."""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_PAUSE = 0.02
_PROGRAM = (
    "import sys; from cloudkitty.cli import dbsync; sys.exit(dbsync.main())"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """Result of a run.

    :param status: exit status; -9 after SIGKILL.
    :param seconds: from start to end.
    :param cpu: seconds of processor time, without the last moment.
    :param peak: highest number of resident bytes.
    :param text: what it wrote.
    """

    status: int
    seconds: float
    cpu: float
    peak: int
    text: str


def run(config: pathlib.Path, kill_after: float | None = None) -> Run:
    """Run the command; kill it after some seconds, or let it end."""
    log = config.with_suffix(".log")
    began = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-c", _PROGRAM),
                *(f"--config-file={config}", "import-rated"),
            ],
            stdout=file,
            stderr=file,
        )
    peak = 0
    cpu = 0.0
    try:
        while process.poll() is None:
            peak = max(peak, _peak(process.pid))
            cpu = max(cpu, _cpu(process.pid))
            if kill_after is None or time.monotonic() - began < kill_after:
                time.sleep(_PAUSE)
            else:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
    finally:
        process.kill()
        process.wait()
    return Run(
        process.returncode,
        time.monotonic() - began,
        cpu,
        peak,
        log.read_text(errors="replace"),
    )


def _peak(pid: int) -> int:
    """Return the peak of resident memory in bytes (proc_pid_status(5))."""
    try:
        found = _PEAK.search(pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        found = None
    return int(found[1]) * 1024 if found else 0


def _cpu(pid: int) -> float:
    """Return the seconds of processor time (proc_pid_stat(5))."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
