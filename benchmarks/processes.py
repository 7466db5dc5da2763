# SPDX-License-Identifier: Apache-2.0
"""Processes of our own: started, measured and ended, each by its id."""

import contextlib
import ctypes
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import time

#: Seconds that a process group has to end by itself.
_GRACE = 20
_MIB = 1024
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class Failed(Exception):
    """A program did not do what it was started for."""


@dataclasses.dataclass(frozen=True)
class Memory:
    """Memory of a process group, in MiB.

    :param largest: peak of the process that had the largest.
    :param total: sum of all processes' peaks; shared pages count each time.
    :param proportional: sum now, shared pages divided among their users.
    """

    largest: float
    total: float
    proportional: float


class Process:
    """A program in a process group of its own.

    :param name: of its log.
    :param folder: where it works and logs.
    """

    def __init__(
        self,
        name: str,
        argv: list[str],
        folder: pathlib.Path,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self._popen = subprocess.Popen(
                argv,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})},
                cwd=folder,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self.pid = self._popen.pid

    def check(self) -> None:
        """Raise ``Failed`` if the program has ended."""
        if self._popen.poll() is not None:
            raise Failed(
                f"{self.name} ended with {self._popen.returncode}: "
                f"{self.log.read_text(errors='replace')[-2000:]}"
            )

    def send(self, number: int) -> None:
        """Send a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the whole group, in the end the hard way."""
        self.send(number)
        give_up_at = time.monotonic() + _GRACE
        while members(self.pid) and time.monotonic() < give_up_at:
            # A child that is not waited for stays in the table.
            self._popen.poll()
            time.sleep(0.02)
        self.send(signal.SIGKILL)
        self._popen.wait()


def _end_with_parent() -> None:
    """Have a child ended when the benchmark is killed."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def members(group: int) -> list[int]:
    """Return the ids of the living processes of a group."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError):
            stat = pathlib.Path(f"/proc/{name}/stat").read_text()
            state, _, owner = stat[stat.rindex(")") + 2 :].split()[:3]
            if int(owner) == group and state != "Z":
                found.append(int(name))
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time of these processes so far, exactly.

    The clock of a process has nanoseconds; ``/proc`` has hundredths.
    """
    total = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += time.clock_gettime((~pid << 3) | 2)
    return total


def memory(group: int) -> Memory:
    """Return the memory of a process group."""
    peaks = [0.0]
    proportional = 0.0
    for pid in members(group):
        peaks.append(_field(f"/proc/{pid}/status", "VmHWM"))
        proportional += _field(f"/proc/{pid}/smaps_rollup", "Pss")
    return Memory(max(peaks), sum(peaks), proportional)


def _field(file: str, name: str) -> float:
    """Return a field of kB in MiB; 0 if the process has ended."""
    with contextlib.suppress(OSError):
        text = pathlib.Path(file).read_text()
        found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
        return int(found.group(1)) / _MIB if found else 0.0
    return 0.0
