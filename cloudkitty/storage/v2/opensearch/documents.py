# SPDX-License-Identifier: Apache-2.0
"""Points as documents: upstream's form, with an object of our own.

The keys and their order are upstream's (``start``, ``end``, ``type``,
``unit``, ``description``, ``qty``, ``price``, ``groupby``, ``metadata``).
Numbers have all their digits: the server keeps the text of a document, and
only its index has doubles. The object ``ck`` has the version and the position;
upstream's documents lack it.
"""

import base64
import collections.abc
import datetime
import decimal
import hashlib
import json
import typing
import uuid

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import scopes
from cloudkitty.storage import attributes
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import names

#: Characters of a scope's identifier, its key and a metric's name.
LENGTH = 256
#: Value of the scope's attribute that the point had, null if it had none.
_ORIGINAL = "original"

Document = tuple[str, str]


def check_scope(scope: scopes.Scope) -> None:
    """Refuse anything that is no scope, or has an unusable identifier.

    :raises TypeError: for anything that is not a scope.
    :raises cloudkitty.storage.base.Unstorable: for an unusable identifier.
    """
    storage_checks.require_scope(scope)
    storage_checks.check_name(scope.identifier, LENGTH, "scope_id")
    storage_checks.check_name(scope.scope_key, LENGTH, "scope_key")


def check_points(
    frames: collections.abc.Iterable[dataframe.DataFrame],
) -> None:
    """Check names and numbers of all points before any is written.

    :raises cloudkitty.storage.base.Unstorable: if one cannot be stored.
    """
    for frame in frames:
        for metric, points in frame.itertypes():
            storage_checks.check_name(metric, LENGTH, "metric")
            for point in points:
                storage_checks.check_number(point.qty, metric)
                storage_checks.check_number(point.price, metric)


class Encoder:
    """Encodes the points of one write to one scope.

    :param write: version of the write; see ``replace``.
    :param unique: the ids are those of no other write: for data streams,
        whose documents cannot be overwritten, and for uploads.
    :param now: time of the write, for a data stream; None for an index.
    """

    def __init__(
        self,
        scope: scopes.Scope,
        write: int,
        *,
        unique: bool = False,
        added: bool = False,
        now: datetime.datetime | None = None,
    ) -> None:
        self._scope = scope
        self._attribute = names.escape(scope.scope_key)
        own = {"scope_key": scope.scope_key, "write": write}
        if added:
            own["added"] = True
        self._own = _json(own)[1:-1]
        # Uploaded points come after all stored ones.
        self._first = write if added else 0
        self._salt = uuid.uuid4().hex if unique else ""
        self._stamp = ""
        if now is not None:
            now = now.replace(microsecond=0)
            self._stamp = f'"@timestamp":"{now.isoformat()}",'
        self._known: dict[tuple[typing.Any, ...], tuple[str, str, str]] = {}
        # Keeps the mappings alive: the id of a freed one may be reused.
        self._alive: list[typing.Any] = []

    def documents(
        self, frames: collections.abc.Iterable[dataframe.DataFrame]
    ) -> collections.abc.Iterator[Document]:
        """Yield (id, JSON text) of each point."""
        # Several frames of an upload may have one period.
        counts: dict[tuple[str, str], int] = {}
        seqs: dict[str, int] = {}
        for frame in frames:
            period = f"{_time(frame.start)}/{_time(frame.end)}"
            head = (
                f'{{{self._stamp}"start":"{_time(frame.start)}",'
                f'"end":"{_time(frame.end)}",'
            )
            for metric, point in frame.iterpoints():
                digest, before, after = self._series(metric, point)
                seq = seqs.get(period, self._first)
                seqs[period] = seq + 1
                nth = counts.get((period, digest), 0)
                counts[period, digest] = nth + 1
                yield (
                    _digest(f"{digest}/{period}/{nth}"),
                    f'{head}{before},"qty":{_number(point.qty)},'
                    f'"price":{_number(point.price)},{after},"seq":{seq}}}}}',
                )

    def _series(
        self, metric: str, point: dataframe.DataPoint
    ) -> tuple[str, str, str]:
        """Return digest, text before and text after the numbers."""
        unit, _qty, _price, groupby, metadata, description = point
        key = (metric, unit, id(groupby), id(metadata), description)
        known = self._known.get(key)
        if known is None:
            self._alive += (groupby, metadata)
            known = self._known[key] = self._encode(metric, point)
        return known

    def _encode(
        self, metric: str, point: dataframe.DataPoint
    ) -> tuple[str, str, str]:
        scope = self._scope
        head = {
            "type": metric,
            "unit": attributes.clean(point.unit),
            "description": point.description
            and attributes.clean(point.description),
        }
        groupby = _escaped(point.groupby)
        own = ""
        if groupby.get(self._attribute) != scope.identifier:
            original = {_ORIGINAL: groupby.get(self._attribute)}
            own = f",{_json(original)[1:-1]}"
            groupby[self._attribute] = scope.identifier
        tail = {"groupby": groupby, "metadata": _escaped(point.metadata)}
        identity = [self._salt, scope.scope_key, scope.identifier, head, tail]
        return (
            _digest(json.dumps(identity, sort_keys=True)),
            _json(head)[1:-1],
            f'{_json(tail)[1:-1]},"{fields.OWN}":{{{self._own}{own}',
        )


def decode(source: dict[str, typing.Any]) -> tuple[str, dataframe.DataPoint]:
    """Return metric and point of a document, of upstream or ours.

    :raises KeyError, TypeError, ValueError, ArithmeticError: if it is no
        document of a point.
    """
    groupby = attributes.texts(source["groupby"])
    metadata = attributes.texts(source["metadata"])
    own = source.get(fields.OWN)
    if own is not None:
        # In the order of the point: a value that was not there is last.
        if _ORIGINAL in own:
            attribute = names.escape(own["scope_key"])
            if own[_ORIGINAL] is None:
                del groupby[attribute]
            else:
                groupby[attribute] = own[_ORIGINAL]
        groupby = {names.unescape(k): v for k, v in groupby.items()}
        metadata = {names.unescape(k): v for k, v in metadata.items()}
    point = dataframe.DataPoint(
        attributes.as_text(source["unit"]),
        money.canonical(_decimal(source["qty"])),
        money.canonical(_decimal(source["price"])),
        groupby,
        metadata,
        source.get("description"),
    )
    return attributes.as_text(source["type"]), point


def decode_time(text: typing.Any) -> datetime.datetime:
    """Return a time of a document; it is UTC if it has no offset.

    :raises ValueError, TypeError: if it is not a time.
    """
    at = datetime.datetime.fromisoformat(text)
    if at.tzinfo is None:
        return at.replace(tzinfo=datetime.UTC)
    return at.astimezone(datetime.UTC)


def _decimal(value: typing.Any) -> decimal.Decimal:
    if isinstance(value, bool) or not isinstance(value, int | decimal.Decimal):
        raise TypeError("not a number")
    return money.storable(decimal.Decimal(value))


def _escaped(
    values: collections.abc.Mapping[str, typing.Any],
) -> dict[str, str]:
    return {
        names.escape(key): value
        for key, value in attributes.storable(values).items()
    }


def _time(at: datetime.datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at} is not an aware time")
    return at.astimezone(datetime.UTC).isoformat()


def _number(value: decimal.Decimal) -> str:
    return money.text(money.storable(value))


def _json(value: dict[str, typing.Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _digest(text: str) -> str:
    """Return 40 characters that are safe in an id."""
    digest = hashlib.sha256(text.encode()).digest()[:30]
    return base64.urlsafe_b64encode(digest).decode()
