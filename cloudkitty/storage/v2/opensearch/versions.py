# SPDX-License-Identifier: Apache-2.0
"""The versions of documents: which replacement wrote a point."""

import dataclasses
import datetime
import threading

from cloudkitty.common import clock
from cloudkitty.common import periods
from cloudkitty.storage.v2.opensearch import conditions
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import search
from cloudkitty.storage.v2.opensearch import server as servers

_MICROSECOND = datetime.timedelta(microseconds=1)


class Versions:
    """Source of versions: microseconds of the clock, each once."""

    def __init__(self) -> None:
        self._clock = clock.SystemClock()
        self._last = 0
        self._lock = threading.Lock()

    def now(self) -> datetime.datetime:
        """Return the current time."""
        return self._clock.now()

    def after(self, newest: int) -> int:
        """Return a version later than ``newest`` and all before."""
        now = (self.now() - periods.EPOCH) // _MICROSECOND
        with self._lock:
            self._last = max(now, newest + 1, self._last + 1)
            return self._last


def newest(server: servers.Server, selected: list[conditions.Clause]) -> int:
    """Return the newest version in the window, 0 without any."""
    body = {
        "size": 0,
        "query": conditions.every(selected),
        "aggs": {"newest": {"max": {"field": fields.WRITE}}},
    }
    found = search.search(server, body)
    try:
        value = found["aggregations"]["newest"]["value"]
        return int(value) if value is not None else 0
    except (KeyError, TypeError, ValueError):
        raise server.malformed() from None


def written_by(version: int) -> conditions.Clause:
    return {"term": {fields.WRITE: version}}


def older_than(version: int) -> conditions.Clause:
    """Return the query for older points, and those without a version."""
    return conditions.none_of({"range": {fields.WRITE: {"gte": version}}})


def newer_than(version: int) -> list[conditions.Clause]:
    """Return the clauses for points of later replacements.

    Points that were uploaded at the same time do not count.
    """
    return [
        {"range": {fields.WRITE: {"gt": version}}},
        conditions.none_of({"term": {fields.ADDED: True}}),
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """Numbers of points in the window, by version.

    :param own: of this replacement; ``older`` and ``newer`` likewise.
    """

    own: int
    older: int
    newer: int


def look(
    server: servers.Server, selected: list[conditions.Clause], version: int
) -> Seen:
    """Return the numbers of points in one search."""
    clauses = {
        "own": written_by(version),
        "older": older_than(version),
        "newer": conditions.every(newer_than(version)),
    }
    body = {
        "size": 0,
        "query": conditions.every(selected),
        "aggs": {name: {"filter": each} for name, each in clauses.items()},
    }
    found = search.search(server, body)
    try:
        counts = found["aggregations"]
        return Seen(*(int(counts[name]["doc_count"]) for name in clauses))
    except (KeyError, TypeError, ValueError):
        raise server.malformed() from None
