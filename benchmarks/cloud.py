# SPDX-License-Identifier: Apache-2.0
"""Costs of a cloud of many scopes: ticks, looks, and tasks for all.

One worker of each side is driven step by step, so that each figure belongs to
one step. The sides are checkouts of this project; they take turns, step by
step, with the same source and the same kind of database. The floor follows
each step with the same database, whose content has to be the same afterwards.
"""

import collections.abc
import contextlib
import sys

from benchmarks import cloud_database
from benchmarks import cloud_plan
from benchmarks import cloud_programs
from benchmarks import cloud_side
from benchmarks import dataset
from benchmarks import servers
from benchmarks import settings as ck_settings
from benchmarks import world as ck_world


def run(
    world: ck_world.World, plan: cloud_plan.Plan
) -> collections.abc.Iterator[list[cloud_plan.Result]]:
    """Yield the results of each size."""
    make = cloud_database.maker(
        plan.database, world.settings, world.mariadb, plan.postgresql
    )
    repeats = world.settings.repeats
    for scopes in plan.scopes:
        shape = plan.shape(scopes, repeats)
        with contextlib.ExitStack() as stack:
            cloud = cloud_plan.Cloud(
                kind=f"cloud-{plan.database}-{scopes}",
                plan=plan,
                source=stack.enter_context(_source(world, plan, shape)),
                folder=world.settings.folder("cloud"),
                begin=shape.begin
                + (plan.periods - plan.backlog) * ck_settings.PERIOD,
                scope_ids=shape.scope_ids,
                make_database=make,
            )
            sides = [
                cloud_side.Side(name, checkout, cloud, stack)
                for name, checkout in plan.sides
            ]
            yield _Steps(sides, plan, cloud.scope_ids).run(repeats)


def _source(
    world: ck_world.World, plan: cloud_plan.Plan, shape: dataset.Shape
) -> cloud_programs.Source | servers.Prometheus:
    if not plan.real:
        return cloud_programs.Source(shape.scopes, plan.points)
    blocks = dataset.prepare(world.settings, shape)
    return servers.Prometheus(world.settings, blocks)


class _Steps:
    """The steps of all sides, in turns.

    :ivar results: so far.
    """

    def __init__(
        self,
        sides: list[cloud_side.Side],
        plan: cloud_plan.Plan,
        scope_ids: list[str],
    ) -> None:
        self._sides = sides
        self._plan = plan
        self._scope_ids = scope_ids
        self.results: list[cloud_plan.Result] = []

    def run(self, repeats: int) -> list[cloud_plan.Result]:
        """Return the results of all steps."""
        groups = {
            "tick": self._tick,
            "look": self._look,
            "all": lambda repeat: self._all(repeat, 1),
            "long": lambda repeat: self._all(repeat, self._plan.periods),
            "one": self._one,
        }
        backlog = self._plan.backlog
        self._each(lambda side: side.tick(cloud_plan.BACKLOG, 0, backlog))
        for repeat in range(repeats):
            for name, group in groups.items():
                if name in self._plan.steps:
                    group(repeat)
        return self.results

    def _each(
        self,
        do: collections.abc.Callable[[cloud_side.Side], cloud_plan.Result],
    ) -> None:
        """Do a step with all sides, who take turns in being first."""
        odd = len(self.results) // len(self._sides) % 2
        for side in self._sides[:: -1 if odd else 1]:
            self.results.append(do(side))
            tell(self.results[-1])

    def _tick(self, repeat: int) -> None:
        self._each(lambda side: side.tick(cloud_plan.TICK, repeat))

    def _look(self, repeat: int) -> None:
        self._each(lambda side: side.look(cloud_plan.LOOK, repeat))
        self._each(lambda side: side.look(cloud_plan.TASKS, repeat))
        self._each(lambda side: _second(side, repeat))

    def _all(self, repeat: int, periods: int) -> None:
        self._each(lambda side: side.post(repeat, ["ALL"], periods))
        self._redo(cloud_plan.ALL, repeat, periods, self._scope_ids)

    def _one(self, repeat: int) -> None:
        middle = len(self._scope_ids) // 2
        one = self._scope_ids[middle : middle + 1]
        periods = min(self._plan.periods, self._sides[0].stored_periods)
        for side in self._sides:
            side.post(repeat, one, periods)
        self._redo(cloud_plan.ONE, repeat, periods, one)

    def _redo(
        self, name: str, repeat: int, periods: int, scope_ids: list[str]
    ) -> None:
        job = name.format(periods)
        self._each(lambda side: side.redo(job, repeat, scope_ids, periods))


def _second(side: cloud_side.Side, repeat: int) -> cloud_plan.Result:
    with side.new_worker() as worker:
        # The first look includes work that a process does only once.
        side.look(cloud_plan.SECOND, repeat, worker)
        return side.look(cloud_plan.SECOND, repeat, worker)


def tell(result: cloud_plan.Result) -> None:
    """Print a result at once."""
    limit = ""
    if result.floor_cpu is not None:
        limit = (
            f"; floor {result.floor_seconds:.3f} s, {result.floor_cpu:.3f} s "
            f"CPU, {result.floor_statements} statements"
        )
    void = f"  VOID: {', '.join(result.void)}" if result.void else ""
    database = result.cpu_database or 0.0
    sys.stderr.write(
        f"{result.scopes} scopes, {result.job}, {result.side}: "
        f"{result.seconds:.3f} s, {result.cpu:.3f} s CPU, {database:.3f} s "
        f"database, {result.statements} statements, {result.commits} commits, "
        f"{result.queries} queries, {result.memory:.0f} MiB{limit}{void}\n"
    )
    sys.stderr.flush()
