# SPDX-License-Identifier: Apache-2.0
"""The tables of a long history."""

from benchmarks import report
from benchmarks import sides
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
    title = f"{rows[0]['stored']:,} points, {rows[0]['database']}"
    return sides.compare(title, rows, _LAYOUT)


def _bare(_took: sides.Values, limit: sides.Values) -> str:
    """Return the figure of the same read in bare SQL."""
    return table.spread(list(limit.values())) if limit else ""


_LAYOUT = sides.Layout(
    step="what",
    measures=MEASURES,
    blank=False,
    floor=_FLOOR,
    bound="bare SQL",
    cell=_bare,
)
