# SPDX-License-Identifier: Apache-2.0
"""Add points beside the stored ones."""

import collections.abc
import contextlib
import random
import time

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.influxdb import client as influx_client
from cloudkitty.storage.v2.influxdb import limits
from cloudkitty.storage.v2.influxdb import lines
from cloudkitty.storage.v2.influxdb import replace
from cloudkitty.storage.v2.influxdb import schema

#: Numbers of added points of equal tags and time. Fewer than the values that
#: a server allows for a tag (max-values-per-tag, 100,000).
_NUMBERS = 50_000
New = dict[scopes.Scope, list[lines.Point]]
_RANDOM = random.SystemRandom()


def check(frames: base.NewFrames) -> None:
    """Check scopes and metrics before anything is read or written.

    :raises TypeError: without a scope.
    :raises cloudkitty.storage.base.StorageError: for a name that cannot be
        stored.
    """
    for scope, of_scope in frames.items():
        storage_checks.require_scope(scope)
        limits.check_scope(scope)
        limits.check_metrics(of_scope)


def make_points(client: influx_client.Client, frames: base.NewFrames) -> New:
    """Return the points of each scope, with keys that no stored one has.

    The number in the key is random: two clients that add a point of equal
    tags and time at the same instant choose the same one once in 50,000
    times.

    :param frames: frames that ``check`` has accepted.
    :raises cloudkitty.storage.base.StorageError: if a point cannot be stored.
    """
    types = schema.field_types(client)
    # In the order of additions, and after all that were replaced.
    position = time.time_ns()
    found: New = {}
    for scope, of_scope in frames.items():
        encoder = lines.Encoder(scope, types)
        points = list(encoder.points(of_scope, position))
        if points:
            window = _window(of_scope)
            taken = set(replace.find(client, scope, window, None))
            found[scope] = []
            for point in points:
                single = _numbered(point, taken)
                taken.add(single.key())
                found[scope].append(single)
    return found


def write(client: influx_client.Client, new: New) -> None:
    """Write all points in one request, or none.

    :raises cloudkitty.storage.base.StorageError: if not all are written.
    """
    text = [point.line() for points in new.values() for point in points]
    if not text:
        return
    try:
        client.write(text)
    except base.StorageError:
        # The server may have accepted those of other shards.
        with contextlib.suppress(base.StorageError):
            for scope, points in new.items():
                keys = {point.key() for point in points}
                replace.delete_points(
                    client, scope, keys, (), storage_checks.no_fence
                )
        raise


def _numbered(
    point: lines.Point, taken: collections.abc.Container[lines.Key]
) -> lines.Point:
    for _ in range(100):
        numbered = point.numbered(f"a{_RANDOM.randrange(_NUMBERS)}")
        if numbered.key() not in taken:
            return numbered
    raise base.StorageError(
        "influxdb: too many points of equal attributes were added to a period"
    )


def _window(
    frames: collections.abc.Sequence[dataframe.DataFrame],
) -> periods.Window:
    return periods.Window(
        min(frame.start for frame in frames),
        max(frame.end for frame in frames),
    )
