# SPDX-License-Identifier: Apache-2.0
"""One checkout with a cloud, whose worker is driven step by step."""

import contextlib
import datetime
import pathlib
import typing

from benchmarks import cloud_database
from benchmarks import cloud_floor
from benchmarks import cloud_plan
from benchmarks import cloud_programs
from benchmarks import deployments
from benchmarks import settings as ck_settings

PERIOD = ck_settings.PERIOD
_HALF = datetime.timedelta(minutes=30)


class Side:
    """One checkout with a cloud of one size.

    :param stack: ends what this starts.
    """

    def __init__(
        self,
        name: str,
        checkout: pathlib.Path,
        cloud: cloud_plan.Cloud,
        stack: contextlib.ExitStack,
    ) -> None:
        self.name = name
        self._checkout = checkout
        self._cloud = cloud
        make = cloud.make_database
        self.database = stack.enter_context(make(f"bench_cloud_{name}"))
        self._folder = cloud.folder / name
        self._configuration = cloud_programs.configure(
            self._folder,
            self.database.url,
            cloud.source.url,
            cloud.scope_ids,
            cloud.plan.coordination,
        )
        first = cloud.begin - PERIOD
        cloud_programs.install(checkout, self._configuration, [], first)
        self.database.declare(cloud.scope_ids, first)
        self._worker = stack.enter_context(self.new_worker())
        #: Begin and end of the stored periods.
        self._begin = self._edge = cloud.begin
        self._first_task = 0

    @property
    def stored_periods(self) -> int:
        """Return how many periods all scopes have points of."""
        return (self._edge - self._begin) // PERIOD

    def new_worker(self) -> cloud_programs.Worker:
        """Return another worker."""
        return cloud_programs.Worker(
            self._checkout,
            self._configuration,
            counted=not self.database.counts_statements,
        )

    def tick(
        self, job: str, repeat: int, periods: int = 1
    ) -> cloud_plan.Result:
        """Rate the periods that are due at the next hour."""
        window = deployments.Window(begin=self._edge, periods=periods)
        self._edge = window.end
        floor = cloud_floor.Job(
            kind="tick",
            scope_ids=self._cloud.scope_ids,
            window=window,
            everything=True,
            points=self._cloud.plan.points,
        )
        return self._measure(
            job, repeat, "look", self._worker, floor, with_floor=periods == 1
        )

    def look(
        self,
        job: str,
        repeat: int,
        worker: cloud_programs.Worker | None = None,
    ) -> cloud_plan.Result:
        """Look for periods or tasks where there are none."""
        floor = cloud_floor.Job(
            kind="look",
            scope_ids=[],
            window=deployments.Window(begin=self._edge - PERIOD, periods=1),
            everything=True,
            points=self._cloud.plan.points,
        )
        what = "tasks" if job == cloud_plan.TASKS else "look"
        return self._measure(job, repeat, what, worker or self._worker, floor)

    def post(
        self, repeat: int, scope_ids: list[str], periods: int
    ) -> cloud_plan.Result:
        """Make tasks for the last periods."""
        rows = self.database.query(
            f"SELECT COALESCE(MAX(id), 0) FROM {deployments.TASKS}"
        )
        self._first_task = rows[0][0] + 1
        window = self._last(periods)
        return self._measure(
            cloud_plan.POST.format(periods),
            repeat,
            "post",
            self._worker,
            None,
            scope_ids=scope_ids,
            start=window.begin.isoformat(),
            end=window.last.isoformat(),
        )

    def redo(
        self, job: str, repeat: int, scope_ids: list[str], periods: int
    ) -> cloud_plan.Result:
        """Work off the tasks that were made."""
        floor = cloud_floor.Job(
            kind="redo",
            scope_ids=scope_ids,
            window=self._last(periods),
            everything=len(scope_ids) == len(self._cloud.scope_ids),
            points=self._cloud.plan.points,
            first_task=self._first_task,
        )
        self._begin = min(self._begin, floor.window.begin)
        return self._measure(job, repeat, "tasks", self._worker, floor)

    def _last(self, periods: int) -> deployments.Window:
        return deployments.Window(
            begin=self._edge - periods * PERIOD, periods=periods
        )

    def _measure(
        self,
        job: str,
        repeat: int,
        what: str,
        worker: cloud_programs.Worker,
        floor: cloud_floor.Job | None,
        *,
        with_floor: bool = True,
        **more: typing.Any,
    ) -> cloud_plan.Result:
        """Let a worker do a step, check the stored data, and do the floor."""
        source, plan = self._cloud.source, self._cloud.plan
        before = self.database.counts(), source.queries(), source.cpu_seconds()
        # The beginning of the newest period that is due is half an hour ago.
        now = self._edge + (cloud_programs.WAIT - 1) * PERIOD + _HALF
        took = worker.do(what, now=now.isoformat(), **more)
        queries = source.queries() - before[1]
        cpu_source = source.cpu_seconds() - before[2]
        counts = self.database.counts()
        counted = self.database.counts_statements
        stored = self._stored()
        void = self._faults(stored[0])
        if floor is not None and floor.kind == "redo":
            void += self._unfinished(len(floor.scope_ids))
        limit: dict[str, typing.Any] = {}
        if plan.floor and floor is not None and with_floor and not void:
            limit = cloud_floor.run(self.database, source.port, floor)
            if self._stored() != stored:
                void.append(f"the floor made {self._stored()} of {stored}")
        points = 0
        if floor is not None and floor.kind != "look":
            points = (
                2 * plan.points * len(floor.scope_ids) * floor.window.periods
            )
        return cloud_plan.Result(
            kind=self._cloud.kind,
            job=job,
            side=self.name,
            database=plan.database,
            scopes=len(self._cloud.scope_ids),
            repeat=repeat,
            points=points,
            seconds=took["seconds"],
            cpu=took["cpu"],
            cpu_database=cloud_database.difference(counts.cpu, before[0].cpu),
            cpu_source=cpu_source,
            statements=(
                counts.statements - before[0].statements
                if counted
                else took["statements"]
            ),
            commits=(
                counts.commits - before[0].commits
                if counted
                else took["commits"]
            ),
            queries=queries,
            memory=took["memory"],
            floor_seconds=limit.get("seconds"),
            floor_cpu=limit.get("cpu"),
            floor_cpu_database=limit.get("database"),
            floor_statements=limit.get("statements"),
            floor_commits=limit.get("commits"),
            floor_memory=limit.get("memory"),
            void=tuple(void),
        )

    def _faults(self, stored: int) -> list[str]:
        """Return the errors of the points and the cursors."""
        scopes = len(self._cloud.scope_ids)
        expected = 2 * self._cloud.plan.points * scopes * self.stored_periods
        found = []
        if stored != expected:
            found.append(f"{stored} points stored, not {expected}")
        rows = self.database.query(
            f"SELECT COUNT(*) FROM {cloud_database.STATES} WHERE "
            "last_processed_timestamp = "
            f"{self.database.time(self._edge - PERIOD)}"
        )
        if rows[0][0] != scopes:
            found.append(f"{rows[0][0]} of {scopes} scopes are rated")
        return found

    def _unfinished(self, tasks: int) -> list[str]:
        """Return the errors of the newest tasks."""
        rows = self.database.query(
            f"SELECT COUNT(*) FROM {deployments.TASKS} "
            f"WHERE id >= {self._first_task} AND state = 'succeeded'"
        )
        if rows[0][0] == tasks:
            return []
        return [f"{rows[0][0]} of {tasks} tasks succeeded"]

    def _stored(self) -> tuple[int, float]:
        """Return number and price of all points."""
        rows = self.database.query(
            f"SELECT COUNT(*), SUM(price) FROM {cloud_floor.POINTS}"
        )
        return rows[0][0], round(float(rows[0][1] or 0), 6)
