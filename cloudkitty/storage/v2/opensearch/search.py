# SPDX-License-Identifier: Apache-2.0
"""Searches: all shards or an error, at one point in time."""

import collections.abc
import contextlib
import logging
import typing

from cloudkitty.common import log_fields
from cloudkitty.storage import base
from cloudkitty.storage.v2.opensearch import conditions
from cloudkitty.storage.v2.opensearch import server as servers

LOG = logging.getLogger(__name__)

#: Buckets of one answer.
BUCKETS = 5_000
#: Name of the aggregation.
_GROUPS = "groups"

#: An answer without the data of a shard is an error.
_COMPLETE = {"allow_partial_search_results": "false"}

Sources = list[dict[str, typing.Any]]


class View:
    """The documents at one point in time.

    :param pit: id of the point in time; None: the current documents.
    """

    def __init__(
        self, server: servers.Server, pit: str | None, keep_alive: str
    ) -> None:
        self.server = server
        self._pit = pit
        self._keep_alive = keep_alive

    def search(self, body: servers.Body) -> servers.Body:
        """Return the answer of a search on all shards."""
        if self._pit is None:
            return search(self.server, body)
        pit = {"id": self._pit, "keep_alive": self._keep_alive}
        found = self.server.ask(
            "POST", "_search", {**body, "pit": pit}, **_COMPLETE
        )
        _check_complete(self.server, found)
        return found


@contextlib.contextmanager
def view(
    server: servers.Server, seconds: int
) -> collections.abc.Iterator[View]:
    """Open a point in time, and close it at the end of the block.

    :param seconds: time between two requests.
    """
    product = server.product
    keep_alive = f"{seconds}s"
    found = server.of_index("POST", product.open_path, keep_alive=keep_alive)
    check_shards(server, found)
    pit = found.get(product.pit_key)
    if not isinstance(pit, str):
        raise server.malformed()
    try:
        yield View(server, pit, keep_alive)
    finally:
        try:
            server.ask("DELETE", product.close_path, product.close_body(pit))
        except base.StorageError as error:
            # It ends by itself.
            LOG.info(
                *log_fields.event(
                    "a point in time was not closed", error=error
                )
            )


def now(server: servers.Server) -> View:
    """Return the current documents: for one request."""
    return View(server, None, "")


def search(server: servers.Server, body: servers.Body) -> servers.Body:
    """Return the answer of a search on all shards.

    :raises cloudkitty.storage.base.StorageError: if one did not answer: sums
        of the others would be too small.
    """
    found = server.of_index("POST", "_search", body, **_COMPLETE)
    _check_complete(server, found)
    return found


def _check_complete(server: servers.Server, answer: servers.Body) -> None:
    check_shards(server, answer)
    shards = answer.get("_shards")
    if not shards or shards.get("successful") != shards.get("total"):
        raise base.StorageError(f"{server.name} answered without some shards")


def check_shards(server: servers.Server, answer: servers.Body) -> None:
    """Refuse an answer that lacks the data of a shard.

    :raises cloudkitty.storage.base.StorageError: if it does.
    """
    # The answer of Elasticsearch to "open a point in time" has none.
    shards = answer.get("_shards", {"failed": 0})
    if not isinstance(shards, dict) or not isinstance(
        shards.get("failed"), int
    ):
        raise server.malformed()
    if shards["failed"] or answer.get("timed_out"):
        raise base.StorageError(
            f"{server.name} answered without {shards['failed']} of its shards"
        )


def count(server: servers.Server, query: conditions.Clause) -> int:
    """Return the number of documents that match."""
    body = {"size": 0, "track_total_hits": True, "query": query}
    return hits_total(server, search(server, body))


def hits_total(server: servers.Server, answer: servers.Body) -> int:
    """Return the number of documents that match, of an answer."""
    try:
        total = answer["hits"]["total"]
        value = total["value"] if isinstance(total, dict) else total
        return int(value)
    except (KeyError, TypeError, ValueError):
        raise server.malformed() from None


def buckets(
    seen: View,
    query: conditions.Clause,
    sources: Sources,
    sums: dict[str, typing.Any],
) -> collections.abc.Iterator[dict[str, typing.Any]]:
    """Yield all buckets of a composite aggregation, page by page.

    :param sources: of the aggregation; not empty.
    :param sums: aggregations of each bucket.
    """
    after: dict[str, typing.Any] | None = None
    while True:
        page, after = page_of_buckets(seen, query, sources, sums, after)
        yield from page
        if after is None:
            return


def page_of_buckets(
    seen: View,
    query: conditions.Clause,
    sources: Sources,
    sums: dict[str, typing.Any],
    after: dict[str, typing.Any] | None = None,
) -> tuple[list[dict[str, typing.Any]], dict[str, typing.Any] | None]:
    """Return some buckets, and the key after which the next ones are.

    The key is None after the last page.
    """
    composite: dict[str, typing.Any] = {"size": BUCKETS, "sources": sources}
    if after is not None:
        composite["after"] = after
    group: dict[str, typing.Any] = {"composite": composite}
    if sums:
        group["aggs"] = sums
    found = seen.search({"size": 0, "query": query, "aggs": {_GROUPS: group}})
    try:
        groups = found["aggregations"][_GROUPS]
        page = list(groups["buckets"])
    except (KeyError, TypeError):
        raise seen.server.malformed() from None
    if len(page) < BUCKETS:
        return page, None
    key = groups.get("after_key")
    if not isinstance(key, dict) or key == after:
        raise seen.server.malformed()
    return page, key
