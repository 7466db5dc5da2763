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

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.opensearch import bulk
from cloudkitty.storage.v2.opensearch import conditions
from cloudkitty.storage.v2.opensearch import deletion
from cloudkitty.storage.v2.opensearch import documents
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import index
from cloudkitty.storage.v2.opensearch import search
from cloudkitty.storage.v2.opensearch import server as servers
from cloudkitty.storage.v2.opensearch import versions as ck_versions

#: Pairs of period and metric in one request.
_PAIRS = 500

Metrics = collections.abc.Collection[str] | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The server and how to write to it.

    :param stream: it is a data stream: documents are only created.
    """

    server: servers.Server
    versions: ck_versions.Versions
    stream: bool


def replace(
    target: Target,
    scope: scopes.Scope,
    window: periods.Window,
    frames: collections.abc.Sequence[dataframe.DataFrame],
    metrics: Metrics,
    fence: base.Fence,
) -> None:
    """Replace the scope's points in the window by those of ``frames``.

    :param fence: called before each request that writes.
    """
    server = target.server
    known = index.check(server, stream=target.stream)
    _check_lengths(known, scope, frames)
    before = conditions.of_scope(known, scope, window, metrics)
    version = target.versions.after(ck_versions.newest(server, before))
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
    deletion.refresh(server)
    if known.scope(scope.scope_key) is None:
        # The first points created the field of the identifier.
        known = index.check(server, stream=target.stream)
    mine = conditions.of_scope(known, scope, window, metrics)
    seen = ck_versions.look(server, mine, version)
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
        deletion.delete(
            server, [*mine, ck_versions.older_than(version)], fence
        )


def delete(
    target: Target,
    scope: scopes.Scope,
    window: periods.Window,
    metrics: Metrics,
) -> None:
    """Delete the scope's points of periods that begin in the window."""
    server = target.server
    known = index.check(server, stream=target.stream)
    deletion.refresh(server)
    deletion.delete(server, conditions.of_scope(known, scope, window, metrics))


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
            bulk.write(
                server,
                encoder.documents(of_scope),
                None,
                storage_checks.no_fence,
            )
    except base.StorageError:
        _remove_added(target, begun, version)
        raise
    deletion.refresh(server)


def _remove_added(
    target: Target, begun: list[scopes.Scope], version: int
) -> None:
    server = target.server
    deletion.refresh(server)
    known = index.check(server, stream=target.stream)
    added = [{"term": {fields.ADDED: True}}, ck_versions.written_by(version)]
    for scope in begun:
        of_scope = conditions.of_scope(known, scope, base.EVER, None)
        deletion.delete(server, [*of_scope, *added])


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
    newer = conditions.every([*selected, *ck_versions.newer_than(version)])
    pairs = [
        conditions.every(
            {"term": {keys[key]: bucket["key"][key]}} for key in keys
        )
        for bucket in search.buckets(search.now(server), newer, sources, {})
    ]
    for first in range(0, len(pairs), _PAIRS):
        piece = conditions.some(pairs[first : first + _PAIRS])
        deletion.delete(
            server, [*selected, ck_versions.written_by(version), piece]
        )
