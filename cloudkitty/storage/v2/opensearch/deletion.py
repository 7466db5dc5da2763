# SPDX-License-Identifier: Apache-2.0
"""Delete the documents of a query."""

import typing

from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.opensearch import conditions
from cloudkitty.storage.v2.opensearch import search
from cloudkitty.storage.v2.opensearch import server as servers

#: Documents that one request deletes.
_DELETED = 20_000
#: Requests in a row that may delete nothing, because of conflicts.
_IDLE = 5


def refresh(server: servers.Server) -> None:
    """Make all writes visible to searches.

    :raises cloudkitty.storage.base.StorageError: if a shard is unavailable.
    """
    search.check_shards(server, server.of_index("POST", "_refresh"))


def delete(
    server: servers.Server,
    clauses: list[conditions.Clause],
    fence: base.Fence = storage_checks.no_fence,
) -> None:
    """Delete the points that match, in pieces, until no point matches.

    :param clauses: the first is that of a scope.
    """
    query = conditions.every(clauses)
    idle = 0
    while search.count(server, query):
        fence()
        deleted = _piece(server, query)
        # A conflict is a document that changed since the last refresh.
        refresh(server)
        idle = 0 if deleted else idle + 1
        if idle >= _IDLE:
            raise base.StorageError(
                f"{server.name} does not delete points: they change"
            )


def _piece(server: servers.Server, query: conditions.Clause) -> int:
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
