# SPDX-License-Identifier: Apache-2.0
"""A table of steps and measures that compares checkouts and a lower bound."""

import collections.abc
import dataclasses

from benchmarks import report
from benchmarks import table

Values = dict[int, float]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """The lines and columns of a table.

    :param step: header of the first column.
    :param measures: a line of each step for each of them.
    :param blank: whether a measure without values has a line.
    :param floor: fields of the measures that the lower bound has too.
    :param bound: end of the header of the bound's column of a side.
    :param cell: returns the bound's cell from the values of the side and
        those of the bound, by repeat.
    """

    step: str
    measures: collections.abc.Sequence[report.Measure]
    blank: bool
    floor: collections.abc.Collection[str]
    bound: str
    cell: collections.abc.Callable[[Values, Values], str]


def compare(title: str, rows: report.Rows, layout: Layout) -> table.Table:
    """Return the table of some results.

    :param title: the number of void results is added.
    """
    sides = report.names(rows, "side")
    lines = []
    for job in report.names(rows, "job"):
        for measure in layout.measures:
            found = {
                side: report.values(rows, measure.field, job=job, side=side)
                for side in sides
            }
            if not layout.blank and not any(found.values()):
                continue
            line = [job, measure.name]
            for side in sides:
                limit = _limit(rows, layout, measure, job, side)
                line += [
                    table.spread(list(found[side].values())),
                    layout.cell(found[side], limit),
                ]
            line += [
                table.spread(
                    report.ratios(measure, found[side], found[sides[0]]), " x"
                )
                for side in sides[1:]
            ]
            lines.append(line)
    header = [layout.step, "measure"]
    for side in sides:
        header += [side, f"{side}, {layout.bound}"]
    header += [f"{side} is better by" for side in sides[1:]]
    bad = len(rows) - len(report.sound(rows))
    if bad:
        title += f" ({bad} void results left out)"
    return table.Table(title, header, lines)


def _limit(
    rows: report.Rows,
    layout: Layout,
    measure: report.Measure,
    job: str,
    side: str,
) -> Values:
    """Return the values of the lower bound, by repeat."""
    if measure.field not in layout.floor:
        return {}
    return report.values(rows, f"floor_{measure.field}", job=job, side=side)
