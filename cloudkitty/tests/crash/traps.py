# SPDX-License-Identifier: Apache-2.0
"""Set in a child: it dies at a point, or counts how often it comes by."""

import collections
import json
import os
import pathlib
import signal
import threading

from cloudkitty.tests.crash import points


class Trap:
    """Ends the process by SIGKILL.

    :param point: a key of ``points.SEAMS``.
    :param hit: at which time that it is reached, from 1.
    :param mark: file that gets point and hit just before: the proof.
    """

    def __init__(self, point: str, hit: int, mark: pathlib.Path) -> None:
        self._name = point
        self._left = hit
        self._text = f"{point} {hit}"
        self._mark = mark
        # The collector is called by several threads.
        self._lock = threading.Lock()

    def set(self) -> None:
        """Wait at the point from now on."""
        points.SEAMS[self._name].wrap(self._reach)

    def _reach(self) -> None:
        with self._lock:
            self._left -= 1
            if not self._left:
                self._mark.write_text(self._text)
                os.kill(os.getpid(), signal.SIGKILL)


class Counter:
    """Counts how often each point is reached."""

    def __init__(self) -> None:
        self._counts: collections.Counter[str] = collections.Counter()
        self._lock = threading.Lock()

    def set(self) -> None:
        """Count from now on."""
        for name, seam in points.SEAMS.items():
            seam.wrap(lambda name=name: self._add(name))

    def _add(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    def save(self, file: pathlib.Path) -> None:
        """Write the counts as JSON."""
        file.write_text(json.dumps(self._counts))
