# SPDX-License-Identifier: Apache-2.0
"""What the demo writes on the terminal, or into a pipe."""

import decimal
import sys
import time

_WIDTH = 40


def say(text: str = "") -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def step(text: str) -> None:
    """Print the heading of the next thing that is done."""
    say(f"\n==> {text}")


class Progress:
    """A bar on a terminal, a line for each quarter elsewhere.

    :param what: what is counted, such as ``periods rated``.
    :param total: how many there are.
    """

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._terminal = sys.stdout.isatty()
        self._shown = -1
        self._started = time.monotonic()

    def show(self, done: int) -> None:
        """Show that ``done`` of the total are done."""
        if self._terminal:
            filled = _WIDTH * done // self._total
            bar = "#" * filled + "." * (_WIDTH - filled)
            end = "\n" if done >= self._total > self._shown else ""
            print(f"\r    [{bar}] {self._line(done)} ", end=end, flush=True)
            self._shown = done
        elif 4 * done // self._total > self._shown:
            self._shown = 4 * done // self._total
            say(f"    {self._line(done)}")

    def _line(self, done: int) -> str:
        seconds = time.monotonic() - self._started
        return f"{done}/{self._total} {self._what}, {seconds:.0f} s"


def totals(
    columns: dict[str, dict[str, decimal.Decimal]], rows: tuple[str, ...]
) -> None:
    """Print a table: a row for each project, a column for each state."""
    say("    " + f"{'':16}" + "".join(f"{name:>14}" for name in columns))
    for row in rows:
        numbers = "".join(
            f"{values.get(row, decimal.Decimal(0)):>14.4f}"
            for values in columns.values()
        )
        say(f"    {row:16}{numbers}")
