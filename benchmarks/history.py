# SPDX-License-Identifier: Apache-2.0
"""Costs of reads of a long history, and disk per point.

The sides are checkouts of this project, as for ``cloud``. The tables are
filled by the database itself; one worker of each side reads through the
storage, and the equal query in bare SQL follows each read.
"""

import collections.abc
import contextlib
import dataclasses
import pathlib
import sys
import typing

from benchmarks import cloud_database
from benchmarks import cloud_programs
from benchmarks import history_fill
from benchmarks import history_floor
from benchmarks import history_month
from benchmarks import processes
from benchmarks import settings as ck_settings
from benchmarks import world as ck_world

MONTH = 30 * 24
WEEK = 7 * 24
DEEP = 1_000_000
#: A slow answer is a figure too.
_PATIENT = "[database]\nread_timeout = 600\n"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Size, database and sides.

    :param history: what is stored.
    :param database: as for ``cloud_plan.Plan``, like the others.
    """

    history: history_fill.History = history_fill.History()
    database: str = "mysql"
    postgresql: str = ""
    sides: tuple[tuple[str, pathlib.Path], ...] = (
        ("ours", cloud_programs.TOP),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """One read of one side.

    :param job: what is read.
    :param stored: points in the tables.
    :param rows: rows or points of the answer.
    :param disk: bytes of the tables for each point; only of the fill.
    :param void: why the result does not count.

    The others are those of ``cloud_plan.Result``.
    """

    kind: str
    job: str
    side: str
    database: str
    stored: int
    repeat: int
    rows: int = 0
    seconds: float | None = None
    cpu: float | None = None
    cpu_database: float | None = None
    statements: int | None = None
    memory: float | None = None
    disk: float | None = None
    floor_seconds: float | None = None
    floor_cpu_database: float | None = None
    void: tuple[str, ...] = ()


def reads(history: history_fill.History) -> list[history_floor.Read]:
    """Return what is measured."""
    hour, month = history.last(1), history.last(MONTH)
    middle = history.scopes // 2
    make = history_floor.Read
    found = [
        make(name="summary of the last hour", kind="total", window=hour),
        make(
            name="last hour by project",
            kind="total",
            window=hour,
            groupby=("project_id",),
            limit=history.scopes,
        ),
        make(name="page of the last hour", kind="page", window=hour),
        make(
            name="month by project",
            kind="total",
            window=month,
            groupby=("project_id",),
            limit=history.scopes,
        ),
        make(
            name="month by type, one project",
            kind="total",
            window=month,
            groupby=("type",),
            scope=middle,
        ),
    ]
    if history.stored > DEEP:
        found += [
            make(
                name=f"page {how} {DEEP:,}",
                kind="page",
                window=history.window,
                offset=DEEP,
                marked=how == "by marker at",
            )
            for how in ("at offset", "by marker at")
        ]
    found.append(
        make(
            name="replace a week of one project",
            kind="replace",
            window=history.last(WEEK),
            scope=middle,
        )
    )
    return found


class _Side:
    """One checkout with a filled database."""

    def __init__(
        self,
        name: str,
        checkout: pathlib.Path,
        plan: Plan,
        database: cloud_database.Database,
        stack: contextlib.ExitStack,
        folder: pathlib.Path,
    ) -> None:
        self.name = name
        self.database = database
        self._plan = plan
        history = plan.history
        configuration = cloud_programs.configure(
            folder / name,
            database.url,
            f"http://{ck_settings.HOST}:9/api/v1",
            history.scope_ids,
            more=_PATIENT,
        )
        edge = history.window.end
        last = edge - ck_settings.PERIOD
        cloud_programs.install(checkout, configuration, [], last)
        database.declare(history.scope_ids, last)
        history_fill.fill(database, history)
        self._worker = stack.enter_context(
            cloud_programs.Worker(
                checkout,
                configuration,
                counted=not database.counts_statements,
            )
        )
        self._worker.do(
            "touch",
            scope_ids=history.scope_ids,
            begin=edge.isoformat(),
            end=(edge + ck_settings.PERIOD).isoformat(),
        )
        self._floor = stack.enter_context(
            history_floor.Floor(database, history)
        )
        self._month = history_month.Month(
            checkout, configuration, database, history, folder / name
        )

    def size(self) -> Result:
        """Return the disk that the tables take."""
        disk = history_floor.disk(self.database)
        stored = self._plan.history.stored
        return self._result(
            "disk per point", 0, disk=None if disk is None else disk / stored
        )

    def read(self, read: history_floor.Read, repeat: int) -> Result | None:
        """Do a read, and its floor; None if this checkout has no markers."""
        given = {
            "begin": read.window.begin.isoformat(),
            "end": read.window.end.isoformat(),
            "groupby": read.groupby,
            "offset": read.offset,
            "limit": read.limit,
            "scope_id": None,
        }
        if read.scope is not None:
            given["scope_id"] = self._plan.history.scope_ids[read.scope - 1]
        try:
            return self._measure(read, repeat, given)
        except processes.Failed as error:
            return self._result(read.name, repeat, void=(str(error),))

    def _measure(
        self,
        read: history_floor.Read,
        repeat: int,
        given: dict[str, typing.Any],
    ) -> Result | None:
        if read.kind == "replace":
            del given["limit"]
            self._worker.do("load", **given)
        if read.marked:
            if self._worker.do("mark", **given)["found"] is None:
                return None
            given["marked"] = True
        before = self.database.counts()
        took = self._worker.do(read.kind, **given)
        between = self.database.counts()
        limit = self._floor.run(read)
        after = self.database.counts()
        statements = took["statements"]
        if self.database.counts_statements:
            statements = between.statements - before.statements
        void: tuple[str, ...] = ()
        if list(limit["found"]) != took["found"]:
            void = (f"{took['found']}, not {limit['found']}",)
        return self._result(
            read.name,
            repeat,
            rows=took["found"][0],
            seconds=took["seconds"],
            cpu=took["cpu"],
            cpu_database=cloud_database.difference(between.cpu, before.cpu),
            statements=statements,
            memory=took["memory"],
            floor_seconds=limit["seconds"],
            floor_cpu_database=cloud_database.difference(
                after.cpu, between.cpu
            ),
            void=void,
        )

    def month(self) -> collections.abc.Iterator[Result]:
        """Export, purge and import a month, if this checkout can."""
        if not self._month.known:
            return
        bounds = self._month.floors()
        for name, argv in self._month.commands().items():
            try:
                costs = self._month.run(argv)
            except processes.Failed as error:
                yield self._result(name, 0, void=(str(error),))
                return
            yield self._result(
                name,
                0,
                rows=self._month.points,
                **dataclasses.asdict(costs),
                floor_seconds=bounds[name].seconds,
                floor_cpu_database=bounds[name].cpu_database,
            )

    def _result(self, job: str, repeat: int, **more: typing.Any) -> Result:
        plan = self._plan
        return Result(
            kind=f"history-{plan.database}-{plan.history.points}",
            job=job,
            side=self.name,
            database=plan.database,
            stored=plan.history.stored,
            repeat=repeat,
            **more,
        )


def run(
    world: ck_world.World, plan: Plan
) -> collections.abc.Iterator[list[Result]]:
    """Yield the results."""
    make = cloud_database.maker(
        plan.database, world.settings, world.mariadb, plan.postgresql
    )
    folder = world.settings.folder("history")
    with contextlib.ExitStack() as stack:
        sides = [
            _Side(
                name,
                checkout,
                plan,
                stack.enter_context(make(f"bench_history_{name}")),
                stack,
                folder,
            )
            for name, checkout in plan.sides
        ]
        results = [side.size() for side in sides]
        for result in results:
            tell(result)
        for repeat in range(world.settings.repeats):
            for read in reads(plan.history):
                for side in sides[:: -1 if repeat % 2 else 1]:
                    result = side.read(read, repeat)
                    if result is not None:
                        results.append(result)
                        tell(result)
        for side in sides:
            for result in side.month():
                results.append(result)
                tell(result)
        yield results


def tell(result: Result) -> None:
    """Print a result at once."""
    if result.disk is not None:
        text = f"{result.disk:.1f} bytes"
    elif result.seconds is None:
        text = "unknown"
    else:
        text = (
            f"{result.seconds:.3f} s, {result.cpu:.3f} s CPU, "
            f"{result.cpu_database or 0:.3f} s database, "
            f"{result.statements} statements; floor "
            f"{result.floor_seconds:.3f} s, "
            f"{result.floor_cpu_database or 0:.3f} s database"
        )
    void = f"  VOID: {', '.join(result.void)}" if result.void else ""
    sys.stderr.write(
        f"{result.stored:,} points, {result.job}, {result.side}: {text}{void}"
        "\n"
    )
    sys.stderr.flush()
