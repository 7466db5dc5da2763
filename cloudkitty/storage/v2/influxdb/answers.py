# SPDX-License-Identifier: Apache-2.0
"""Read the answers of ``/query``: each line is a JSON document.

https://docs.influxdata.com/influxdb/v1/guides/query_data/#chunking
"""

import collections.abc
import dataclasses
import decimal
import json
import re
import typing

from cloudkitty.storage import base

#: Bytes of one line; it has at most ``client.ROWS`` rows.
LONGEST_LINE = 1 << 28
_DECODER = json.JSONDecoder(parse_float=decimal.Decimal)
#: The text of a server up to the first datum in it.
_HARMLESS = re.compile(r"[A-Za-z :,._-]{0,100}")
_CONFLICT = "field type conflict"
_NO_DATABASE = "database not found"
#: Part of the text of an error, and the sentence for the operator.
_SENTENCES = (
    (
        _NO_DATABASE,
        "the database does not exist: create it with the statement CREATE "
        "DATABASE of the program influx",
    ),
    (
        "retention policy not found",
        "the retention policy of [storage_influxdb] retention_policy does "
        "not exist",
    ),
    (
        "beyond retention policy",
        "the points are older than the retention policy keeps them",
    ),
    (
        _CONFLICT,
        "an attribute has another type in the stored points (field type "
        "conflict)",
    ),
    (
        "max-values-per-tag",
        "an attribute has more values than max-values-per-tag of the server "
        "allows",
    ),
    (
        "max-series-per-database",
        "there are more series than max-series-per-database of the server "
        "allows",
    ),
)


class FieldTypeConflict(base.StorageError):
    """A field has another type in the stored points."""


class MissingDatabase(base.StorageError):
    """The server has no such database."""


_CLASSES: dict[str, type[base.StorageError]] = {
    _CONFLICT: FieldTypeConflict,
    _NO_DATABASE: MissingDatabase,
}


class Malformed(Exception):
    """The answer does not have InfluxDB's form, or is incomplete."""


@dataclasses.dataclass(frozen=True, slots=True)
class Series:
    """Some rows of one series of the answer to one statement.

    :param statement: number of the statement in the request.
    :param tags: keys to values, ``""`` where the series lacks the tag.
    """

    statement: int
    tags: dict[str, str]
    columns: list[str]
    values: list[list[typing.Any]]


def read(
    pieces: collections.abc.Iterable[bytes],
) -> collections.abc.Iterator[Series]:
    """Yield the series of all statements, in their order.

    :raises cloudkitty.storage.base.StorageError: if a statement failed.
    :raises Malformed: for anything that InfluxDB does not send.
    """
    complete = False
    for line in _lines(pieces):
        try:
            results = _results(_DECODER.decode(line.decode()))
            for result in results:
                # Of the last one of a statement it is missing.
                complete = not result.get("partial")
                for series in result.get("series", ()):
                    yield Series(
                        int(result["statement_id"]),
                        series.get("tags") or {},
                        list(series["columns"]),
                        list(series.get("values") or ()),
                    )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Malformed from error
    if not complete:
        raise Malformed


def refusal(text: object) -> base.StorageError:
    """Return the error for the text of a server; no data are in it."""
    words = text if isinstance(text, str) else ""
    for part, sentence in _SENTENCES:
        if part in words:
            return _CLASSES.get(part, base.StorageError)(
                f"influxdb: {sentence}"
            )
    found = _HARMLESS.match(words)
    return base.StorageError(
        f"influxdb refused the request: {found[0].strip() if found else ''}"
    )


def refusal_of(body: bytes) -> base.StorageError:
    """Return the error for the body of an unsuccessful answer."""
    try:
        return refusal(json.loads(body)["error"])
    except (ValueError, TypeError, KeyError):
        return refusal(None)


def _results(document: typing.Any) -> list[dict[str, typing.Any]]:
    if "error" in document:
        raise refusal(document["error"])
    results: list[dict[str, typing.Any]] = document["results"]
    for result in results:
        if "error" in result:
            raise refusal(result["error"])
    return results


def _lines(
    pieces: collections.abc.Iterable[bytes],
) -> collections.abc.Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from filter(None, lines)
        if len(rest) > LONGEST_LINE:
            raise Malformed
    if rest:
        yield rest
