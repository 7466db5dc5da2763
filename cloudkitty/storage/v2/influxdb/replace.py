# SPDX-License-Identifier: Apache-2.0
"""Replace points: write all new ones, then delete those that remain.

A reader sees of each period never less than the old or the new rating.
"""

import collections
import collections.abc
import itertools

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage.v2.influxdb import answers
from cloudkitty.storage.v2.influxdb import client as influx_client
from cloudkitty.storage.v2.influxdb import conditions
from cloudkitty.storage.v2.influxdb import escaping
from cloudkitty.storage.v2.influxdb import lines
from cloudkitty.storage.v2.influxdb import names
from cloudkitty.storage.v2.influxdb import rows
from cloudkitty.storage.v2.influxdb import schema

Metrics = collections.abc.Collection[str] | None
#: Optional fields that a stored point has; a new point would inherit them.
Stored = dict[lines.Key, frozenset[str]]

_OPTIONAL = (names.EXACT_QTY, names.EXACT_PRICE, names.DESCRIPTION)
_EMPTY = escaping.string("")
_COLUMNS = ",".join(
    f"{escaping.identifier(name)}::field" for name in (names.QTY, *_OPTIONAL)
)
#: Series that one DELETE names.
_SERIES = 50


def replace(
    client: influx_client.Client,
    scope: scopes.Scope,
    window: periods.Window,
    frames: collections.abc.Sequence[dataframe.DataFrame],
    metrics: Metrics,
    fence: base.Fence,
) -> None:
    """Replace the scope's points in the window by those of the frames.

    :param fence: called directly before each write.
    :raises cloudkitty.storage.base.StorageError: a retry repairs it.
    """
    for last in (False, True):
        encoder = lines.Encoder(scope, schema.field_types(client))
        encoder.check(frames)
        stored = find(client, scope, window, metrics)
        # Only the keys of all points are kept in memory, not their texts.
        written: set[lines.Key] = set()
        points = lines.number(encoder.points(frames), written)
        new = without_inherited(points, stored)
        try:
            write(client, new, fence)
            break
        except answers.FieldTypeConflict:
            # Another process has just written the first value of a field.
            if last:
                raise
    delete_points(client, scope, stored.keys() - written, written, fence)


def find(
    client: influx_client.Client,
    scope: scopes.Scope,
    window: periods.Window,
    metrics: Metrics,
) -> Stored:
    """Return the stored points of the scope."""
    selected = client.query(
        f"SELECT {_COLUMNS} FROM {schema.source(client)} "  # noqa: S608
        f"WHERE {_where(scope, window, metrics)} GROUP BY *"
    )
    found: Stored = {}
    tags: dict[str, str] = {}
    series: lines.Tags = ()
    optional: dict[frozenset[str], frozenset[str]] = {}
    for row in rows.rows(selected):
        if row.tags is not tags:
            tags = row.tags
            series = tuple(sorted((k, v) for k, v in tags.items() if v))
        fields = frozenset(name for name in _OPTIONAL if row.field(name))
        found[series, row.time] = optional.setdefault(fields, fields)
    return found


def without_inherited(
    points: collections.abc.Iterable[lines.Point], stored: Stored
) -> collections.abc.Iterator[lines.Point]:
    """Yield the points, with empty fields where a stored one is overwritten.

    The server keeps each field of an overwritten point that the new one
    lacks. Metadata need none: the field ``metadata`` lists the valid ones.
    """
    for point in points:
        for name in stored.get(point.key(), ()):
            point.fields.setdefault(name, _EMPTY)
        yield point


def write(
    client: influx_client.Client,
    points: collections.abc.Iterable[lines.Point],
    fence: base.Fence,
) -> None:
    """Write points in batches.

    :param fence: called directly before each write.
    """
    for batch in influx_client.batches(points, influx_client.BATCH):
        text = [point.line() for point in batch]
        fence()
        client.write(text)


def delete_window(
    client: influx_client.Client,
    scope: scopes.Scope,
    window: periods.Window,
    metrics: Metrics,
) -> None:
    """Delete all points of the scope in the window."""
    client.execute(_delete(_where(scope, window, metrics)))


def delete_points(
    client: influx_client.Client,
    scope: scopes.Scope,
    stale: collections.abc.Collection[lines.Key],
    kept: collections.abc.Iterable[lines.Key],
    fence: base.Fence,
) -> None:
    """Delete points of the scope and no other ones.

    :param stale: the points; all of the scope.
    :param kept: the points beside them.
    :param fence: called directly before each write.
    """
    if not stale:
        return
    keys = schema.tag_keys(client)
    for (first, end), series in _ranges(stale, kept).items():
        for some in influx_client.batches(series, _SERIES):
            where = conditions.any_of(_exactly(tags, keys) for tags in some)
            fence()
            client.execute(
                _delete(
                    f"{conditions.of_scope(scope)} AND {where} AND "
                    f"{conditions.between(first, end)}"
                )
            )


def _ranges(
    stale: collections.abc.Iterable[lines.Key],
    kept: collections.abc.Iterable[lines.Key],
) -> dict[tuple[int, int], list[lines.Tags]]:
    """Return ranges of time with the series that are stale in all of it."""
    times: dict[lines.Tags, list[tuple[int, bool]]] = collections.defaultdict(
        list
    )
    for tags, time in stale:
        times[tags].append((time, True))
    for tags, time in kept:
        if tags in times:
            times[tags].append((time, False))
    found: dict[tuple[int, int], list[lines.Tags]] = {}
    for tags, marked in times.items():
        for deleted, group in itertools.groupby(
            sorted(marked), key=lambda pair: pair[1]
        ):
            if deleted:
                run = [time for time, _ in group]
                found.setdefault((run[0], run[-1] + 1), []).append(tags)
    return found


def _exactly(tags: lines.Tags, keys: collections.abc.Iterable[str]) -> str:
    """Return the condition for one series and no longer one."""
    values = dict(tags)
    every = [*values, *(key for key in keys if key not in values)]
    series = " AND ".join(
        conditions.tag_is(key, values.get(key, "")) for key in every
    )
    return f"({series})"


def _where(
    scope: scopes.Scope, window: periods.Window, metrics: Metrics
) -> str:
    found = [conditions.of_scope(scope), conditions.in_window(window)]
    if metrics is not None:
        found.append(conditions.of_metrics(metrics))
    return " AND ".join(found)


def _delete(where: str) -> str:
    # It names no retention policy: the server refuses that in a DELETE.
    measurement = escaping.identifier(names.MEASUREMENT)
    return f"DELETE FROM {measurement} WHERE {where}"  # noqa: S608 - escaped
