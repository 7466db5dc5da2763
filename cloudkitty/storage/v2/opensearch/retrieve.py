# SPDX-License-Identifier: Apache-2.0
"""Read points, in a stable order, in bounded pieces."""

import collections.abc
import contextlib
import datetime
import typing

from cloudkitty import dataframe
from cloudkitty.storage import base
from cloudkitty.storage.v2.opensearch import conditions
from cloudkitty.storage.v2.opensearch import documents
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import search
from cloudkitty.storage.v2.opensearch import server as servers

#: Documents of one answer.
PAGE = 5_000
#: Pages that are not divided further if they are too large.
_SMALLEST = 8

Hit = dict[str, typing.Any]
#: (start, end, metric, point)
_Found = tuple[datetime.datetime, datetime.datetime, str, dataframe.DataPoint]


def retrieve(
    server: servers.Server,
    known: fields.Fields,
    query: base.Query,
    scope_key: str,
    seconds: int,
) -> base.Frames:
    """Return the requested page of points and the number of all.

    :param seconds: time between two requests.
    """
    clause = conditions.of_query(known, query, scope_key)
    end = None if query.limit is None else query.offset + query.limit
    with contextlib.ExitStack() as stack:
        # One answer is consistent in itself.
        if end is not None and end < PAGE:
            seen = search.now(server)
        else:
            seen = stack.enter_context(search.view(server, seconds))
        pages = _Pages(seen, clause, _order(known, scope_key))
        found: list[_Found] = []
        for hits in pages.read(query.offset, end):
            found += _decode(server, hits)
    return base.Frames(total=pages.total, frames=_merge(found))


class _Pages:
    """Reads the documents that match, page by page.

    Documents with equal sort values are not split between two pages: the
    next page begins after the last value. Their number is at most that of
    the shards.

    :ivar total: number of all documents, after the first page.
    """

    def __init__(
        self,
        seen: search.View,
        clause: conditions.Clause,
        order: list[dict[str, typing.Any]],
    ) -> None:
        self.total = 0
        self._seen = seen
        self._clause = clause
        self._order = order
        self._size = PAGE

    def read(
        self, offset: int, end: int | None
    ) -> collections.abc.Iterator[list[Hit]]:
        """Yield the documents from ``offset`` up to ``end``."""
        position = 0
        after: list[typing.Any] | None = None
        while True:
            size = self._size
            last = end is not None and position + size >= end
            if end is not None and last:
                size = end - position
            skipped = position + size <= offset
            try:
                hits = self._page(size, after, skipped=skipped)
            except servers.TooLarge:
                # A page of long documents.
                if size < _SMALLEST:
                    raise
                self._size = size // 4
                continue
            last = last or len(hits) < size
            if not last:
                hits = self._whole(hits)
            if not skipped:
                yield hits[max(0, offset - position) :]
            if last:
                return
            position += len(hits)
            after = hits[-1]["sort"]

    def _whole(self, hits: list[Hit]) -> list[Hit]:
        """Return the hits without the last ones that compare equal."""
        value = hits[-1].get("sort")
        whole = [hit for hit in hits if hit.get("sort") != value]
        if not whole:
            raise self._seen.server.malformed()
        return whole

    def _page(
        self, size: int, after: list[typing.Any] | None, *, skipped: bool
    ) -> list[Hit]:
        """Return the next hits; fewer than ``size`` only at the end.

        :param skipped: only their sort values are needed.
        """
        body: dict[str, typing.Any] = {
            "size": size,
            "query": self._clause,
            "sort": self._order,
            "track_total_hits": after is None,
        }
        if skipped:
            body["_source"] = False
        if after is not None:
            body["search_after"] = after
        found = self._seen.search(body)
        if after is None:
            self.total = search.hits_total(self._seen.server, found)
        hits = found["hits"].get("hits")
        if not isinstance(hits, list):
            raise self._seen.server.malformed()
        return hits


def _order(
    known: fields.Fields, scope_key: str
) -> list[dict[str, typing.Any]]:
    """Return the order: period, metric, scope, position in the frame.

    The sequence number of the server orders points of upstream.
    """
    order: list[dict[str, typing.Any]] = [
        {fields.START: "asc"},
        {fields.END: "asc"},
    ]
    for field in (known.metric(), known.scope(scope_key)):
        if field is not None:
            order.append(
                {field.path: {"order": "asc", "unmapped_type": "keyword"}}
            )
    return [*order, {fields.SEQ: "asc"}, {"_seq_no": "asc"}]


def _decode(
    server: servers.Server, hits: list[Hit]
) -> collections.abc.Iterator[_Found]:
    for hit in hits:
        try:
            source = hit["_source"]
            metric, point = documents.decode(source)
            start = documents.decode_time(source["start"])
            yield start, documents.decode_time(source["end"]), metric, point
        except (
            *(AttributeError, KeyError, TypeError, ValueError),
            ArithmeticError,
        ):
            raise base.StorageError(
                f"{server.name} has a document that is no rated point"
            ) from None


def _merge(found: list[_Found]) -> list[dataframe.DataFrame]:
    frames: list[dataframe.DataFrame] = []
    for start, end, metric, point in found:
        if not frames or (frames[-1].start, frames[-1].end) != (start, end):
            frames.append(dataframe.DataFrame(start, end))
        frames[-1].add_point(point, metric)
    return frames
