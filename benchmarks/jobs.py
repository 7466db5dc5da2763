# SPDX-License-Identifier: Apache-2.0
"""The jobs that both sides do, and whether they did them right."""

import collections.abc
import dataclasses
import sys

from benchmarks import dataset
from benchmarks import deployments
from benchmarks import floor
from benchmarks import ours
from benchmarks import upstream
from benchmarks import world as ck_world

#: Workers that rate what a reprocess is to find, before it is measured.
_PREPARING_WORKERS = 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """A job.

    :param kind: the same whatever the data set.
    :param scopes: how many; 0 for live rating of the whole data set.
    :param periods: of each.
    """

    kind: str
    name: str
    workers: int
    scopes: int = 0
    periods: int = 0

    @property
    def live(self) -> bool:
        """Tell whether it is live rating."""
        return not self.scopes


def standard(shape: dataset.Shape) -> dict[str, list[Job]]:
    """Return the jobs by the name of their group."""
    every = shape.scopes
    return {
        "live": [
            Job(kind="live-1", name="live, 1 worker", workers=1),
            Job(kind="live-2", name="live, 2 workers", workers=2),
        ],
        "reprocess-one": [
            Job(
                kind="reprocess-one",
                name="reprocess 1 scope, 1 worker",
                workers=1,
                scopes=1,
                periods=shape.periods,
            )
        ],
        "reprocess-many": [
            Job(
                kind="reprocess-many",
                name=f"reprocess {every} scopes, 2 workers",
                workers=2,
                scopes=every,
                periods=min(72, shape.periods),
            )
        ],
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What one side took for one job once.

    :param seconds: for the whole job, as ``cpu``.
    :param floor_seconds: what the barest program took for the same, as
        ``floor_cpu``.
    :param void: why the figures do not count; empty if they do.
    :param statements: None where the database does not count them.
    """

    kind: str
    job: str
    side: str
    repeat: int
    points: int
    seconds: float
    points_per_second: float
    cpu: float
    cpu_database: float
    cpu_prometheus: float
    queries: int
    statements: int | None
    memory_largest: float
    memory_total: float
    memory_proportional: float
    chunks: int | None
    floor_seconds: float | None = None
    floor_cpu: float | None = None
    void: tuple[str, ...] = ()


def make_sides(world: ck_world.World) -> list[deployments.Deployment]:
    """Return all sides of the comparison."""
    settings = world.settings
    sides: list[deployments.Deployment] = [
        ours.Ours(world, settings.ours, database)
        for database in settings.databases
    ]
    if settings.upstream:
        sides.append(upstream.Upstream(world, settings.upstream))
    return sides


class Comparison:
    """Does jobs on all sides in turn, and checks what comes out.

    :param world: the servers, with the data set that is rated.
    """

    def __init__(self, world: ck_world.World) -> None:
        self._world = world
        self.sides = make_sides(world)
        self._rated: set[str] = set()
        self._totals: dict[str, dict[str, deployments.Totals]] = {}

    def run(self, jobs: collections.abc.Sequence[Job]) -> list[Result]:
        """Return the results of all repeats."""
        results = []
        for job in jobs:
            for repeat in range(self._world.settings.repeats):
                # Whoever was last is first the next time.
                turn = self.sides[:: -1 if repeat % 2 else 1]
                for side in turn:
                    result = self._do(job, side, repeat)
                    tell(result)
                    results.append(result)
        return results

    def _do(
        self, job: Job, side: deployments.Deployment, repeat: int
    ) -> Result:
        if job.live:
            side.fresh()
            work = side.rate(job.workers)
            self._rated.add(side.label)
            self._totals[side.label] = self._read_totals(side)
            return self._result(job, side, repeat, work, [])
        self.prepare(side)
        before = self._totals[side.label]
        shape = side.shape
        first = repeat % shape.scopes if job.scopes == 1 else 0
        scope_ids = shape.scope_ids[first : first + job.scopes]
        window = deployments.Window(begin=shape.begin, periods=job.periods)
        work = side.reprocess(scope_ids, window, job.workers)
        result = self._check(job, side, repeat, work, before)
        if not isinstance(side, ours.Ours) or work.chunks is None:
            return result
        # At once, while the machine is as busy as it was.
        limit = floor.run(
            side, scope_ids, window, workers=job.workers, chunks=work.chunks
        )
        return dataclasses.replace(
            result, floor_seconds=limit.seconds, floor_cpu=limit.cpu
        )

    def _check(
        self,
        job: Job,
        side: deployments.Deployment,
        repeat: int,
        work: deployments.Work,
        before: dict[str, deployments.Totals],
    ) -> Result:
        """Return the result of a reprocess, void if it changed anything."""
        after = self._totals[side.label] = self._read_totals(side)
        void = [] if before == after else ["the reprocess changed totals"]
        return self._result(job, side, repeat, work, void)

    def stop(self) -> None:
        """End all sides' programs."""
        for side in self.sides:
            side.stop()

    def prepare(self, side: deployments.Deployment) -> None:
        """Have the whole data set rated, unless it is."""
        if side.label in self._rated:
            return
        side.fresh()
        side.rate(_PREPARING_WORKERS)
        self._rated.add(side.label)
        self._totals[side.label] = self._read_totals(side)

    @staticmethod
    def _read_totals(
        side: deployments.Deployment,
    ) -> dict[str, deployments.Totals]:
        return {
            scope_id: side.totals(scope_id)
            for scope_id in side.shape.scope_ids
        }

    def _result(
        self,
        job: Job,
        side: deployments.Deployment,
        repeat: int,
        work: deployments.Work,
        void: list[str],
    ) -> Result:
        void = void + self._differences(side)
        scopes = job.scopes or side.shape.scopes
        periods = job.periods or side.shape.periods
        expected = scopes * periods * side.shape.points_per_period
        if round(work.points / work.share) != expected:
            void.append(f"{work.points} points, not {expected}")
        return make_result(job, side, repeat, work, void)

    def _differences(self, side: deployments.Deployment) -> list[str]:
        """Return with whom the side does not agree about the totals."""
        mine = self._totals[side.label]
        shape = side.shape
        found = []
        if any(len(rows) != 2 * shape.periods for rows in mine.values()):
            found.append("periods are missing")
        return found + [
            f"not the totals of {label}"
            for label, totals in self._totals.items()
            if totals != mine
        ]


def make_result(
    job: Job,
    side: deployments.Deployment,
    repeat: int,
    work: deployments.Work,
    void: list[str],
) -> Result:
    """Return the figures of the whole job."""
    seconds = work.end - work.begin
    servers = work.servers
    sqlite = isinstance(side, ours.Ours) and side.sqlite
    return Result(
        kind=job.kind,
        job=job.name,
        side=side.label,
        repeat=repeat,
        points=round(work.points / work.share),
        seconds=seconds / work.share,
        points_per_second=work.points / seconds,
        cpu=work.cpu / work.share,
        cpu_database=servers.cpu_database,
        cpu_prometheus=servers.cpu_prometheus,
        queries=servers.queries,
        statements=None if sqlite else servers.statements,
        memory_largest=work.memory.largest,
        memory_total=work.memory.total,
        memory_proportional=work.memory.proportional,
        chunks=work.chunks,
        void=tuple(void),
    )


def tell(result: Result) -> None:
    """Print what is known already, for whoever waits."""
    limit = result.floor_seconds
    sys.stderr.write(
        f"{result.job}, {result.side}: {result.points_per_second:,.0f} "
        f"points/s, {result.seconds:.3f} s, {result.cpu:.3f} s CPU, "
        f"{result.queries} queries, {result.statements} statements"
        + (f", floor {limit:.3f} s" if limit else "")
        + (f"  VOID: {', '.join(result.void)}" if result.void else "")
        + "\n"
    )
    sys.stderr.flush()
