# SPDX-License-Identifier: Apache-2.0
"""CPU time of processes, from ``/proc``."""

import os
import pathlib

_TICKS = os.sysconf("SC_CLK_TCK")


def _children() -> dict[int, list[int]]:
    """Return the children of all processes by the parent's id."""
    found: dict[int, list[int]] = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        fields = _fields(int(folder.name))
        if fields:
            found.setdefault(int(fields[1]), []).append(int(folder.name))
    return found


def _fields(pid: int) -> list[str]:
    """Return the fields of ``stat`` after the name; none if it has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def tree(*roots: int) -> set[int]:
    """Return processes and all their descendants."""
    children, left, found = _children(), list(roots), set()
    while left:
        pid = left.pop()
        if pid not in found:
            found.add(pid)
            left += children.get(pid, [])
    return found


def cpu_seconds(*roots: int) -> float:
    """Return the CPU time of processes and their running descendants."""
    ticks = 0
    for pid in tree(*roots):
        fields = _fields(pid)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS
