# SPDX-License-Identifier: Apache-2.0
"""Measure the work of a worker for ``[metrics]``.

The functions do nothing until ``start`` is called; ``series`` describes the
metrics.
"""

import bisect
import collections.abc
import contextlib
import functools
import threading
import time
import typing

from oslo_db import exception as db_exception
from sqlalchemy import exc

from cloudkitty.orchestrator import series
from cloudkitty.storage import base as storage_base

P = typing.ParamSpec("P")
T = typing.TypeVar("T")

LIVE = "live"
COLLECT, RATE, STORE = series.PHASES
_NOTHING = contextlib.nullcontext()
_STORAGE_ERRORS = (
    storage_base.StorageError,
    db_exception.DBError,
    exc.SQLAlchemyError,
)


class Period(typing.Protocol):
    """A processed period."""

    @property
    def result(self) -> str:
        """One of ``series.RESULTS``."""


class Part(typing.Protocol):
    """Collected periods of one scope."""

    @property
    def failure(self) -> object | None:
        """Why later periods are missing, if any."""


class _Row:
    """Adds to the row of this process, for all its threads."""

    def __init__(self, numbers: "memoryview[float]") -> None:
        self._numbers = numbers
        self._lock = threading.Lock()

    def add(self, slot: int, amount: float) -> None:
        with self._lock:
            self._numbers[slot] += amount

    def observe(self, phase: str, seconds: float) -> None:
        first = series.PHASE_SLOTS[phase]
        bucket = bisect.bisect_left(series.BUCKETS, seconds)
        with self._lock:
            self._numbers[first + bucket] += 1
            self._numbers[first + len(series.BUCKETS)] += seconds


_row: _Row | None = None


def start(numbers: "memoryview[float]") -> None:
    """Measure from now on.

    :param numbers: the row of this process in a ``series.Table``.
    """
    global _row
    _row = _Row(numbers)


def stop() -> None:
    """Measure no longer, for tests."""
    global _row
    _row = None


def periods(kind: str, done: collections.abc.Iterable[Period]) -> None:
    """Count processed periods.

    :param kind: one of ``series.KINDS``.
    """
    if _row is not None:
        for period in done:
            _count(series.PERIODS, 1, kind, period.result)


def retries(kind: str, count: int = 1) -> None:
    """Count scheduled retries."""
    _count(series.RETRIES, count, kind)


def lost_claim(kind: str) -> None:
    """Count a scope or task that was taken over during the work."""
    _count(series.LOST_CLAIMS, 1, kind)


def collected(parts: collections.abc.Mapping[str, Part]) -> None:
    """Count the collection of a chunk if it failed, at least in part."""
    if _row is not None and any(part.failure for part in parts.values()):
        _count(series.COLLECTOR_ERRORS, 1)


def storage_errors(
    function: collections.abc.Callable[P, T],
) -> collections.abc.Callable[P, T]:
    """Count the errors of the storage or the database that are raised."""

    @functools.wraps(function)
    def counted(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return function(*arguments, **named)
        except _STORAGE_ERRORS:
            _count(series.STORAGE_ERRORS, 1)
            raise

    return counted


def phase(name: str) -> contextlib.AbstractContextManager[None]:
    """Measure the duration of a block.

    :param name: one of ``series.PHASES``.
    """
    row = _row
    return _NOTHING if row is None else _measured(row, name)


@contextlib.contextmanager
def _measured(row: _Row, name: str) -> collections.abc.Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        row.observe(name, time.perf_counter() - began)


def _count(counter: series.Counter, amount: int, *labels: str) -> None:
    row = _row
    if row is None:
        return
    # A plugin or a later release may have other labels: work must not fail.
    slot = series.SLOTS.get((counter.name, *labels))
    if slot is not None:
        row.add(slot, amount)
