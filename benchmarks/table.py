# SPDX-License-Identifier: Apache-2.0
"""A table, as text for people and as RST for the documentation."""

import collections.abc
import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of texts.

    :param header: names of the columns.
    """

    title: str
    header: list[str]
    rows: list[list[str]]

    def text(self) -> str:
        """Return it in columns of equal width, numbers to the right."""
        lines = [self.header, *self.rows]
        widths = [
            max(len(line[place]) for line in lines)
            for place in range(len(self.header))
        ]
        shown = [
            "  ".join(
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(
                    zip(line, widths, strict=True)
                )
            ).rstrip()
            for line in lines
        ]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join([self.title, "", shown[0], rule, *shown[1:], ""])

    def rst(self) -> str:
        """Return it as a ``list-table``."""
        lines = [
            f".. list-table:: {self.title}",
            "   :header-rows: 1",
            "   :widths: auto",
            "",
        ]
        for row in [self.header, *self.rows]:
            for place, cell in enumerate(row):
                mark = "-" if place else "* -"
                lines.append(f"   {mark:>3} {cell}".rstrip())
        return "\n".join([*lines, ""])


def spread(values: collections.abc.Sequence[float], suffix: str = "") -> str:
    """Return the median with the range; one number where there is no other.

    >>> spread([3.0, 1.0, 2.0])
    '2.00 (1.00-3.00)'
    """
    if not values:
        return "none"
    middle = f"{number(statistics.median(values))}{suffix}"
    low, high = number(min(values)), number(max(values))
    if low == high:
        return middle
    return f"{middle} ({low}-{high})"


def number(value: float) -> str:
    """Return three digits of a number, and thousands in groups."""
    if value == 0:
        return "0"
    for above, places in ((100, 0), (10, 1), (1, 2), (0.01, 3)):
        if abs(value) >= above:
            return f"{value:,.{places}f}"
    return f"{value:.2g}"
