# SPDX-License-Identifier: Apache-2.0
"""The tables of a long history."""

from benchmarks import report
from benchmarks import table

MEASURES = (
    report.Measure("seconds", "seconds"),
    report.Measure("CPU s, worker", "cpu"),
    report.Measure("CPU s, database", "cpu_database"),
    report.Measure("SQL statements", "statements"),
    report.Measure("peak MiB", "memory"),
    report.Measure("bytes per point", "disk"),
)
_FLOOR = ("seconds", "cpu_database")


def tables(rows: report.Rows) -> list[table.Table]:
    """Return a table for each database and number of points."""
    return [
        _table([row for row in rows if row["kind"] == kind])
        for kind in report.names(rows, "kind")
    ]


def _table(rows: report.Rows) -> table.Table:
    sides = report.names(rows, "side")
    lines = []
    for job in report.names(rows, "job"):
        for measure in MEASURES:
            found = {
                side: report.values(rows, measure.field, job=job, side=side)
                for side in sides
            }
            if not any(found.values()):
                continue
            line = [job, measure.name]
            for side in sides:
                limit: dict[int, float] = {}
                if measure.field in _FLOOR:
                    limit = report.values(
                        rows, f"floor_{measure.field}", job=job, side=side
                    )
                line += [
                    table.spread(list(found[side].values())),
                    table.spread(list(limit.values())) if limit else "",
                ]
            line += [
                table.spread(
                    report.ratios(measure, found[side], found[sides[0]]), " x"
                )
                for side in sides[1:]
            ]
            lines.append(line)
    header = ["what", "measure"]
    for side in sides:
        header += [side, f"{side}, bare SQL"]
    header += [f"{side} is better by" for side in sides[1:]]
    bad = len(rows) - len(report.sound(rows))
    title = f"{rows[0]['stored']:,} points, {rows[0]['database']}"
    if bad:
        title += f" ({bad} void results left out)"
    return table.Table(title, header, lines)
