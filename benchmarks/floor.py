# SPDX-License-Identifier: Apache-2.0
"""The limit: the barest program that does what a reprocess has to do.

The same range queries of Prometheus, the answers decoded, each sample times a
price, and the very rows that the project stored deleted and inserted again,
in as many transactions as the project used. No task, no rules, no checks.

It begins as the project does: connected, after a moment without any work.
"""

import dataclasses
import datetime
import http.client
import json
import multiprocessing
import sqlite3
import time
import typing
import urllib.parse

import pymysql

from benchmarks import deployments
from benchmarks import floor_rows
from benchmarks import ours
from benchmarks import settings as ck_settings

#: What the collector asks for each metric (``{scope}`` and ``{seconds}``).
QUERIES = (
    'max(max_over_time(instance_up{{project_id="{scope}"}}[{seconds}s])) '
    "by (project_id, instance_id, flavor)",
    'max(max_over_time(volume_size_gb{{project_id="{scope}"}}[{seconds}s])) '
    "by (project_id, volume_id)",
)
_PRICE = 0.04
#: Seconds that all have been idle for when it begins, as for the project: a
#: machine that has just been at work is quicker.
_IDLE = ours.IDLE


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What the floor took.

    :param cpu: seconds of the program itself.
    """

    side: str
    seconds: float
    cpu: float
    points: int
    workers: int
    chunks: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Part:
    """What one process does for one scope."""

    scope_id: str
    chunks: list[tuple[datetime.datetime, datetime.datetime]]
    rows: list[list[typing.Any]]


def run(
    side: ours.Ours,
    scope_ids: list[str],
    window: deployments.Window,
    *,
    workers: int,
    chunks: int,
) -> Result:
    """Return what the floor takes for a reprocess.

    :param side: has the window rated; it finds the same there afterwards.
    :param chunks: transactions that the project used for the whole job.
    """
    each = max(1, round(chunks / len(scope_ids)))
    table = floor_rows.Table(side.query, sqlite=side.sqlite)
    parts = []
    for scope_id in scope_ids:
        cut = _cut(window, each)
        rows = [table.read(scope_id, *chunk) for chunk in cut]
        parts.append(_Part(scope_id=scope_id, chunks=cut, rows=rows))
    took = _in_processes(side, table, parts, workers)
    return Result(
        side=side.label,
        seconds=max(end for _, end, _ in took)
        - min(begin for begin, _, _ in took),
        cpu=sum(cpu for _, _, cpu in took),
        points=sum(len(rows) for part in parts for rows in part.rows),
        workers=workers,
        chunks=each * len(scope_ids),
    )


def _cut(
    window: deployments.Window, count: int
) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """Return begin and end of parts of about the same length."""
    edges = [
        window.begin + window.periods * number // count * ck_settings.PERIOD
        for number in range(count + 1)
    ]
    return [
        (begin, end)
        for begin, end in zip(edges, edges[1:], strict=False)
        if begin < end
    ]


def _in_processes(
    side: ours.Ours,
    table: floor_rows.Table,
    parts: list[_Part],
    workers: int,
) -> list[tuple[float, float, float]]:
    """Return begin, end (Unix times) and CPU seconds of each process."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(workers)
    answers = context.SimpleQueue()

    def work(mine: list[_Part]) -> None:
        prometheus = http.client.HTTPConnection(
            ck_settings.HOST, side.world.prometheus.port
        )
        prometheus.connect()
        database = _connect(side)
        barrier.wait()
        time.sleep(_IDLE)
        begin, cpu = time.time(), time.process_time()
        for part in mine:
            _redo(prometheus, database, table, part)
        answers.put((begin, time.time(), time.process_time() - cpu))

    running = [
        context.Process(target=work, args=(parts[number::workers],))
        for number in range(workers)
    ]
    for process in running:
        process.start()
    took = [answers.get() for _ in running]
    for process in running:
        process.join()
    return took


def _connect(side: ours.Ours) -> typing.Any:
    if side.sqlite:
        return sqlite3.connect(side.file, timeout=60, isolation_level=None)
    return pymysql.connect(
        host=ck_settings.HOST,
        port=side.world.mariadb.port,
        user="root",
        database=side.database,
        charset="utf8mb4",
    )


def _redo(
    prometheus: http.client.HTTPConnection,
    database: typing.Any,
    table: floor_rows.Table,
    part: _Part,
) -> None:
    for (begin, end), rows in zip(part.chunks, part.rows, strict=True):
        prices = [
            float(value) * _PRICE
            for text in QUERIES
            for series in _ask(prometheus, text, part.scope_id, begin, end)
            for _, value in series["values"]
        ]
        if len(prices) != len(rows):
            raise ValueError(f"{len(prices)} samples, {len(rows)} rows")
        table.write(database, part.scope_id, begin, end, rows)


def _ask(
    prometheus: http.client.HTTPConnection,
    text: str,
    scope_id: str,
    begin: datetime.datetime,
    end: datetime.datetime,
) -> list[dict[str, typing.Any]]:
    seconds = ck_settings.HOUR_SECONDS
    query = urllib.parse.urlencode(
        {
            "query": text.format(scope=scope_id, seconds=seconds),
            "start": begin.timestamp() + seconds,
            "end": end.timestamp(),
            "step": seconds,
        }
    )
    prometheus.request("GET", f"/api/v1/query_range?{query}")
    answer = prometheus.getresponse()
    return json.loads(answer.read())["data"]["result"]
