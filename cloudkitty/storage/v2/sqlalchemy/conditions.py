# SPDX-License-Identifier: Apache-2.0
"""Which rows a writer or a reader means."""

import collections.abc

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import expressions

POINT = expressions.POINT

Conditions = list[sa.ColumnElement[bool]]


def of_scope(
    scope: scopes.Scope,
    window: periods.Window,
    metrics: collections.abc.Collection[str] | None,
) -> Conditions:
    """Return what holds for exactly the scope's rows in the window.

    :param metrics: only these; None for all.
    """
    found = [
        POINT.scope_id == scope.identifier,
        *_in_window(window),
        expressions.exactly(POINT.scope_key, scope.scope_key),
    ]
    if metrics is not None:
        found.append(POINT.metric.in_(_possible(metrics)))
    return found


def matching(query: base.Query, scope_key: str) -> Conditions:
    """Return what holds for the rows that a reader asks for.

    :param scope_key: the attribute that stands in columns of its own.
    """
    found = _in_window(query.window)
    if query.metrics:
        found.append(POINT.metric.in_(_possible(query.metrics)))
    for name, values in query.filters.items():
        if name == scope_key:
            found.append(POINT.scope_id.in_(_possible(values)))
            found.append(expressions.exactly(POINT.scope_key, scope_key))
        else:
            found.append(expressions.attribute(name).in_(_cleaned(values)))
    return found


def _in_window(window: periods.Window) -> Conditions:
    return [POINT.begin >= window.begin, POINT.begin < window.end]


def _possible(values: collections.abc.Iterable[str]) -> list[str]:
    """Return the values that an identifier can have; none may be left."""
    return sorted({text for text in values if attributes.is_clean(text)})


def _cleaned(values: collections.abc.Iterable[str]) -> list[str]:
    return sorted({attributes.clean(text) for text in values})
