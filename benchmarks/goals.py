# SPDX-License-Identifier: Apache-2.0
"""What was promised, and whether it holds."""

import collections.abc
import dataclasses
import statistics

from benchmarks import report
from benchmarks import table

#: The side that the goals are about: both sides have the same database.
OURS = "ours-mysql"


@dataclasses.dataclass(frozen=True)
class Goal:
    """A promise.

    :param what: in words.
    :param limit: the least, or the most, that keeps it.
    :param least: whether the limit is the least.
    :param value: finds the figure; None for one that was not measured.
    """

    what: str
    limit: float
    least: bool
    value: collections.abc.Callable[[dict[str, report.Rows]], float | None]


def _ratio(group: str, field: str, more: bool, **where):
    def value(results: dict[str, report.Rows]) -> float | None:
        rows = _matching(results.get(group, []), **where)
        found = report.ratios(
            report.Measure("", field, more),
            report.values(rows, field, side=OURS),
            report.values(rows, field, side=report.UPSTREAM),
        )
        return statistics.median(found) if found else None

    return value


def _figure(group: str, field: str, **where):
    def value(results: dict[str, report.Rows]) -> float | None:
        rows = _matching(results.get(group, []), **where)
        found = list(report.values(rows, field, side=OURS).values())
        return statistics.median(found) if found else None

    return value


def _matching(rows: report.Rows, **where) -> report.Rows:
    """Return the rows with these values."""
    return [
        row
        for row in rows
        if all(row[name] == wanted for name, wanted in where.items())
    ]


def _floor(**where):
    def value(results: dict[str, report.Rows]) -> float | None:
        rows = _matching(results.get("jobs", []), side=OURS, **where)
        found = [
            row["seconds"] / row["floor_seconds"]
            for row in report.sound(rows)
            if row.get("floor_seconds")
        ]
        return statistics.median(found) if found else None

    return value


def _year(results: dict[str, report.Rows]) -> float | None:
    peaks = {
        row["window"]: row["largest"]
        for row in _matching(results.get("memory", []), side=OURS)
    }
    if not {"year", "month"} <= set(peaks):
        return None
    return peaks["year"] / peaks["month"]


_ONE = {"kind": "reprocess-one"}
_MANY = {"kind": "reprocess-many"}
_LIST = {"what": "100 of 10,000 tasks", "clients": 8}

GOALS = (
    Goal(
        "reprocess of one scope: times upstream's points/s",
        100,
        True,
        _ratio("jobs", "points_per_second", True, **_ONE),
    ),
    Goal(
        "... times less CPU",
        50,
        True,
        _ratio("jobs", "cpu", False, **_ONE),
    ),
    Goal(
        "... times fewer Prometheus queries",
        50,
        True,
        _ratio("jobs", "queries", False, **_ONE),
    ),
    Goal(
        "... times less peak memory, largest process",
        2,
        True,
        _ratio("jobs", "memory_largest", False, **_ONE),
    ),
    Goal(
        "... times less peak memory, all processes",
        2,
        True,
        _ratio("jobs", "memory_total", False, **_ONE),
    ),
    Goal("... times the floor's seconds", 3, False, _floor(**_ONE)),
    Goal(
        "reprocess of many scopes: times upstream's points/s",
        100,
        True,
        _ratio("jobs", "points_per_second", True, **_MANY),
    ),
    Goal("... times the floor's seconds", 3, False, _floor(**_MANY)),
    Goal(
        "live rating, 1 worker: times upstream's points/s",
        100,
        True,
        _ratio("jobs", "points_per_second", True, kind="live-1"),
    ),
    Goal(
        "live rating, 2 workers: times upstream's points/s",
        100,
        True,
        _ratio("jobs", "points_per_second", True, kind="live-2"),
    ),
    Goal(
        "one POST for 10,000 scopes: seconds",
        1.5,
        False,
        _figure("posts", "seconds", scopes=10_000),
    ),
    Goal(
        "... times faster than upstream",
        20,
        True,
        _ratio("posts", "seconds", False, scopes=10_000),
    ),
    Goal(
        "list of 100 of 10,000 tasks, 8 clients: times upstream's requests/s",
        2,
        True,
        _ratio("api", "per_second", True, **_LIST),
    ),
    Goal("... p99 in ms", 50, False, _figure("api", "p99", **_LIST)),
    Goal("a year's peak memory: times a month's", 1.2, False, _year),
)


def check(results: dict[str, report.Rows]) -> table.Table:
    """Return which promises hold; those without figures are left out."""
    rows = []
    for goal in GOALS:
        value = goal.value(results)
        if value is None:
            continue
        holds = value >= goal.limit if goal.least else value <= goal.limit
        rows.append(
            [
                goal.what,
                f"{'>=' if goal.least else '<='} {goal.limit:g}",
                table.number(value),
                "yes" if holds else "no",
            ]
        )
    return table.Table("Goals", ["what", "goal", "is", "holds"], rows)
