# SPDX-License-Identifier: Apache-2.0
"""Sums of quantity and price.

The server adds up doubles. A sum is returned with 15 significant digits, all
of which a double has.
"""

import collections.abc
import contextlib
import dataclasses
import datetime
import decimal
import typing

from cloudkitty.common import periods
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage import grouping
from cloudkitty.storage.v2.opensearch import conditions
from cloudkitty.storage.v2.opensearch import fields
from cloudkitty.storage.v2.opensearch import search
from cloudkitty.storage.v2.opensearch import server as servers

#: Decimal digits that every double has.
_DOUBLE = decimal.Context(prec=15)
_SUMS = {name: {"sum": {"field": name}} for name in ("qty", "price")}
_MILLISECOND = datetime.timedelta(milliseconds=1)

Bucket = dict[str, typing.Any]
Key = tuple[typing.Any, ...]


@dataclasses.dataclass(slots=True)
class _Sum:
    points: int = 0
    qty: decimal.Decimal = decimal.Decimal(0)
    rate: decimal.Decimal = decimal.Decimal(0)

    def add(self, points: int, bucket: Bucket) -> None:
        """Add the sums of a bucket."""
        self.points += points
        self.qty += decimal.Decimal(bucket["qty"]["value"])
        self.rate += decimal.Decimal(bucket["price"]["value"])


def total(
    server: servers.Server,
    known: fields.Fields,
    query: base.Query,
    groupby: collections.abc.Sequence[str],
    scope_key: str,
    seconds: int,
) -> base.Totals:
    """Return the requested page of rows and the number of all.

    :param seconds: time between two requests.
    """
    groups = grouping.parse(groupby)
    clause = conditions.of_query(known, query, scope_key)
    columns = _Columns(known, groups, scope_key)
    sums: dict[Key, _Sum] = {}
    try:
        if columns.sources:
            for bucket in _buckets(server, clause, columns.sources, seconds):
                key = columns.key(bucket["key"])
                sums.setdefault(key, _Sum()).add(bucket["doc_count"], bucket)
        else:
            _add_all(server, clause, columns, sums)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        raise server.malformed() from None
    end = None if query.limit is None else query.offset + query.limit
    page = sorted(sums)[query.offset : end]
    return base.Totals(
        total=len(sums),
        rows=[_row(key, sums[key], query, groups) for key in page],
    )


def scope_ids(
    server: servers.Server, known: fields.Fields, scope_key: str
) -> list[str]:
    """Return the identifiers of scopes that have points, sorted."""
    field = known.scope(scope_key)
    if field is None:
        return []
    sources = [{"scope": {"terms": {"field": field.path}}}]
    clause = conditions.under_key(scope_key)
    try:
        found = {
            attributes.as_text(bucket["key"]["scope"])
            for bucket in search.buckets(
                search.now(server), clause, sources, {}
            )
        }
    except (KeyError, TypeError):
        raise server.malformed() from None
    return sorted(found - {""})


def _buckets(
    server: servers.Server,
    clause: conditions.Clause,
    sources: search.Sources,
    seconds: int,
) -> collections.abc.Iterator[Bucket]:
    """Yield all buckets, of one point in time."""
    page, after = search.page_of_buckets(
        search.now(server), clause, sources, _SUMS
    )
    if after is None:
        yield from page
        return
    # More than one answer: begin again with a consistent view.
    with contextlib.ExitStack() as stack:
        seen = stack.enter_context(search.view(server, seconds))
        yield from search.buckets(seen, clause, sources, _SUMS)


def _add_all(
    server: servers.Server,
    clause: conditions.Clause,
    columns: "_Columns",
    sums: dict[Key, _Sum],
) -> None:
    """Add the only row of a query whose points all have one group."""
    found = search.search(
        server,
        {
            "size": 0,
            "track_total_hits": True,
            "query": clause,
            "aggs": _SUMS,
        },
    )
    points = search.hits_total(server, found)
    if points:
        sums.setdefault(columns.key({}), _Sum()).add(
            points, found["aggregations"]
        )


class _Columns:
    """The columns of the rows, and the sources that give them.

    An attribute may be in ``groupby`` or, in other points, in ``metadata``:
    then it has several sources, and buckets are merged. A point without it
    and one whose value is the empty text are in one group, too.

    :ivar sources: of the composite aggregation.
    """

    def __init__(
        self,
        known: fields.Fields,
        groups: grouping.Grouping,
        scope_key: str,
    ) -> None:
        self.sources: search.Sources = []
        self._by_time = groups.by_time
        self._names: list[list[str]] = []
        if groups.by_time:
            for path in (fields.START, fields.END):
                self.sources.append({path: {"terms": {"field": path}}})
        for column in groups.columns:
            if column == grouping.METRIC:
                metric = known.metric()
                candidates = [metric] if metric else []
            elif column == scope_key and (scope := known.scope(scope_key)):
                candidates = [scope]
            else:
                candidates = known.attribute(column)
            self._names.append([self._add(field) for field in candidates])

    def _add(self, field: fields.Field) -> str:
        name = f"source_{len(self.sources)}"
        terms = {"field": field.path, "missing_bucket": True}
        self.sources.append({name: {"terms": terms}})
        return name

    def key(self, values: collections.abc.Mapping[str, typing.Any]) -> Key:
        """Return the group of a bucket: times, then the columns."""
        times: list[typing.Any] = []
        if self._by_time:
            times = [
                periods.EPOCH + values[path] * _MILLISECOND
                for path in (fields.START, fields.END)
            ]
        texts = [
            next(
                (
                    attributes.as_text(values[name])
                    for name in candidates
                    if values[name] is not None
                ),
                "",
            )
            for candidates in self._names
        ]
        return (*times, *texts)


def _row(
    key: Key, found: _Sum, query: base.Query, groups: grouping.Grouping
) -> base.TotalRow:
    begin, end = query.window.begin, query.window.end
    if groups.by_time:
        begin, end, *key_texts = key
    else:
        key_texts = list(key)
    return base.TotalRow(
        begin=begin,
        end=end,
        qty=storage_checks.checked_sum(_DOUBLE.plus(found.qty)),
        rate=storage_checks.checked_sum(_DOUBLE.plus(found.rate)),
        points=found.points,
        groups=dict(zip(groups.columns, key_texts, strict=True)),
    )
