# SPDX-License-Identifier: Apache-2.0
"""Read points as a stream; only the returned ones are kept in memory."""

import collections
import collections.abc
import dataclasses
import datetime
import heapq
import itertools
import typing

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.storage import base
from cloudkitty.storage.v2.influxdb import client as influx_client
from cloudkitty.storage.v2.influxdb import conditions
from cloudkitty.storage.v2.influxdb import escaping
from cloudkitty.storage.v2.influxdb import names
from cloudkitty.storage.v2.influxdb import rows
from cloudkitty.storage.v2.influxdb import schema

_MICROSECOND = datetime.timedelta(microseconds=1)
#: Order of a point, and the point.
_Ordered = tuple[tuple[typing.Any, ...], rows.Row]


class Reader:
    """Reads the points of queries.

    :param scope_key: attribute that identifies scopes.
    :param seconds: length of periods of points that do not know theirs.
    """

    def __init__(
        self, client: influx_client.Client, scope_key: str, seconds: int
    ) -> None:
        self._client = client
        self._source = schema.source(client)
        self._scope_key = scope_key
        self.seconds = seconds

    def select(
        self,
        query: base.Query,
        columns: collections.abc.Sequence[str] | None = None,
        attributes: collections.abc.Iterable[str] = (),
    ) -> collections.abc.Iterator[rows.Row]:
        """Yield the points that match, by series, each by time.

        :param columns: fields to read; None: all of them.
        :param attributes: attributes that are read of the rows.
        """
        fields = schema.field_types(self._client).keys()
        selection = conditions.Selection.of(query, self._scope_key, fields)
        if selection.empty:
            return
        if columns is not None:
            needed = [*columns]
            if more := _metadata([*attributes, *selection.filters], fields):
                needed += [names.GROUPBY, names.METADATA, *more]
            wanted = ",".join(
                f"{escaping.identifier(name)}::field"
                for name in dict.fromkeys(needed)
            )
        else:
            wanted = "*"
        found = self._client.query(
            f"SELECT {wanted} FROM {self._source} "  # noqa: S608 - escaped
            f"WHERE {selection.where} GROUP BY *"
        )
        for row in rows.rows(found):
            if selection.matches(row):
                yield row

    def retrieve(self, query: base.Query) -> base.Frames:
        """Return a page of points and the number of all.

        A page behind others is read twice: first the number of points in each
        period, then only the periods of the page.
        """
        if not query.offset or query.limit is None:
            return self._read(query)
        counts = collections.Counter(
            row.time for row in self.select(query, [names.QTY])
        )
        page = _narrowed(query, counts)
        frames = [] if page is None else self._read(page).frames
        return base.Frames(total=counts.total(), frames=frames)

    def _read(self, query: base.Query) -> base.Frames:
        total = 0

        def ordered() -> collections.abc.Iterator[_Ordered]:
            nonlocal total
            for row in self.select(query):
                total += 1
                yield self._order(row), row

        kept: list[_Ordered]
        if query.limit is None:
            kept = sorted(ordered(), key=_first)
        else:
            most = query.offset + query.limit
            kept = heapq.nsmallest(most, ordered(), key=_first)
        page = kept[query.offset :]
        return base.Frames(total=total, frames=_merge(page))

    def scope_ids(self) -> list[str]:
        """Return the identifiers of scopes that have points, sorted."""
        key = names.stored_name(self._scope_key)
        # One row for each scope; a tag's values alone would include those of
        # deleted points.
        found = self._client.query(
            f"SELECT COUNT({escaping.identifier(names.QTY)}::field) "  # noqa: S608
            f"FROM {self._source} GROUP BY {escaping.identifier(key)}"
        )
        stored = {series.tags.get(key, "") for series in found}
        return sorted(names.original_value(value) for value in stored - {""})

    def _order(self, row: rows.Row) -> tuple[typing.Any, ...]:
        position = row.field(names.POSITION)
        begin, end = row.period(self.seconds)
        return (
            begin,
            end,
            row.metric,
            row.attribute(self._scope_key),
            # Upstream's have none.
            -1 if position is None else position,
            tuple(sorted(row.tags.items())),
        )


def _narrowed(
    query: base.Query, counts: collections.abc.Mapping[int, int]
) -> base.Query | None:
    """Return the query for the same page, in the periods of the page only.

    :param counts: times to numbers of points that match.
    :returns: None for an empty page.
    """
    end = query.offset + (query.limit or 0)
    passed = 0
    inside: list[int] = []
    offset = 0
    for time in sorted(counts):
        if passed < end and passed + counts[time] > query.offset:
            offset = offset if inside else query.offset - passed
            inside.append(time)
        passed += counts[time]
    if not inside:
        return None
    window = periods.Window(
        rows.instant(inside[0]), rows.instant(inside[-1]) + _MICROSECOND
    )
    return dataclasses.replace(query, window=window, offset=offset)


def _first(pair: _Ordered) -> tuple[typing.Any, ...]:
    return pair[0]


def _metadata(
    attributes: collections.abc.Iterable[str],
    fields: collections.abc.Set[str],
) -> list[str]:
    """Return the fields that may hold attributes."""
    keys = [
        key
        for name in attributes
        for key in (names.stored_name(name), names.alias(name))
    ]
    return [key for key in dict.fromkeys(keys) if key in fields]


def _merge(page: list[_Ordered]) -> list[dataframe.DataFrame]:
    frames = []
    for (begin, end), group in itertools.groupby(
        page, key=lambda pair: pair[0][:2]
    ):
        frame = dataframe.DataFrame(begin, end)
        for _, row in group:
            frame.add_point(row.point(), row.metric)
        frames.append(frame)
    return frames
