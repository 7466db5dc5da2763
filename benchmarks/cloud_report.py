# SPDX-License-Identifier: Apache-2.0
"""The tables of a whole cloud: figures, ratios and how they grow."""

import dataclasses
import math
import statistics
import typing

from benchmarks import report
from benchmarks import sides
from benchmarks import table

MEASURES = (
    report.Measure("seconds", "seconds"),
    report.Measure("CPU s, worker", "cpu"),
    report.Measure("CPU s, database", "cpu_database"),
    report.Measure("CPU s, worker and database", "cpu_both"),
    report.Measure("CPU s, source", "cpu_source"),
    report.Measure("SQL statements", "statements"),
    report.Measure("commits", "commits"),
    report.Measure("HTTP queries", "queries"),
    report.Measure("peak MiB", "memory"),
)
#: Measures that the floor has too.
_FLOOR = ("seconds", "cpu", "cpu_database", "cpu_both", "statements")
#: What grows.
_GROWING = ("seconds", "cpu", "cpu_both", "statements", "memory")


@dataclasses.dataclass(frozen=True)
class Fit:
    """How a figure grows: in proportion to ``scopes ** exponent``."""

    job: str
    side: str
    measure: str
    exponent: float
    sizes: tuple[int, ...]


def tables(rows: report.Rows) -> list[table.Table]:
    """Return all tables of these results."""
    found = []
    for database in report.names(rows, "database"):
        some = [_with_sums(row) for row in rows if row["database"] == database]
        found += [
            _figures(some, database, scopes)
            for scopes in sorted(set(report.names(some, "scopes")))
        ]
        found.append(_growth(some, database))
    return [one for one in found if one.rows]


def _with_sums(row: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Return a result with the processor time of worker and database."""
    floor = None
    if row["floor_cpu"] is not None:
        floor = row["floor_cpu"] + (row["floor_cpu_database"] or 0)
    return {
        **row,
        "cpu_both": row["cpu"] + (row["cpu_database"] or 0),
        "floor_cpu_both": floor,
    }


def _figures(rows: report.Rows, database: str, scopes: int) -> table.Table:
    rows = [row for row in rows if row["scopes"] == scopes]
    return sides.compare(f"{scopes:,} scopes, {database}", rows, _LAYOUT)


def _ratio(took: sides.Values, limit: sides.Values) -> str:
    """Return how many times the floor a figure is."""
    taken = report.ratios(report.Measure("", "", more=True), took, limit)
    return table.spread(taken, " x") if taken else ""


_LAYOUT = sides.Layout(
    step="step",
    measures=MEASURES,
    blank=True,
    floor=_FLOOR,
    bound="times the floor",
    cell=_ratio,
)


def fits(rows: report.Rows) -> list[Fit]:
    """Return the exponents of all figures with two sizes or more."""
    found = []
    for job in report.names(rows, "job"):
        for side in report.names(rows, "side"):
            for field in _GROWING:
                points = medians(rows, job, side, field)
                if len(points) > 1:
                    sizes = tuple(size for size, _ in points)
                    found.append(
                        Fit(job, side, field, exponent(points), sizes)
                    )
    return found


def medians(
    rows: report.Rows, job: str, side: str, field: str
) -> list[tuple[int, float]]:
    """Return (scopes, median) of the results that count, in order."""
    found = []
    for scopes in sorted(set(report.names(rows, "scopes"))):
        values = report.values(rows, field, job=job, side=side, scopes=scopes)
        middle = statistics.median(values.values()) if values else 0
        if middle > 0:
            found.append((scopes, middle))
    return found


def exponent(points: list[tuple[int, float]]) -> float:
    """Return the slope of the line through the logarithms.

    One means a straight line, less than one that a part is constant.

    >>> round(exponent([(10, 3.0), (100, 30.0), (1000, 300.0)]), 6)
    1.0
    """
    logarithms = [(math.log(x), math.log(y)) for x, y in points]
    return statistics.linear_regression(
        [x for x, _ in logarithms], [y for _, y in logarithms]
    ).slope


def _growth(rows: report.Rows, database: str) -> table.Table:
    by_job: dict[tuple[str, str], dict[str, str]] = {}
    for fit in fits(rows):
        key = fit.job, fit.side
        by_job.setdefault(key, {})[fit.measure] = f"{fit.exponent:.2f}"
    return table.Table(
        f"Growth by scopes, exponents, {database}",
        ["step", "side", *_GROWING],
        [
            [*key, *(found.get(field, "") for field in _GROWING)]
            for key, found in by_job.items()
        ],
    )
