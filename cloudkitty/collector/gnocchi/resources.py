# SPDX-License-Identifier: Apache-2.0
"""Resources of Gnocchi: metadata of points, and earlier revisions."""

import collections
import collections.abc
import dataclasses
import datetime
import typing

from cloudkitty.collector.gnocchi import query as gnocchi_query
from cloudkitty.collector.gnocchi import revisions
from cloudkitty.common import periods
from cloudkitty.common.gnocchi import client as gnocchi_client

#: Resources that one search names.
_MOST_IDS = 1000

Item = dict[str, typing.Any]


@dataclasses.dataclass(frozen=True, slots=True)
class _Resource:
    begin: float
    end: float
    metadata: dict[str, str]


class Metadata:
    """The metadata of the resources of some scopes.

    As in upstream's collector, they are the present ones, of resources that
    exist in the period, the one before it or the one after it.

    :raises gnocchi_client.GnocchiError: if Gnocchi cannot be queried.
    """

    def __init__(
        self,
        client: gnocchi_client.Client,
        query: gnocchi_query.Query,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> None:
        self._margin = query.seconds
        self._key: str = query.metric.extra_args["resource_key"]
        self._found: dict[tuple[str, str], list[_Resource]] = (
            collections.defaultdict(list)
        )
        names = query.metric.metadata
        texts: dict[str, str] = {}
        for resource in self._search(client, query, scope_ids, window):
            metadata = {}
            for name in names:
                text = text_of(resource.get(name), "")
                metadata[name] = texts.setdefault(text, text)
            place = (
                text_of(resource.get(query.scope_key)),
                text_of(resource.get(self._key)),
            )
            self._found[place].append(_make(resource, metadata))

    def find(
        self, scope_id: str, attributes: Item, period: periods.Window
    ) -> dict[str, str] | None:
        """Return the metadata of a group; None without its resource."""
        begin = period.begin.timestamp() - self._margin
        end = period.end.timestamp() + self._margin
        place = scope_id, text_of(attributes.get(self._key))
        # The last one counts, as in upstream's collector.
        for resource in reversed(self._found.get(place, ())):
            if resource.begin <= end and resource.end >= begin:
                return resource.metadata
        return None

    def _search(
        self,
        client: gnocchi_client.Client,
        query: gnocchi_query.Query,
        scope_ids: collections.abc.Sequence[str],
        window: periods.Window,
    ) -> collections.abc.Iterator[Item]:
        margin = datetime.timedelta(seconds=self._margin)
        begin = (window.begin - margin).isoformat()
        end = (window.end + margin).isoformat()
        ended = [{"=": {"ended_at": None}}, {">=": {"ended_at": begin}}]
        body = {
            "and": [
                query.scopes(scope_ids),
                {"or": ended},
                {"<=": {"started_at": end}},
            ]
        }
        parameters = [("sort", f"{self._key}:asc")]
        marker: str | None = None
        while True:
            last = marker
            for resource in client.post(
                f"search/resource/{query.resource_type}", body, parameters
            ):
                yield resource
                marker = text_of(resource.get("id"))
            if marker == last:
                return
            parameters = [*parameters[:1], ("marker", str(marker))]


def earlier(
    client: gnocchi_client.Client,
    query: gnocchi_query.Query,
    scope_ids: collections.abc.Sequence[str],
    window: periods.Window,
    doubts: collections.abc.Iterable[revisions.Doubt],
) -> set[tuple[str, int]]:
    """Return the (scope, index of the period) to be requested exactly.

    They are those whose resource has an earlier revision that the joint
    request selects.

    :raises gnocchi_client.GnocchiError: if Gnocchi cannot be queried.
    """
    by_resource = collections.defaultdict(list)
    for doubt in doubts:
        by_resource[doubt.resource_id].append(doubt)
    found = set()
    ids = sorted(by_resource)
    for place in range(0, len(ids), _MOST_IDS):
        first = _first_revisions(
            client, query, scope_ids, window, ids[place : place + _MOST_IDS]
        )
        for resource_id, begin in first.items():
            found |= {
                (doubt.scope_id, doubt.index)
                for doubt in by_resource[resource_id]
                if begin < doubt.begin
            }
    return found


def _first_revisions(
    client: gnocchi_client.Client,
    query: gnocchi_query.Query,
    scope_ids: collections.abc.Sequence[str],
    window: periods.Window,
    ids: list[str],
) -> dict[str, float]:
    """Return the begin of the first ended revision of each resource."""
    found: dict[str, float] = {}
    while True:
        left = [each for each in ids if each not in found]
        body = {
            "and": [
                {"in": {"id": left}},
                query.scopes(scope_ids),
                {">=": {"revision_end": window.begin.isoformat()}},
            ]
        }
        count = len(found)
        if left:
            for revision in client.post(
                f"search/resource/{query.resource_type}",
                body,
                [("history", "true"), ("sort", "revision_start:asc")],
            ):
                found.setdefault(
                    text_of(revision.get("id")),
                    _unix(revision.get("revision_start")),
                )
        if len(found) == count:
            return found


def text_of(value: typing.Any, missing: str = "None") -> str:
    """Return the text of an attribute.

    :param missing: of an attribute without a value: rules compare with
        ``None`` for a grouping attribute, as in upstream.
    """
    return missing if value is None else str(value)


def _make(resource: Item, metadata: dict[str, str]) -> _Resource:
    end = resource.get("ended_at")
    return _Resource(
        _unix(resource.get("started_at")),
        float("inf") if end is None else _unix(end),
        metadata,
    )


def _unix(value: typing.Any) -> float:
    try:
        return revisions.unix(value)
    except (TypeError, ValueError):
        raise revisions.Malformed("a resource without its times") from None
