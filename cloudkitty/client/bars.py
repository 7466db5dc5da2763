# SPDX-License-Identifier: Apache-2.0
"""A bar chart for a terminal."""

import collections.abc
import dataclasses
import decimal

from cloudkitty.client import totals
from cloudkitty.common import money

#: Maximum number of groups of two bars.
MAX_GROUPS = 20
_MIN_WIDTH, _MAX_WIDTH = 10, 60
_MAX_NAME = 40


def chart(
    found: collections.abc.Sequence[totals.Total], columns: int, block: str
) -> str:
    """Return two bars for each scope and metric, and the total.

    The bars are before and after. A total without ``after`` is not shown.

    :param columns: width of the terminal.
    :param block: character of the bars.
    """
    everything = totals.sums(found, lambda total: total.key)
    groups, left = totals.largest(everything, MAX_GROUPS)
    if not groups:
        return ""
    scale = _scale(groups, columns, block)
    lines = []
    for scope_id in dict.fromkeys(scope_id for scope_id, _ in groups):
        lines.append(scope_id)
        for (scope, metric), each in groups.items():
            if scope == scope_id:
                lines += _group(metric, each, scale)
    if left:
        lines.append(f"{left} more with smaller differences")
    return "\n".join([*lines, _total_line(everything.values())])


@dataclasses.dataclass(frozen=True, slots=True)
class _Scale:
    """Sizes that all bars share.

    :param name: width of the names.
    :param top: value of a bar of ``width``.
    """

    name: int
    width: int
    top: decimal.Decimal
    block: str


def _scale(
    groups: collections.abc.Mapping[tuple[str, str], totals.Sum],
    columns: int,
    block: str,
) -> _Scale:
    values = [
        value
        for group in groups.values()
        for value in (group.before, group.after)
    ]
    digits = max(len(money.text(value)) for value in values)
    name = min(max(len(metric) for _, metric in groups), _MAX_NAME)
    left = columns - name - digits - len("    before   ")
    return _Scale(
        name=name,
        width=max(_MIN_WIDTH, min(_MAX_WIDTH, left)),
        top=max(abs(value) for value in values),
        block=block,
    )


def _group(
    metric: str, each: totals.Sum, scale: _Scale
) -> collections.abc.Iterator[str]:
    for label, title, value in (
        (metric, "before", each.before),
        ("", "after", each.after),
    ):
        bar = scale.block * length(value, scale.top, scale.width)
        yield (
            f"  {label[: scale.name]:<{scale.name}}  {title:<6}  "
            f"{bar}{' ' if bar else ''}{money.text(value)}"
        )


def length(value: decimal.Decimal, top: decimal.Decimal, width: int) -> int:
    """Return the length of a bar; only zero has none.

    :param top: value of a bar of ``width``.
    """
    if not value:
        return 0
    return max(1, round(float(abs(value) / top) * width))


def _total_line(sums: collections.abc.Iterable[totals.Sum]) -> str:
    sums = list(sums)
    total = totals.Sum(
        before=money.total(each.before for each in sums),
        after=money.total(each.after for each in sums),
    )
    return (
        f"Total: before {money.text(total.before)}, "
        f"after {money.text(total.after)}, "
        f"difference {totals.signed(total.difference)}"
    )
