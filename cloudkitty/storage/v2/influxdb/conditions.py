# SPDX-License-Identifier: Apache-2.0
"""Conditions of InfluxQL statements; every value in them is escaped."""

import collections.abc
import dataclasses

from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.influxdb import escaping
from cloudkitty.storage.v2.influxdb import limits
from cloudkitty.storage.v2.influxdb import lines
from cloudkitty.storage.v2.influxdb import names
from cloudkitty.storage.v2.influxdb import rows

#: Values of one attribute that the server compares; more are compared here.
_MOST = 100


def tag_is(key: str, value: str) -> str:
    """Return the condition for a tag's stored value; ``""``: no tag.

    With its kind, because a field may have the same name.
    """
    return f"{escaping.identifier(key)}::tag = {escaping.literal(value)}"


def any_of(conditions: collections.abc.Iterable[str]) -> str:
    """Return the condition that one of several is true."""
    return f"({' OR '.join(conditions)})"


def in_window(window: periods.Window) -> str:
    """Return the condition for periods that begin in the window."""
    first = max(lines.nanoseconds(window.begin), lines.FIRST)
    last = min(lines.nanoseconds(window.end), lines.LAST)
    return between(first, last)


def between(first: int, end: int) -> str:
    """Return the condition for times from ``first``, before ``end``."""
    return f"time >= {first} AND time < {end}"


def of_scope(scope: scopes.Scope) -> str:
    """Return the condition for the points of one scope.

    :param scope: with an identifier that is not empty.
    """
    return tag_is(
        names.stored_name(scope.scope_key),
        names.stored_value(scope.identifier),
    )


def of_metrics(metrics: collections.abc.Iterable[str]) -> str:
    """Return the condition for the points of at least one metric."""
    return any_of(
        tag_is(names.TYPE, names.stored_value(metric))
        for metric in sorted(metrics)
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Selection:
    """The points of a query: conditions for the server and for this process.

    :param where: condition of the statement.
    :param filters: attributes whose values are compared here, because they
        may be metadata, which are fields.
    :param empty: whether no point can match.
    """

    where: str
    filters: dict[str, frozenset[str]]
    empty: bool

    @classmethod
    def of(
        cls,
        query: base.Query,
        scope_key: str,
        fields: collections.abc.Set[str],
    ) -> "Selection":
        """Return the selection.

        :param fields: names of the stored fields.
        """
        where = [in_window(query.window)]
        filters = {}
        wanted = {
            name: limits.possible(values)
            if name == scope_key
            else [attributes.clean(value) for value in values]
            for name, values in query.filters.items()
        }
        metrics = limits.possible(query.metrics)
        if metrics:
            where.append(of_metrics(metrics))
        empty = bool(query.metrics) and not metrics
        for name, values in wanted.items():
            empty = empty or not values
            if values and _by_tag(name, values, scope_key, fields):
                where.append(_tag_in(name, values))
            else:
                filters[name] = frozenset(values)
        return cls(" AND ".join(where), filters, empty)

    def matches(self, row: rows.Row) -> bool:
        """Return whether a selected point is one of the query."""
        return all(
            row.attribute(name) in values
            for name, values in self.filters.items()
        )


def _by_tag(
    name: str,
    values: collections.abc.Sized,
    scope_key: str,
    fields: collections.abc.Set[str],
) -> bool:
    """Return whether the server can compare the attribute."""
    if len(values) > _MOST:
        return False
    keys = {names.stored_name(name), names.alias(name)}
    return name == scope_key or not keys & fields


def _tag_in(name: str, values: collections.abc.Iterable[str]) -> str:
    key = names.stored_name(name)
    return any_of(tag_is(key, names.stored_value(value)) for value in values)
