# SPDX-License-Identifier: Apache-2.0
"""Conditions that select rows of ``rated_data_frames``."""

import collections.abc

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import rated_data_frames
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import expressions

Conditions = list[sa.ColumnElement[bool]]

TABLE = rated_data_frames.TABLE
#: Last character of the character set of upstream's table on MySQL.
_LAST_OF_UTF8MB3 = "\uffff"
_METRIC = expressions.text(TABLE.c.res_type)
#: Condition for rows that are points.
POINT: sa.ColumnElement[bool] = _METRIC != rated_data_frames.NO_DATA


def of_scope(
    scope: scopes.Scope,
    window: periods.Window,
    metrics: collections.abc.Collection[str] | None,
) -> Conditions:
    """Return the conditions for the rows that a replacement deletes.

    They include the rows of periods without a point.
    """
    found = [
        *in_window(window),
        one_of(TABLE.c.tenant_id, [scope.identifier]),
    ]
    if metrics is not None:
        found.append(
            one_of(TABLE.c.res_type, [*metrics, rated_data_frames.NO_DATA])
        )
    return found


def of_query(query: base.Query, scope_key: str) -> Conditions:
    """Return the conditions for the selected points."""
    found = [*in_window(query.window), POINT]
    if query.metrics:
        found.append(one_of(TABLE.c.res_type, query.metrics))
    for name, values in query.filters.items():
        if name == scope_key:
            found.append(one_of(TABLE.c.tenant_id, values))
        else:
            cleaned = sorted({attributes.clean(value) for value in values})
            found.append(attribute(name).in_(cleaned))
    return found


def in_window(window: periods.Window) -> Conditions:
    """Return the conditions for periods that begin in the window."""
    return [TABLE.c.begin >= window.begin, TABLE.c.begin < window.end]


def one_of(
    column: sa.Column[str],
    values: collections.abc.Iterable[str],
) -> sa.ColumnElement[bool]:
    """Return the condition that ``column`` is one of ``values``, exactly.

    The plain comparison can use the index. The other one respects case and
    trailing blanks, which collations of MySQL ignore. MySQL refuses the plain
    one for a character that the column's character set lacks.
    """
    possible = sorted({text for text in values if attributes.is_clean(text)})
    exact = expressions.text(column).in_(possible)
    if any(max(text, default="") > _LAST_OF_UTF8MB3 for text in possible):
        return exact
    return sa.and_(column.in_(possible), exact)


def attribute(name: str) -> sa.ColumnElement[str]:
    """Return the value of an attribute; ``''`` where a point lacks it."""
    return expressions.attribute_of(TABLE.c.desc, name)
