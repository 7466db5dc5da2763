# SPDX-License-Identifier: Apache-2.0
"""Queries that select points. Values are data: no query text has any."""

import collections.abc
import typing

from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.opensearch import fields

Clause = dict[str, typing.Any]

NOTHING: Clause = {"match_none": {}}


def every(clauses: collections.abc.Iterable[Clause]) -> Clause:
    """Return the query for documents that match all clauses."""
    return {"bool": {"filter": list(clauses)}}


def some(clauses: collections.abc.Iterable[Clause]) -> Clause:
    """Return the query for documents that match at least one clause."""
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}


def none_of(*clauses: Clause) -> Clause:
    """Return the query for documents that match no clause."""
    return {"bool": {"must_not": list(clauses)}}


def exists(path: str) -> Clause:
    """Return the query for documents with a value in the field."""
    return {"exists": {"field": path}}


def begins_in(window: periods.Window) -> Clause:
    """Return the query for periods that begin in the window."""
    bounds = {
        "gte": window.begin.isoformat(),
        "lt": window.end.isoformat(),
        "format": "strict_date_optional_time",
    }
    return {"range": {fields.START: bounds}}


def of_scope(
    known: fields.Fields,
    scope: scopes.Scope,
    window: periods.Window,
    metrics: collections.abc.Collection[str] | None,
) -> list[Clause]:
    """Return the clauses for a scope's points of periods in a window.

    The scope is the first: no deletion is without it.

    :param metrics: only these; None: all.
    """
    clauses = [
        *_scope(known, scope.scope_key, [scope.identifier]),
        begins_in(window),
    ]
    if metrics is not None:
        clauses.append(_metrics(known, metrics))
    return clauses


def of_query(
    known: fields.Fields, query: base.Query, scope_key: str
) -> Clause:
    """Return the query for the points that ``query`` selects."""
    clauses = [begins_in(query.window)]
    if query.metrics:
        clauses.append(_metrics(known, query.metrics))
    for name, values in query.filters.items():
        if name == scope_key:
            clauses += _scope(known, scope_key, values)
        else:
            clauses.append(_attribute(known.attribute(name), values))
    return every(clauses)


def under_key(scope_key: str) -> Clause:
    """Return the query for points that no scope of another key has."""
    return none_of(
        every(
            [
                exists(fields.SCOPE_KEY),
                none_of({"term": {fields.SCOPE_KEY: scope_key}}),
            ]
        )
    )


def _scope(
    known: fields.Fields,
    scope_key: str,
    identifiers: collections.abc.Iterable[str],
) -> list[Clause]:
    field = known.scope(scope_key)
    if field is None:
        return [NOTHING]
    return [_equals(field, identifiers), under_key(scope_key)]


def _metrics(
    known: fields.Fields, metrics: collections.abc.Iterable[str]
) -> Clause:
    field = known.metric()
    return NOTHING if field is None else _equals(field, metrics)


def _attribute(
    candidates: list[fields.Field],
    values: collections.abc.Iterable[str],
) -> Clause:
    """Return the query for an attribute: the first field with a value."""
    values = [attributes.clean(value) for value in values]
    missing: list[Clause] = []
    clauses = []
    for field in candidates:
        clauses.append(every([*missing, _equals(field, values)]))
        missing.append(none_of(exists(field.path)))
    if "" in values:
        clauses.append(every(missing))
    return some(clauses) if clauses else NOTHING


def _equals(
    field: fields.Field, values: collections.abc.Iterable[str]
) -> Clause:
    usable = [value for value in values if attributes.is_clean(value)]
    if not usable:
        return NOTHING
    if field.exact:
        return {"terms": {field.path: usable}}
    # Text that is no number or time is not found, instead of an error.
    return some(
        {"match": {field.path: {"query": value, "lenient": True}}}
        for value in usable
    )
