# SPDX-License-Identifier: Apache-2.0
"""A year against a month: peak memory must not grow with the window."""

import dataclasses
import sys

from benchmarks import dataset
from benchmarks import deployments
from benchmarks import jobs
from benchmarks import ours
from benchmarks import settings as ck_settings
from benchmarks import world as ck_world

#: One scope with 200 points a period, one sample an hour.
YEAR = dataset.Shape(
    scopes=1,
    instances=150,
    volumes=50,
    days=365,
    begin=dataset.BEGIN.replace(year=dataset.BEGIN.year - 1),
    step=ck_settings.HOUR_SECONDS,
)
#: For a try.
SMALL = dataclasses.replace(YEAR, instances=10, volumes=5, days=40)
WINDOWS = {"month": 30 * 24, "year": 365 * 24}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Peak:
    """Memory for one window, in MiB.

    :param largest: of the largest process.
    """

    side: str
    window: str
    periods: int
    points: int
    seconds: float
    largest: float
    total: float
    proportional: float


def run(world: ck_world.World, shape: dataset.Shape) -> list[Peak]:
    """Return the peaks of this project for both windows.

    The year is stored before, so that both runs replace what is there.
    """
    world.use(shape)
    found = []
    for side in jobs.make_sides(world):
        if not isinstance(side, ours.Ours):
            # It would take upstream two hours.
            continue
        side.fresh(content=False)
        side.declare(shape.end - ck_settings.PERIOD)
        windows = {"": shape.periods} | {
            name: min(periods, shape.periods)
            for name, periods in WINDOWS.items()
        }
        for name, periods in windows.items():
            window = deployments.Window(begin=shape.begin, periods=periods)
            work = side.reprocess(shape.scope_ids, window, 1)
            if name:
                found.append(_peak(side, name, periods, work))
                sys.stderr.write(f"{found[-1]}\n")
        side.stop()
    return found


def _peak(
    side: ours.Ours, name: str, periods: int, work: deployments.Work
) -> Peak:
    return Peak(
        side=side.label,
        window=name,
        periods=periods,
        points=work.points,
        seconds=work.end - work.begin,
        largest=work.memory.largest,
        total=work.memory.total,
        proportional=work.memory.proportional,
    )
