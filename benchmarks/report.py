# SPDX-License-Identifier: Apache-2.0
"""The tables that say how the sides compare."""

import collections.abc
import dataclasses
import typing

from benchmarks import table

UPSTREAM = "upstream"
Rows = list[dict[str, typing.Any]]


@dataclasses.dataclass(frozen=True)
class Measure:
    """A figure of a result.

    :param name: in the table.
    :param field: of the result.
    :param more: whether more is better; else the ratio is turned over.
    """

    name: str
    field: str
    more: bool = False


JOB_MEASURES = (
    Measure("points/s", "points_per_second", more=True),
    Measure("seconds", "seconds"),
    Measure("CPU s, processor", "cpu"),
    Measure("CPU s, databases", "cpu_database"),
    Measure("CPU s, Prometheus", "cpu_prometheus"),
    Measure("Prometheus queries", "queries"),
    Measure("SQL statements", "statements"),
    Measure("peak MiB, largest process", "memory_largest"),
    Measure("peak MiB, sum of processes", "memory_total"),
    Measure("peak MiB, shared pages once", "memory_proportional"),
)
API_MEASURES = (
    Measure("requests/s", "per_second", more=True),
    Measure("p50 ms", "p50"),
    Measure("p99 ms", "p99"),
    Measure("CPU ms a request", "cpu"),
)
#: Times the floor.
_TAKEN = Measure("taken", "", more=True)
START_MEASURES = (Measure("CPU s", "cpu"),)
POST_MEASURES = (
    Measure("seconds", "seconds"),
    Measure("SQL statements", "statements"),
)


def tables(results: dict[str, Rows]) -> list[table.Table]:
    """Return all tables that the results have figures for."""
    found = []
    jobs = results.get("jobs", [])
    if jobs:
        found.append(_compare("Jobs", "job", jobs, JOB_MEASURES))
    if any(row.get("floor_seconds") for row in jobs):
        found.append(_floor(jobs))
    if results.get("starts"):
        rows = [{**row, "what": "the API"} for row in results["starts"]]
        found.append(_compare("Start", "what", rows, START_MEASURES))
    if results.get("api"):
        rows = [
            {**row, "what": f"{row['what']}, {row['clients']} clients"}
            for row in results["api"]
        ]
        found.append(_compare("Reading", "what", rows, API_MEASURES))
    if results.get("posts"):
        rows = [
            {**row, "what": f"{row['scopes']:,} scopes"}
            for row in results["posts"]
        ]
        found.append(_compare("One POST", "what", rows, POST_MEASURES))
    if results.get("memory"):
        found.append(_memory(results["memory"]))
    if results.get("growth"):
        found.append(_growth(results["growth"]))
    return found


def sound(rows: Rows) -> Rows:
    """Return the results that count."""
    return [
        row for row in rows if not row.get("void") and not row.get("failed")
    ]


def values(rows: Rows, field: str, **where: typing.Any) -> dict[int, float]:
    """Return the field of the results that count, by repeat."""
    return {
        row["repeat"]: row[field]
        for row in sound(rows)
        if row[field] is not None
        and all(row[name] == value for name, value in where.items())
    }


def ratios(
    measure: Measure, ours: dict[int, float], theirs: dict[int, float]
) -> list[float]:
    """Return how many times better ours are, repeat by repeat."""
    found = []
    for repeat in sorted(set(ours) & set(theirs)):
        pair = ours[repeat], theirs[repeat]
        better, worse = pair if measure.more else pair[::-1]
        if worse:
            found.append(better / worse)
    return found


def names(rows: Rows, field: str) -> list[str]:
    """Return the values of a field in the order of their coming."""
    return list(dict.fromkeys(row[field] for row in rows))


def _compare(
    title: str,
    key: str,
    rows: Rows,
    measures: collections.abc.Sequence[Measure],
) -> table.Table:
    sides = sorted(names(rows, "side"), key=lambda side: side == UPSTREAM)
    ours = [side for side in sides if side != UPSTREAM]
    compared = ours if UPSTREAM in sides else []
    lines = []
    for what in names(rows, key):
        for measure in measures:
            found = {
                side: values(rows, measure.field, **{key: what, "side": side})
                for side in sides
            }
            lines.append(
                [what, measure.name]
                + [table.spread(list(found[side].values())) for side in sides]
                + [
                    table.spread(
                        ratios(measure, found[side], found[UPSTREAM]), " x"
                    )
                    for side in compared
                ]
            )
    header = [key, "measure", *sides]
    header += [f"{side} is better by" for side in compared]
    return table.Table(_titled(title, rows), header, lines)


def _titled(title: str, rows: Rows) -> str:
    bad = len(rows) - len(sound(rows))
    return f"{title} ({bad} void results left out)" if bad else title


def _floor(rows: Rows) -> table.Table:
    lines = []
    for job in names(rows, "job"):
        for side in names(rows, "side"):
            line = [job, side]
            for field in ("seconds", "cpu"):
                took = values(rows, field, job=job, side=side)
                limit = values(rows, f"floor_{field}", job=job, side=side)
                line += [
                    table.spread(list(limit.values())),
                    table.spread(ratios(_TAKEN, took, limit), " x"),
                ]
            if limit:
                lines.append(line)
    header = ["job", "side", "floor, s", "taken", "floor, CPU s", "taken"]
    return table.Table("How far from the limit", header, lines)


def _memory(rows: Rows) -> table.Table:
    fields = {
        "periods": "periods",
        "points": "points",
        "seconds": "seconds",
        "largest": "peak MiB, largest process",
        "proportional": "shared pages once",
    }
    lines = [
        [row["side"], row["window"]]
        + [table.number(row[field]) for field in fields]
        for row in rows
    ]
    return table.Table(
        "A year and a month", ["side", "window", *fields.values()], lines
    )


def _growth(rows: Rows) -> table.Table:
    lines = [
        [row["curve"], row["side"], f"{row['x']:,}", table.number(row["y"])]
        for row in rows
    ]
    header = ["what", "side", "how much", "s (old tasks: ms)"]
    return table.Table("Growth", header, lines)
