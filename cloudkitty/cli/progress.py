# SPDX-License-Identifier: Apache-2.0
"""The progress of a command, on a terminal or in a log."""

import typing

from cloudkitty.common import clock

_CLOCK = clock.SystemClock()
_WIDTH = 30
#: Seconds between two lines of a log, and two pictures of a terminal.
_LINES, _PICTURES = 10.0, 0.2


class Progress:
    """A bar on a terminal, and plain lines elsewhere.

    :param unit: name of the counted things, such as ``points``.
    """

    def __init__(self, stream: typing.TextIO, unit: str) -> None:
        self._stream = stream
        self._unit = unit
        self._terminal = stream.isatty()
        self._pause = _PICTURES if self._terminal else _LINES
        self._total = self._done = self._new = 0
        self._began = self._shown = 0.0

    def start(self, total: int) -> None:
        """Begin with the number of all."""
        self._total = total
        self._began = self._shown = _CLOCK.monotonic()

    def add(self, done: int) -> None:
        """Count work of this run."""
        self._new += done
        self._count(done)

    def skip(self, done: int) -> None:
        """Count work of an earlier run: it took no time."""
        self._count(done)

    def _count(self, done: int) -> None:
        self._done += done
        now = _CLOCK.monotonic()
        whole = self._done >= self._total and done
        if whole or now - self._shown >= self._pause:
            self._shown = now
            self._show(now - self._began)

    def _show(self, seconds: float) -> None:
        share = self._done / self._total if self._total else 1.0
        text = f"{share:4.0%}  {self._done} of {self._total} {self._unit}"
        if self._new:
            left = seconds / self._new * (self._total - self._done)
            text += f", {left:.0f} seconds left"
        if not self._terminal:
            self._stream.write(f"{text}\n")
        else:
            bar = "#" * int(share * _WIDTH)
            self._stream.write(f"\r[{bar:<{_WIDTH}}] {text}   ")
            if self._done >= self._total:
                self._stream.write("\n")
        self._stream.flush()
