# SPDX-License-Identifier: Apache-2.0
"""The index or data stream: its mapping, its creation and its check."""

import logging
import typing

from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.storage import base
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import server as servers

LOG = logging.getLogger(__name__)

_OWN_PROPERTIES = {
    fields.OWN: {
        "type": "object",
        "dynamic": False,
        "properties": {
            "scope_key": {"type": "keyword"},
            "write": {"type": "long"},
            "seq": {"type": "long"},
            "added": {"type": "boolean"},
        },
    }
}
_OWN_TYPES = {
    fields.SCOPE_KEY: "keyword",
    fields.WRITE: "long",
    fields.SEQ: "long",
    fields.ADDED: "boolean",
}
_NUMBERS = ("qty", "price")
#: Their sums have fewer digits than those of doubles.
_COARSE = frozenset({"float", "half_float", "scaled_float"})
#: Requests that wait for the shards of a new index, and seconds of each.
_WAITS = 6
_WAIT_SECONDS = 10
_REQUEST_TIMEOUT = 408
#: Precedence over templates for all indices.
_PRIORITY = 200


class Unprepared(exceptions.InvalidConfiguration, base.StorageError):
    """``cloudkitty-storage-init`` has not prepared the index."""


def read(server: servers.Server) -> fields.Fields:
    """Return the fields that are mapped now.

    :raises Unprepared: if the index does not exist.
    :raises cloudkitty.storage.base.StorageError: if the server is
        unavailable.
    """
    try:
        found = server.of_index("GET", "_mapping")
    except servers.Refused as error:
        if error.status != 404:
            raise
        found = {}
    if not found:
        raise Unprepared(_why(server, "it does not exist"))
    try:
        return fields.Fields(found, server.index)
    except (AttributeError, TypeError):
        raise server.malformed() from None


def has_points(server: servers.Server) -> bool:
    """Return whether the index has a document; one that is missing has none.

    :raises cloudkitty.storage.base.StorageError: if the server is
        unavailable.
    """
    try:
        found = server.of_index(
            "POST",
            "_search",
            {"size": 1, "_source": False},
            allow_partial_search_results="false",
        )
        return bool(found["hits"]["hits"])
    except servers.Refused as error:
        if error.status != 404:
            raise
        return False
    except (KeyError, TypeError):
        raise server.malformed() from None


def create(server: servers.Server, *, stream: bool) -> None:
    """Create the index or data stream, or its missing fields.

    :param stream: whether it shall be a data stream.
    """
    mapping = _mapping(server.product.text)
    try:
        known = read(server)
    except Unprepared:
        if stream:
            _create_stream(server, mapping)
        else:
            _create_index(server, mapping)
        _wait(server)
        return
    # An empty index without a mapping gets the complete one. Fields that are
    # mapped already cannot be changed.
    lacks_all = None in known.types(fields.START)
    added = mapping if lacks_all else {"properties": _OWN_PROPERTIES}
    server.of_index("PUT", "_mapping", added)


def check(server: servers.Server, *, stream: bool) -> fields.Fields:
    """Return the fields, if points can be written and summed with them.

    :raises Unprepared: names the command or the option that repairs it.
    """
    known = read(server)
    for path, kind in _OWN_TYPES.items():
        if known.types(path) != {kind}:
            raise Unprepared(_why(server, f"it has no {kind} field {path}"))
    for path in (fields.START, fields.END):
        if known.types(path) != {"date"}:
            raise Unprepared(_why(server, f"{path} is no date in it"))
    for path in _NUMBERS:
        if not known.types(path) <= {"double", *_COARSE}:
            raise Unprepared(_why(server, f"{path} is no double in it"))
    if known.stream != stream:
        group = server.product.group
        raise exceptions.InvalidConfiguration(
            f"[{group}] use_datastream is {stream}, but {server.index} is "
            f"{'a data stream' if known.stream else 'an index'}"
        )
    return known


def warn_of_coarse_sums(server: servers.Server, known: fields.Fields) -> None:
    """Log a warning if sums have fewer digits than a double has."""
    coarse = {
        str(kind) for path in _NUMBERS for kind in known.types(path)
    } & _COARSE
    if coarse:
        LOG.warning(
            *log_fields.event(
                "sums of qty and price have about 7 significant digits: "
                "reindex into an index created by cloudkitty-storage-init "
                "for 15",
                index=server.index,
                types=", ".join(sorted(coarse)),
            )
        )


def _wait(server: servers.Server) -> None:
    """Wait until all primary shards of a new index can be searched."""
    for _attempt in range(_WAITS):
        try:
            server.ask(
                "GET",
                f"_cluster/health/{server.path}",
                wait_for_status="yellow",
                timeout=f"{_WAIT_SECONDS}s",
            )
            return
        except servers.Refused as error:
            # The time is over, and the shards have not started.
            if error.status != _REQUEST_TIMEOUT:
                raise
    raise base.StorageError(
        f"{server.name} did not start the shards of {server.index}"
    )


def _create_index(server: servers.Server, mapping: servers.Body) -> None:
    try:
        server.of_index("PUT", "", {"mappings": mapping})
    except servers.Refused:
        # Another host created it at the same time.
        read(server)


def _create_stream(server: servers.Server, mapping: servers.Body) -> None:
    stream = f"_data_stream/{server.path}"
    try:
        # With the template of the operator, if there is one.
        server.ask("PUT", stream)
    except servers.Refused:
        mapping["properties"]["@timestamp"] = {"type": "date"}
        template = {
            "index_patterns": [server.index],
            "data_stream": {},
            "priority": _PRIORITY,
            "template": {"mappings": mapping},
        }
        server.ask("PUT", f"_index_template/{server.path}", template)
        server.ask("PUT", stream)
        return
    server.of_index("PUT", "_mapping", {"properties": _OWN_PROPERTIES})


def _mapping(text: dict[str, typing.Any]) -> servers.Body:
    """Return the mapping: upstream's, and the fields of this service."""
    return {
        "dynamic": False,
        "date_detection": False,
        "dynamic_templates": [
            {
                "strings_as_keywords": {
                    "match_mapping_type": "string",
                    "mapping": text,
                }
            }
        ],
        "properties": {
            "start": {"type": "date"},
            "end": {"type": "date"},
            "type": text,
            "unit": text,
            "qty": {"type": "double"},
            "price": {"type": "double"},
            "groupby": {"type": "object", "dynamic": True},
            "metadata": {"type": "object", "dynamic": True},
            **_OWN_PROPERTIES,
        },
    }


def _why(server: servers.Server, cause: str) -> str:
    return (
        f"the index {server.index} of {server.name} is not prepared: {cause}: "
        "run cloudkitty-storage-init"
    )
