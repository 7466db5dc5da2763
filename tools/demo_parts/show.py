# SPDX-License-Identifier: Apache-2.0
"""What the demo writes on the terminal, or into a pipe."""

import decimal
import sys
import time

#: Columns of a bar: a line with one fits a terminal of 80 columns.
_WIDTH = 30
_CHART_WIDTH = 40
#: Moves through the bar until the first one is done.
_MARK = "<=>"


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
            if not done:
                bar = self._moving()
            end = "\n" if done >= self._total > self._shown else ""
            print(f"\r    [{bar}] {self._line(done)} ", end=end, flush=True)
            self._shown = done
        elif 4 * done // self._total > self._shown:
            self._shown = 4 * done // self._total
            say(f"    {self._line(done)}")

    def _moving(self) -> str:
        """Return an empty bar with a mark that moves in both directions."""
        steps = _WIDTH - len(_MARK)
        step = round(10 * (time.monotonic() - self._started)) % (2 * steps)
        place = min(step, 2 * steps - step)
        return f"{'.' * place}{_MARK}{'.' * (steps - place)}"

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


def chart(
    columns: dict[str, dict[str, decimal.Decimal]], rows: tuple[str, ...]
) -> None:
    """Print a bar for each number of the table, in the same scale."""
    most = max(max(values.values()) for values in columns.values())
    for row in rows:
        label = row
        for name, values in columns.items():
            value = values.get(row, decimal.Decimal(0))
            bar = "#" * round(_CHART_WIDTH * value / most)
            say(f"    {label:14}{name:8}{bar:{_CHART_WIDTH}}{value:>10.2f}")
            label = ""
        say()
