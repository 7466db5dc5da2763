# SPDX-License-Identifier: Apache-2.0
"""The tests' side of the nursery."""

import atexit
import dataclasses
import functools
import json
import pathlib
import subprocess
import sys

#: Seconds for a child's part, on a busy host.
PATIENCE = 60
#: Beside the configuration.
LOG = "children.log"


@dataclasses.dataclass(frozen=True)
class Ended:
    """Exit of a child process.

    :param status: exit code, -9 for SIGKILL, None if it did not end.
    :param mark: text that it wrote: the point of its death, or the number
        of times that it passed the point.
    """

    status: int | None
    mark: str


class Nursery:
    """Starts children; one a test process is enough."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cloudkitty.tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._marks: dict[int, pathlib.Path] = {}
        atexit.register(self._process.communicate)

    def start(self, actor, config, point=None, hit=1, **arguments) -> int:
        """Start a child and return its pid.

        :param actor: a key of ``actors.ACTORS``.
        :param config: its configuration file; the log is beside it.
        :param point: where to kill it; None lets it finish.
        :param hit: number of the pass at which the point kills.
        """
        mark = config.with_name("mark")
        pid = self._ask(
            do="fork",
            actor=actor,
            config=str(config),
            log=str(config.with_name(LOG)),
            point=point,
            hit=hit,
            mark=str(mark),
            arguments=arguments,
        )
        self._marks[pid] = mark
        return pid

    def wait(self, pid, seconds=PATIENCE) -> Ended:
        """Return how the child has ended; after ``seconds`` it is killed."""
        status = self._ask(do="wait", pid=pid, seconds=seconds)
        mark = self._marks.pop(pid)
        text = mark.read_text() if mark.exists() else ""
        mark.unlink(missing_ok=True)
        return Ended(status, text)

    def _ask(self, **order):
        self._process.stdin.write(f"{json.dumps(order)}\n")
        return json.loads(self._process.stdout.readline())


@functools.cache
def nursery() -> Nursery:
    """Return the one of this process."""
    return Nursery()
