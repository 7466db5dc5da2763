# SPDX-License-Identifier: Apache-2.0
"""The API with many scopes and tasks: one process, four threads."""

import dataclasses
import datetime
import sys
import time

from benchmarks import dataset
from benchmarks import deployments
from benchmarks import jobs
from benchmarks import load
from benchmarks import ours
from benchmarks import processes
from benchmarks import settings as ck_settings
from benchmarks import world as ck_world

#: Scopes, and tasks that are done.
MANY = 10_000
CLIENTS = (1, 8, 32)
THREADS = 4
_BEGIN = dataset.BEGIN
_LAST = _BEGIN + datetime.timedelta(days=6, hours=23)
_ROWS = 1000
#: Requests before those that count.
_WARM_UP = 50


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figures:
    """What some requests took.

    :param p50: milliseconds, as ``p99``.
    :param cpu: milliseconds of the API's processor time for one request.
    :param failed: requests that did not succeed: then nothing counts.
    """

    what: str
    side: str
    repeat: int
    clients: int
    requests: int
    per_second: float
    p50: float
    p99: float
    cpu: float
    failed: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Start:
    """What the API took from its start to its first answer.

    :param cpu: seconds of processor time of all its processes.
    """

    side: str
    repeat: int
    cpu: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Post:
    """What one POST for all scopes took."""

    side: str
    repeat: int
    scopes: int
    seconds: float
    statements: int | None
    void: str = ""


def reads(scopes: int, tasks: int) -> dict[str, str]:
    """Return the requests: what they are for, and the target."""
    page = "limit=100"
    return {
        f"100 of {tasks:,} tasks": f"/v2/task/reprocesses?{page}",
        f"100 of {tasks:,} tasks, the last": (
            f"/v2/task/reprocesses?{page}&offset={max(0, tasks - 100)}"
        ),
        "the task of a scope": (f"/v2/task/reprocesses/{dataset.scope_id(7)}"),
        f"100 of {scopes:,} scopes": f"/v2/scope?{page}",
    }


def run(
    world: ck_world.World, *, requests: int, scopes: int, tasks: int
) -> tuple[list[Start], list[Figures], list[Post]]:
    """Return the figures of all sides and repeats."""
    world.use(dataset.Shape(scopes=1, days=1))
    starts: list[Start] = []
    figures: list[Figures] = []
    posts: list[Post] = []
    sides = jobs.make_sides(world)
    for repeat in range(world.settings.repeats):
        for side in sides[:: -1 if repeat % 2 else 1]:
            side.fresh(threads=THREADS, content=False)
            cpu = processes.cpu_seconds(processes.members(side.api_group))
            starts.append(Start(side=side.label, repeat=repeat, cpu=cpu))
            sys.stderr.write(f"{starts[-1]}\n")
            fill(side, scopes, tasks)
            figures += read_all(side, repeat, requests, reads(scopes, tasks))
            posts.append(post_all(side, repeat, scopes))
            sys.stderr.write(f"{posts[-1]}\n")
            side.stop()
    return starts, figures, posts


def fill(side: deployments.Deployment, scopes: int, tasks: int) -> None:
    """Put scopes, and tasks that are done, into the database."""
    last, begin = map(ck_settings.column_time, (_LAST, _BEGIN))
    _insert(
        side,
        deployments.STATES,
        "identifier, scope_key, fetcher, collector, "
        "last_processed_timestamp, scope_activation_toggle_date, active",
        [
            f"('{dataset.scope_id(number)}', 'project_id', 'source', "
            f"'prometheus', '{last}', '{begin}', 1)"
            for number in range(scopes)
        ],
    )
    add_old_tasks(side, tasks)


def add_old_tasks(
    side: deployments.Deployment, count: int, scopes: int = 1000
) -> None:
    """Add tasks of that many scopes that have succeeded."""
    names = (
        "identifier, reason, start_reprocess_time, end_reprocess_time, "
        "current_reprocess_time"
    )
    begin = ck_settings.column_time(_BEGIN)
    end = ck_settings.column_time(_BEGIN + datetime.timedelta(hours=2))
    more = ""
    if isinstance(side, ours.Ours):
        # As our own processor leaves them.
        names += (
            ", state, batch_id, created_at, updated_at, started_at, "
            "finished_at, periods_total, periods_done"
        )
        more = f", 'succeeded', '%036x', {', '.join([repr(end)] * 4)}, 3, 3"
    rows = []
    for number in range(count):
        own = more % number if more else ""
        rows.append(
            f"('{dataset.scope_id(number % scopes)}', 'old {number}', "
            f"'{begin}', '{end}', '{end}'{own})"
        )
    _insert(side, deployments.TASKS, names, rows)


def read_all(
    side: deployments.Deployment,
    repeat: int,
    requests: int,
    targets: dict[str, str],
) -> list[Figures]:
    """Return the figures of all reading requests."""
    found = []
    for what, target in targets.items():
        load.run(side.api_port, target, clients=1, requests=_WARM_UP)
        for clients in CLIENTS:
            found.append(
                measure(
                    side, what, target, repeat, clients=clients, count=requests
                )
            )
            sys.stderr.write(f"{found[-1]}\n")
    return found


def measure(
    side: deployments.Deployment,
    what: str,
    target: str,
    repeat: int,
    *,
    clients: int,
    count: int,
) -> Figures:
    """Return the figures of one request, sent ``count`` times."""
    pids = processes.members(side.api_group)
    before = processes.cpu_seconds(pids)
    took = load.run(side.api_port, target, clients=clients, requests=count)
    cpu = processes.cpu_seconds(pids) - before
    return Figures(
        what=what,
        side=side.label,
        repeat=repeat,
        clients=clients,
        requests=count,
        per_second=took.per_second,
        p50=took.percentile(0.5),
        p99=took.percentile(0.99),
        cpu=1000 * cpu / count,
        failed=took.failed,
    )


def post_all(side: deployments.Deployment, repeat: int, scopes: int) -> Post:
    """Return what one POST takes that makes a task for each scope."""
    before = side.world.counters()
    begin = time.perf_counter()
    side.post_reprocess(
        ["ALL"],
        deployments.Window(
            begin=_BEGIN + datetime.timedelta(days=1), periods=24
        ),
    )
    seconds = time.perf_counter() - begin
    statements = side.world.counters().since(before).statements
    made = side.query(
        f"SELECT COUNT(*) FROM {deployments.TASKS} WHERE reason = 'benchmark'"
    )[0][0]
    return Post(
        side=side.label,
        repeat=repeat,
        scopes=scopes,
        seconds=seconds,
        statements=None
        if isinstance(side, ours.Ours) and side.sqlite
        else statements,
        void="" if made == scopes else f"{made} tasks",
    )


def _insert(
    side: deployments.Deployment, table: str, names: str, rows: list[str]
) -> None:
    for first in range(0, len(rows), _ROWS):
        some = ", ".join(rows[first : first + _ROWS])
        side.query(f"INSERT INTO {table} ({names}) VALUES {some}")
