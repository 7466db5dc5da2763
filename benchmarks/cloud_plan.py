# SPDX-License-Identifier: Apache-2.0
"""The plan of the measurements of a whole cloud, and their results."""

import collections.abc
import dataclasses
import datetime
import pathlib
import typing

from benchmarks import cloud_database
from benchmarks import cloud_programs
from benchmarks import dataset

#: Steps, in their order.
BACKLOG = "backlog"
TICK = "tick"
LOOK = "idle look"
SECOND = "idle look, second worker"
TASKS = "idle look for tasks"
POST = "POST for ALL, {} periods"
ALL = "ALL, {} periods"
ONE = "one scope, {} periods"
#: Groups of steps.
STEPS = ("tick", "look", "all", "long", "one")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Sizes, steps and sides.

    :param scopes: sizes of the cloud, from less to more.
    :param points: of each metric, scope and period.
    :param periods: of the long tasks.
    :param backlog: periods of the first cycle; fewer than ``periods`` save
        time, and the first long tasks find nothing stored.
    :param steps: the steps after the backlog, of ``STEPS``.
    :param database: ``mysql``, ``postgresql`` or ``sqlite``.
    :param postgresql: URL of a database of the server.
    :param real: whether the source is a Prometheus.
    :param coordination: URL of the locks; None for files.
    :param floor: whether the floor is measured too.
    :param sides: checkouts by their names; the first one is what the others
        are compared with.
    """

    scopes: tuple[int, ...] = (100, 1_000)
    points: int = 5
    periods: int = 24
    backlog: int = 24
    steps: tuple[str, ...] = STEPS
    database: str = "mysql"
    postgresql: str = ""
    real: bool = False
    coordination: str | None = None
    floor: bool = True
    sides: tuple[tuple[str, pathlib.Path], ...] = (
        ("ours", cloud_programs.TOP),
    )

    def shape(self, scopes: int, repeats: int) -> dataset.Shape:
        """Return the usage that the source has."""
        hours = self.periods + repeats
        return dataset.Shape(
            scopes=scopes,
            instances=self.points,
            volumes=self.points,
            days=-(-hours // 24),
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """One step of one side.

    :param job: the step.
    :param cpu: seconds of the worker.
    :param cpu_database: seconds of the server; None without a server.
    :param statements: that the server received, or SQLAlchemy executed.
    :param queries: that the source answered.
    :param memory: peak of the worker during the step, MiB.
    :param points: that were stored.
    :param void: why the result does not count.
    """

    kind: str
    job: str
    side: str
    database: str
    scopes: int
    repeat: int
    points: int
    seconds: float
    cpu: float
    cpu_database: float | None
    cpu_source: float
    statements: int
    commits: int
    queries: int
    memory: float
    floor_seconds: float | None = None
    floor_cpu: float | None = None
    floor_cpu_database: float | None = None
    floor_statements: int | None = None
    floor_commits: int | None = None
    floor_memory: float | None = None
    void: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cloud:
    """What all sides of one size share."""

    kind: str
    plan: Plan
    source: typing.Any
    folder: pathlib.Path
    begin: datetime.datetime
    scope_ids: list[str]
    make_database: collections.abc.Callable[[str], cloud_database.Database]
