# SPDX-License-Identifier: Apache-2.0
"""A bar chart for a terminal."""

import collections.abc
import decimal

from cloudkitty.client import totals
from cloudkitty.common import money

#: Maximum number of groups of two bars.
MAX_GROUPS = 20
_MIN_WIDTH, _MAX_WIDTH = 10, 60
_MAX_NAME = 40


def chart(
    sums: collections.abc.Iterable[totals.Sum], columns: int, block: str
) -> str:
    """Return two bars for each sum, before and after, and the total.

    :param columns: width of the terminal.
    :param block: character of the bars.
    """
    everything = list(sums)
    groups, left = totals.largest(everything, MAX_GROUPS)
    if not groups:
        return ""
    values = [
        value for group in groups for value in (group.before, group.after)
    ]
    top = max(abs(value) for value in values)
    digits = max(len(money.text(value)) for value in values)
    name = min(max(len(group.name) for group in groups), _MAX_NAME)
    width = max(
        _MIN_WIDTH,
        min(_MAX_WIDTH, columns - name - digits - len("  before   ")),
    )
    lines = []
    for group in groups:
        for label, title, value in (
            (group.name, "before", group.before),
            ("", "after", group.after),
        ):
            bar = block * length(value, top, width)
            lines.append(
                f"{_short(label):<{name}}  {title:<6}  "
                f"{bar}{' ' if bar else ''}{money.text(value)}"
            )
    if left:
        lines.append(f"{left} more with smaller differences")
    return "\n".join([*lines, _total_line(everything)])


def length(value: decimal.Decimal, top: decimal.Decimal, width: int) -> int:
    """Return the length of a bar; only zero has none.

    :param top: value of a bar of ``width``.
    """
    if not value:
        return 0
    return max(1, round(float(abs(value) / top) * width))


def _short(name: str) -> str:
    """Return a name without its middle: both ends distinguish names."""
    half = _MAX_NAME // 2
    if len(name) <= _MAX_NAME:
        return name
    return f"{name[: half - 2]}..{name[-half:]}"


def _total_line(sums: list[totals.Sum]) -> str:
    total = totals.Sum(
        name="total",
        before=money.total(each.before for each in sums),
        after=money.total(each.after for each in sums),
    )
    return (
        f"Total: before {money.text(total.before)}, "
        f"after {money.text(total.after)}, "
        f"difference {totals.signed(total.difference)}"
    )
