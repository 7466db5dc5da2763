# SPDX-License-Identifier: Apache-2.0
"""A bar chart as inline SVG."""

import collections.abc
import decimal
import html

from cloudkitty.client import totals
from cloudkitty.common import money

#: Sizes in pixels of the view box.
_WIDTH, _NAMES, _VALUES = 920, 250, 230
_BAR, _GAP, _GROUP = 14, 3, 46
_MAX_NAME = 34


def chart(sums: collections.abc.Mapping[str, totals.Sum], title: str) -> str:
    """Return an ``svg`` element with two bars for each sum.

    A bar is a ``rect`` with the class ``bar``. All text is escaped.

    :param sums: by their names.
    :param title: accessible name of the chart.
    """
    top = max(
        (
            abs(value)
            for each in sums.values()
            for value in (each.before, each.after)
        ),
        default=decimal.Decimal(0),
    )
    groups = "".join(
        _group(name, each, top, index * _GROUP)
        for index, (name, each) in enumerate(sums.items())
    )
    height = max(1, len(sums) * _GROUP)
    return (
        f'<svg role="img" aria-label="{html.escape(title)}" '
        f'viewBox="0 0 {_WIDTH} {height}" width="100%">'
        f'<line class="axis" x1="{_NAMES}" x2="{_NAMES}" y1="0" '
        f'y2="{height}"/>{groups}</svg>'
    )


def _group(name: str, each: totals.Sum, top: decimal.Decimal, y: int) -> str:
    tooltip = html.escape(_tooltip(name, each))
    if len(name) > _MAX_NAME:
        name = f"{name[: _MAX_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"
    return (
        f"<g><title>{tooltip}</title>"
        f'<text class="name" x="{_NAMES - 10}" y="{y + 25}">'
        f"{html.escape(name)}</text>"
        + _bar("before", each.before, top, y + 5)
        + _bar("after", each.after, top, y + 5 + _BAR + _GAP)
        + "</g>"
    )


def _bar(
    kind: str, value: decimal.Decimal, top: decimal.Decimal, y: int
) -> str:
    share = float(abs(value) / top) if top else 0.0
    width = share * (_WIDTH - _NAMES - _VALUES)
    # A small value must not look like zero.
    width = max(width, 1.0) if value else 0.0
    return (
        f'<rect class="bar {kind}" x="{_NAMES}" y="{y}" '
        f'width="{width:.1f}" height="{_BAR}" rx="2"/>'
        f'<text class="value" x="{_NAMES + width + 6:.1f}" '
        f'y="{y + _BAR - 3}">{money.text(value)}</text>'
    )


def _tooltip(name: str, each: totals.Sum) -> str:
    return (
        f"{name}: before {money.text(each.before)}, after "
        f"{money.text(each.after)}, difference "
        f"{totals.signed(each.difference)}"
    )
