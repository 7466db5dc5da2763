# SPDX-License-Identifier: Apache-2.0
"""How the time of a job grows with what there is to do."""

import collections.abc
import dataclasses
import sys

from benchmarks import api
from benchmarks import dataset
from benchmarks import deployments
from benchmarks import jobs
from benchmarks import ours
from benchmarks import settings as ck_settings
from benchmarks import world as ck_world

HOUR = ck_settings.HOUR_SECONDS
#: Tasks of one period each, done one after the other: little but claims.
_CLAIMS = 20
_REQUESTS = 300


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sizes:
    """Where each curve is measured, from less to more."""

    periods: tuple[int, ...] = (24, 168, 720, 2160, 4380, 8760)
    scopes: tuple[int, ...] = (1, 10, 25, 50, 100)
    densities: tuple[int, ...] = (15, 50, 100, 200, 400)
    old_tasks: tuple[int, ...] = (100, 1_000, 10_000, 100_000)


#: For a try.
SMALL = Sizes(
    periods=(24, 72), scopes=(1, 3), densities=(15, 30), old_tasks=(10, 100)
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Point:
    """One measurement.

    :param curve: what it belongs to.
    :param x: how much of it there was.
    :param y: seconds, or milliseconds for each task or request.
    """

    curve: str
    side: str
    x: int
    y: float


def run(world: ck_world.World, sizes: Sizes) -> list[Point]:
    """Return all measurements of this project."""
    return [
        point
        for curve in (by_periods, by_scopes, by_density, by_old_tasks)
        for point in curve(world, sizes)
    ]


def _sides(
    world: ck_world.World, shape: dataset.Shape
) -> collections.abc.Iterator[ours.Ours]:
    """Yield this project in each database, all scopes declared as rated."""
    world.use(shape)
    for side in jobs.make_sides(world):
        if isinstance(side, ours.Ours):
            side.fresh(content=False)
            side.declare(shape.end - ck_settings.PERIOD)
            yield side
            side.stop()


def _best(
    side: ours.Ours, scope_ids: list[str], window: deployments.Window
) -> float:
    """Return the least seconds of a reprocess of stored periods."""
    repeats = side.world.settings.repeats
    works = [side.reprocess(scope_ids, window, 1) for _ in range(1 + repeats)]
    # The first one finds nothing stored.
    return min(work.end - work.begin for work in works[1:])


def _point(curve: str, side: ours.Ours, x: int, y: float) -> Point:
    point = Point(curve=curve, side=side.label, x=x, y=y)
    sys.stderr.write(f"{point}\n")
    return point


def by_periods(world: ck_world.World, sizes: Sizes) -> list[Point]:
    """Return seconds by periods of one scope."""
    days = max(sizes.periods) // 24
    begin = dataset.BEGIN.replace(year=dataset.BEGIN.year - 1)
    shape = dataset.Shape(scopes=1, days=days, begin=begin, step=HOUR)
    return [
        _point(
            "periods",
            side,
            periods,
            _best(
                side,
                shape.scope_ids,
                deployments.Window(begin=shape.begin, periods=periods),
            ),
        )
        for side in _sides(world, shape)
        for periods in sizes.periods
    ]


def by_scopes(world: ck_world.World, sizes: Sizes) -> list[Point]:
    """Return seconds by scopes of 72 periods."""
    shape = dataset.Shape(scopes=max(sizes.scopes), days=3)
    window = deployments.Window(begin=shape.begin, periods=shape.periods)
    return [
        _point("scopes", side, scopes, _best(side, some, window))
        for side in _sides(world, shape)
        for scopes in sizes.scopes
        for some in (shape.scope_ids[:scopes],)
    ]


def by_density(world: ck_world.World, sizes: Sizes) -> list[Point]:
    """Return seconds by points a period, of one scope and 168 periods."""
    found = []
    for points in sizes.densities:
        volumes = points // 3
        shape = dataset.Shape(
            scopes=1, instances=points - volumes, volumes=volumes
        )
        window = deployments.Window(begin=shape.begin, periods=shape.periods)
        found += [
            _point(
                "points a period",
                side,
                points,
                _best(side, shape.scope_ids, window),
            )
            for side in _sides(world, shape)
        ]
    return found


def by_old_tasks(world: ck_world.World, sizes: Sizes) -> list[Point]:
    """Return milliseconds of small tasks and of lists, by old tasks."""
    shape = dataset.Shape(scopes=_CLAIMS, days=1)
    window = deployments.Window(begin=shape.begin, periods=1)
    found = []
    for side in _sides(world, shape):
        there = 0
        for count in sizes.old_tasks:
            api.add_old_tasks(side, count - there)
            there = count
            seconds = _best(side, shape.scope_ids, window)
            found += [
                _point(
                    "old tasks: a task of one period",
                    side,
                    count,
                    1000 * seconds / _CLAIMS,
                ),
                *_lists(side, count),
            ]
    return found


def _lists(side: ours.Ours, count: int) -> collections.abc.Iterator[Point]:
    page = "/v2/task/reprocesses?limit=100"
    targets = {
        "old tasks: the newest 100": page,
        "old tasks: the oldest 100": f"{page}&order=asc",
    }
    for curve, target in targets.items():
        took = api.measure(side, curve, target, 0, clients=1, count=_REQUESTS)
        yield _point(curve, side, count, took.p50)
