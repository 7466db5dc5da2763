# SPDX-License-Identifier: Apache-2.0
"""What stands in the database, read without any production code."""

import datetime
import decimal
import functools
import json
import sqlite3
import typing

from cloudkitty.tests.fakes import storage as fake_storage


class Point(typing.NamedTuple):
    """One rated point."""

    metric: str
    resource: str
    qty: decimal.Decimal
    price: decimal.Decimal


#: (scope, beginning of the period) to all its points, in order.
Points = dict[tuple[str, int], tuple[Point, ...]]


class Task(typing.NamedTuple):
    """A row of a task; times are Unix times."""

    id: int
    scope_id: str
    start: int
    end: int
    current: int | None
    state: str
    metrics: tuple[str, ...] | None
    allow_empty: bool
    attempts: int
    next_attempt: float | None
    last_error: str | None
    owner: str | None
    token: int
    expires: float | None
    total: int
    done: int
    finished: float | None
    mode: str
    batch_id: str
    not_before: float | None
    max_running: int | None
    claimed: float | None

    @property
    def preview(self) -> bool:
        return self.mode == "preview"

    def starts(self, first: int = 0, last: int | None = None) -> range:
        """Return the beginnings of the periods from one to another."""
        last = self.total if last is None else last
        return range(self.start + first * 3600, self.start + last * 3600, 3600)


class State(typing.NamedTuple):
    """A row of a scope.

    ``closed`` is ``closed_before``, Unix time.
    """

    last: int
    generation: int
    active: bool
    closed: float | None = None


class Snapshot(typing.NamedTuple):
    """Everything at one moment."""

    tasks: dict[int, Task]
    states: dict[str, State]
    points: Points


_TASKS = """
SELECT id, identifier, start_reprocess_time, end_reprocess_time,
       current_reprocess_time, state, metrics, allow_empty, attempts,
       next_attempt_at, last_error, lease_owner, lease_token,
       lease_expires_at, periods_total, periods_done, finished_at, mode,
       batch_id, not_before, max_running, claimed_at
FROM storage_scope_reprocessing_schedule
"""
_STATES = """
SELECT identifier, last_processed_timestamp, generation, active,
       closed_before
FROM cloudkitty_storage_states
"""
_POINTS = """
SELECT scope_id, begin, metric, groupby, qty, price
FROM cloudkitty_rated_points points
JOIN cloudkitty_rated_series series ON series.id = points.series
JOIN cloudkitty_rated_scopes scopes ON scopes.id = points.scope
"""
EMPTY = Snapshot({}, {}, {})


def read_tasks(connection: sqlite3.Connection) -> dict[int, Task]:
    """Return all tasks by id."""
    found = {}
    for row in connection.execute(_TASKS):
        (number, scope_id, start, end, current, state, metrics, empty) = row[
            :8
        ]
        attempts, due, error, owner, token, expires, *counts = row[8:]
        total, done, finished, mode, batch_id, begins, most, claimed = counts
        found[number] = Task(
            number,
            scope_id,
            _whole(start),
            _whole(end),
            _whole(current),
            state,
            None if metrics is None else tuple(json.loads(metrics)),
            bool(empty),
            attempts,
            seconds(due),
            error,
            owner,
            token,
            seconds(expires),
            total,
            done,
            seconds(finished),
            mode,
            batch_id,
            seconds(begins),
            most,
            seconds(claimed),
        )
    return found


def read_states(connection: sqlite3.Connection) -> dict[str, State]:
    """Return all scopes by identifier."""
    return {
        name: State(_whole(last), generation, bool(active), seconds(closed))
        for name, last, generation, active, closed in connection.execute(
            _STATES
        )
    }


def read_points(connection: sqlite3.Connection) -> Points:
    """Return the points in the service's database."""
    found: dict[tuple[str, int], list[Point]] = {}
    for scope_id, begin, metric, groupby, qty, price in connection.execute(
        _POINTS
    ):
        found.setdefault((scope_id, _whole(begin)), []).append(
            Point(metric, _resource(groupby), number(qty), number(price))
        )
    return _ordered(found)


def points_of(storage: fake_storage.FakeStorage) -> Points:
    """Return the points in a storage of its own."""
    found: dict[tuple[str, int], list[Point]] = {}
    for record in storage.records:
        point = record.point
        found.setdefault(
            (record.scope_id, int(record.begin.timestamp())), []
        ).append(
            Point(
                record.metric,
                point.groupby["resource"],
                number(str(point.qty)),
                number(str(point.price)),
            )
        )
    return _ordered(found)


def changed(before: Points, after: Points) -> list[tuple[str, int]]:
    """Return the periods whose points are not the same."""
    if before is after:
        return []
    return [
        key
        for key in {**before, **after}
        if before.get(key, ()) != after.get(key, ())
    ]


def _ordered(found: dict[tuple[str, int], list[Point]]) -> Points:
    return {key: tuple(sorted(points)) for key, points in found.items()}


@functools.lru_cache(maxsize=4096)
def number(text: str) -> decimal.Decimal:
    """Return a number in its one shortest form."""
    return decimal.Decimal(text).normalize()


@functools.lru_cache(maxsize=4096)
def seconds(text: str | None) -> float | None:
    """Return a Unix time."""
    if text is None:
        return None
    at = datetime.datetime.fromisoformat(text)
    return at.replace(tzinfo=datetime.UTC).timestamp()


def _whole(text: str | None) -> int | None:
    found = seconds(text)
    return None if found is None else int(found)


@functools.lru_cache(maxsize=4096)
def _resource(text: str) -> str:
    return json.loads(text)["resource"]
