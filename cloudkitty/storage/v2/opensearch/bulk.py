# SPDX-License-Identifier: Apache-2.0
"""Write documents with the bulk API; the result of each is checked."""

import collections.abc
import json
import typing

import tenacity

from cloudkitty.storage import base
from cloudkitty.storage.v2.opensearch import documents
from cloudkitty.storage.v2.opensearch import server as servers

#: The most documents and characters of one request.
DOCUMENTS = 5_000
CHARACTERS = 8 * 1024 * 1024
_CONFLICT = 409


class Conflict(base.StorageError):
    """A later write has replaced a document."""


class _Rejected(Exception):
    """The server is overloaded: some documents have to be sent again."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def write(
    server: servers.Server,
    new: collections.abc.Iterable[documents.Document],
    version: int | None,
    fence: collections.abc.Callable[[], None],
) -> int:
    """Write documents; return their number.

    :param version: overwrite documents of older versions only; None: create
        documents, of which none is overwritten.
    :param fence: called before each request.
    :raises Conflict: if a document of a newer version exists.
    :raises cloudkitty.storage.base.StorageError: some documents may have
        been written.
    """
    written = 0
    for piece in _pieces(new):
        written += len(piece)
        fence()
        _write_piece(server, piece, version)
    return written


def _pieces(
    new: collections.abc.Iterable[documents.Document],
) -> collections.abc.Iterator[list[documents.Document]]:
    piece: list[documents.Document] = []
    size = 0
    for document in new:
        if piece and (
            len(piece) >= DOCUMENTS or size + len(document[1]) > CHARACTERS
        ):
            yield piece
            piece, size = [], 0
        piece.append(document)
        size += len(document[1])
    if piece:
        yield piece


def _write_piece(
    server: servers.Server,
    piece: list[documents.Document],
    version: int | None,
) -> None:
    """Send a piece until no document of it is rejected for overload."""
    try:
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Rejected),
            stop=tenacity.stop_after_attempt(servers.ATTEMPTS),
            wait=tenacity.wait_exponential_jitter(
                servers.FIRST_DELAY, 5, 2, 0.1
            ),
            reraise=True,
        ):
            with attempt:
                piece, error = _send(server, piece, version)
                if piece:
                    raise _Rejected(error)
    except _Rejected as rejected:
        raise base.StorageError(
            f"{server.name} rejected {len(piece)} documents: {rejected.error}"
        ) from None


def _send(
    server: servers.Server,
    piece: list[documents.Document],
    version: int | None,
) -> tuple[list[documents.Document], str]:
    """Send documents once; return those to send again, and why."""
    text = "".join(
        f"{_action(identifier, version)}\n{document}\n"
        for identifier, document in piece
    )
    answer = server.of_index("POST", "_bulk", text.encode())
    items = answer.get("items")
    if not isinstance(items, list) or len(items) != len(piece):
        raise server.malformed()
    again = []
    reason = ""
    for document, item in zip(piece, items, strict=True):
        status, error = _result(server, item)
        if status in (429, 503):
            again.append(document)
            reason = servers.describe(error)
        elif status == _CONFLICT and version is not None:
            raise Conflict(
                f"a later write to {server.name} has replaced the same points"
            )
        # An earlier attempt, whose answer was lost, created the document.
        elif not 200 <= status < 300 and status != _CONFLICT:
            raise base.StorageError(
                f"{server.name} refused a point: "
                f"{servers.describe(error)} ({status})"
            )
    return again, reason


def _action(identifier: str, version: int | None) -> str:
    if version is None:
        return json.dumps({"create": {"_id": identifier}})
    return json.dumps(
        {
            "index": {
                "_id": identifier,
                "version": version,
                "version_type": "external_gte",
            }
        }
    )


def _result(server: servers.Server, item: typing.Any) -> tuple[int, object]:
    """Return status and error of one document."""
    try:
        [result] = item.values()
        return int(result["status"]), result.get("error")
    except (AttributeError, KeyError, TypeError, ValueError):
        raise server.malformed() from None
