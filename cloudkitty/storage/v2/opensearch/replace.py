# SPDX-License-Identifier: Apache-2.0
"""Replace, delete and add points without a transaction.

A replacement has a version: the time of its beginning in microseconds, later
than every version that is found in its window. It writes the new documents,
and then deletes those of older versions that it did not overwrite. A reader
therefore sees each point old or new, and for a moment also points that the
new rating lacks; never fewer than either rating has.

A point has the same id in each replacement, so that it is overwritten. The
server rejects an older version of a document (``external_gte``), and deletion
is limited to older versions: a processor that was stopped in a replacement
and goes on after another one has replaced the same points gets an error.
"""

import collections.abc
import dataclasses
import datetime
import threading
import typing

from cloudkitty import dataframe
from cloudkitty.common import clock
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage.v2.opensearch import bulk
from cloudkitty.storage.v2.opensearch import conditions
from cloudkitty.storage.v2.opensearch import documents
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import index
from cloudkitty.storage.v2.opensearch import search
from cloudkitty.storage.v2.opensearch import server as servers

#: Documents that one request deletes.
_DELETED = 20_000
#: Requests in a row that may delete nothing, because of conflicts.
_IDLE = 5
#: Pairs of period and metric in one request.
_PAIRS = 500
_MICROSECOND = datetime.timedelta(microseconds=1)

Metrics = collections.abc.Collection[str] | None
#: Raises an error if the caller may no longer write.
Fence = collections.abc.Callable[[], None]


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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The server and how to write to it.

    :param stream: it is a data stream: documents are only created.
    """

    server: servers.Server
    versions: Versions
    stream: bool


def replace(
    target: Target,
    scope: scopes.Scope,
    window: periods.Window,
    frames: collections.abc.Sequence[dataframe.DataFrame],
    metrics: Metrics,
    fence: Fence,
) -> None:
    """Replace the scope's points in the window by those of ``frames``.

    :param fence: called before each request that writes.
    """
    server = target.server
    known = index.check(server, stream=target.stream)
    _check_lengths(known, scope, frames)
    before = conditions.of_scope(known, scope, window, metrics)
    version = target.versions.after(_newest(server, before))
    encoder = documents.Encoder(
        scope,
        version,
        unique=target.stream,
        now=target.versions.now() if target.stream else None,
    )
    conflict: bulk.Conflict | None = None
    written = 0
    try:
        written = bulk.write(
            server,
            encoder.documents(frames),
            None if target.stream else version,
            fence,
        )
    except bulk.Conflict as error:
        conflict = error
    refresh(server)
    if known.scope(scope.scope_key) is None:
        # The first points created the field of the identifier.
        known = index.check(server, stream=target.stream)
    mine = conditions.of_scope(known, scope, window, metrics)
    seen = _look(server, mine, version)
    if conflict or seen.newer:
        _withdraw(server, known, mine, version)
        raise conflict or bulk.Conflict(
            f"a later write to {server.name} has replaced the same points"
        )
    # Before anything is deleted: a field that is not indexed, for example
    # after a rollover, would make the new points look like old ones.
    if seen.own != written:
        raise base.StorageError(
            f"{server.name} does not return the points that were written"
        )
    if seen.older:
        _delete(server, [*mine, _older_than(version)], fence)


def delete(
    target: Target,
    scope: scopes.Scope,
    window: periods.Window,
    metrics: Metrics,
) -> None:
    """Delete the scope's points of periods that begin in the window."""
    server = target.server
    known = index.check(server, stream=target.stream)
    refresh(server)
    _delete(server, conditions.of_scope(known, scope, window, metrics))


def add(target: Target, frames: base.NewFrames) -> None:
    """Add points of several scopes; delete them again if one is refused."""
    server = target.server
    known = index.check(server, stream=target.stream)
    for scope, of_scope in frames.items():
        _check_lengths(known, scope, of_scope)
    version = target.versions.after(0)
    begun = []
    try:
        for scope, of_scope in frames.items():
            begun.append(scope)
            encoder = documents.Encoder(
                scope,
                version,
                unique=True,
                added=True,
                now=target.versions.now() if target.stream else None,
            )
            bulk.write(server, encoder.documents(of_scope), None, no_fence)
    except base.StorageError:
        _remove_added(target, begun, version)
        raise
    refresh(server)


def refresh(server: servers.Server) -> None:
    """Make all writes visible to searches.

    :raises cloudkitty.storage.base.StorageError: if a shard is unavailable.
    """
    search.check_shards(server, server.of_index("POST", "_refresh"))


def _remove_added(
    target: Target, begun: list[scopes.Scope], version: int
) -> None:
    server = target.server
    refresh(server)
    known = index.check(server, stream=target.stream)
    added = [{"term": {fields.ADDED: True}}, _written_by(version)]
    for scope in begun:
        of_scope = conditions.of_scope(known, scope, base.EVER, None)
        _delete(server, [*of_scope, *added])


def _check_lengths(
    known: fields.Fields,
    scope: scopes.Scope,
    frames: collections.abc.Iterable[dataframe.DataFrame],
) -> None:
    """Refuse names that the index would not find again.

    The dynamic mapping keeps 256 UTF-16 units, our own one more than a name
    can have.
    """
    metric = known.metric()
    named = {metric: {name for frame in frames for name in frame.usage}}
    for field, values in (
        (known.scope(scope.scope_key), {scope.identifier}),
        *named.items(),
    ):
        for value in values:
            if field and fields.units(value) > field.longest:
                raise base.StorageError(
                    f"a name is too long for the field {field.path}"
                )


def _newest(server: servers.Server, selected: list[conditions.Clause]) -> int:
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


def _written_by(version: int) -> conditions.Clause:
    return {"term": {fields.WRITE: version}}


def _older_than(version: int) -> conditions.Clause:
    """Return the query for older points, and those without a version."""
    return conditions.none_of({"range": {fields.WRITE: {"gte": version}}})


def _newer_than(version: int) -> list[conditions.Clause]:
    """Return the clauses for points of later replacements.

    Points that were uploaded at the same time do not count.
    """
    return [
        {"range": {fields.WRITE: {"gt": version}}},
        conditions.none_of({"term": {fields.ADDED: True}}),
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class _Seen:
    """Numbers of points in the window, by version.

    :param own: of this replacement; ``older`` and ``newer`` likewise.
    """

    own: int
    older: int
    newer: int


def _look(
    server: servers.Server, selected: list[conditions.Clause], version: int
) -> _Seen:
    """Return the numbers of points in one search."""
    clauses = {
        "own": _written_by(version),
        "older": _older_than(version),
        "newer": conditions.every(_newer_than(version)),
    }
    body = {
        "size": 0,
        "query": conditions.every(selected),
        "aggs": {name: {"filter": each} for name, each in clauses.items()},
    }
    found = search.search(server, body)
    try:
        counts = found["aggregations"]
        return _Seen(*(int(counts[name]["doc_count"]) for name in clauses))
    except (KeyError, TypeError, ValueError):
        raise server.malformed() from None


def _withdraw(
    server: servers.Server,
    known: fields.Fields,
    selected: list[conditions.Clause],
    version: int,
) -> None:
    """Delete own points where a later replacement has written.

    It replaced all points of a metric in a period: older ones of a writer
    that was stopped in the meantime must not stay beside them.
    """
    metric = known.metric()
    if metric is None:
        return
    keys = {fields.START: fields.START, "metric": metric.path}
    sources = [{key: {"terms": {"field": keys[key]}}} for key in keys]
    newer = conditions.every([*selected, *_newer_than(version)])
    pairs = [
        conditions.every(
            {"term": {keys[key]: bucket["key"][key]}} for key in keys
        )
        for bucket in search.buckets(search.now(server), newer, sources, {})
    ]
    for first in range(0, len(pairs), _PAIRS):
        piece = conditions.some(pairs[first : first + _PAIRS])
        _delete(server, [*selected, _written_by(version), piece])


def no_fence() -> None:
    """Allow each write."""


def _delete(
    server: servers.Server,
    clauses: list[conditions.Clause],
    fence: Fence = no_fence,
) -> None:
    """Delete the points that match, in pieces, until no point matches.

    :param clauses: the first is that of a scope.
    """
    query = conditions.every(clauses)
    idle = 0
    while search.count(server, query):
        fence()
        deleted = _delete_piece(server, query)
        # A conflict is a document that changed since the last refresh.
        refresh(server)
        idle = 0 if deleted else idle + 1
        if idle >= _IDLE:
            raise base.StorageError(
                f"{server.name} does not delete points: they change"
            )


def _delete_piece(server: servers.Server, query: conditions.Clause) -> int:
    found: dict[str, typing.Any] = server.of_index(
        "POST",
        "_delete_by_query",
        {"query": query},
        conflicts="proceed",
        refresh="true",
        max_docs=_DELETED,
    )
    deleted = found.get("deleted")
    if not isinstance(deleted, int) or found.get("failures") != []:
        raise base.StorageError(
            f"{server.name} did not delete all points: it reported failures"
        )
    return deleted
