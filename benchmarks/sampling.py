# SPDX-License-Identifier: Apache-2.0
"""Looks at a process group all the time while it works."""

import bisect
import threading
import time

from benchmarks import processes

#: Seconds between two looks at the clocks: a few millionths each,
CPU_EVERY = 0.02
#: at who is in the group, which means to read of all processes: often while
#: it starts, for so long,
MEMBERS_EVERY = 0.1
STARTING = 1.0
#: seldom after that,
MEMBERS_LATER = 1.0
#: and at the memory, which is dear: the kernel adds up all pages, and the
#: process can ask for none meanwhile.
MEMORY_EVERY = 5.0


class Sampler(threading.Thread):
    """Knows how much processor time a group had used at any time.

    :param group: id of the process group.
    """

    def __init__(self, group: int) -> None:
        super().__init__(daemon=True)
        self._group = group
        self._ended = threading.Event()
        self._times: list[float] = []
        self._seconds: list[float] = []
        self._proportional = 0.0

    def run(self) -> None:
        members_at = memory_at = 0.0
        started_at = time.time()
        pids: list[int] = []
        while not self._ended.wait(CPU_EVERY):
            now = time.time()
            starting = now - started_at < STARTING
            every = MEMBERS_EVERY if starting else MEMBERS_LATER
            if now - members_at > every:
                pids = processes.members(self._group)
                members_at = now
            self._times.append(time.time())
            self._seconds.append(processes.cpu_seconds(pids))
            if now - memory_at > MEMORY_EVERY:
                self.look_at_memory()
                memory_at = now

    def stop(self) -> None:
        """Look once more, and end."""
        self._ended.set()
        self.join()
        self._times.append(time.time())
        self._seconds.append(
            processes.cpu_seconds(processes.members(self._group))
        )

    def look_at_memory(self) -> processes.Memory:
        """Return the memory, with the largest proportional sum seen."""
        now = processes.memory(self._group)
        self._proportional = max(self._proportional, now.proportional)
        return processes.Memory(now.largest, now.total, self._proportional)

    def cpu_between(self, begin: float, end: float) -> float:
        """Return the seconds of processor time used between two times.

        :param begin: Unix time, as ``end``.
        """
        return self._at(end) - self._at(begin)

    def _at(self, when: float) -> float:
        return interpolate(self._times, self._seconds, when)


def interpolate(times: list[float], values: list[float], when: float) -> float:
    """Return the value at a time between samples; the outermost beyond."""
    if not times:
        return 0.0
    after = bisect.bisect_left(times, when)
    if after == 0:
        return values[0]
    if after == len(times):
        return values[-1]
    span = times[after] - times[after - 1]
    share = (when - times[after - 1]) / span if span else 1.0
    return values[after - 1] + share * (values[after] - values[after - 1])
