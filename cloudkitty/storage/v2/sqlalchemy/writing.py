# SPDX-License-Identifier: Apache-2.0
"""Points to rows, and rows into the table."""

import collections.abc
import decimal
import hashlib
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import attributes
from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import conditions
from cloudkitty.storage.v2.sqlalchemy import expressions

_TABLE = expressions.TABLE

Row = dict[str, typing.Any]
Metrics = collections.abc.Collection[str] | None


class Rows:
    """Makes rows of frames, checked before anything is written.

    :param scope: whose points they are.
    """

    def __init__(self, scope: scopes.Scope) -> None:
        check_scope(scope)
        self._fixed = {
            "scope_id": scope.identifier,
            "scope_key": scope.scope_key,
        }
        self._attributes: dict[int, dict[str, str]] = {}
        self._metrics: dict[str, str] = {}

    def make(
        self, frames: collections.abc.Sequence[dataframe.DataFrame]
    ) -> list[Row]:
        """Return one row a point, in the frames' order.

        :raises cloudkitty.storage.base.StorageError: for what cannot be
            stored.
        """
        return [
            self._row(frame, metric, point)
            for frame in frames
            for metric, point in frame.iterpoints()
        ]

    def _row(
        self,
        frame: dataframe.DataFrame,
        metric: str,
        point: dataframe.DataPoint,
    ) -> Row:
        if metric not in self._metrics:
            self._metrics[metric] = _name(metric, "metric")
        return {
            **self._fixed,
            "begin": frame.start,
            "end": frame.end,
            "metric": metric,
            "unit": _short(point.unit),
            "qty": _number(point.qty, metric),
            "price": _number(point.price, metric),
            "groupby": self._texts(point.groupby),
            "metadata": self._texts(point.metadata),
            "description": point.description
            and attributes.clean(point.description),
        }

    def _texts(
        self, values: collections.abc.Mapping[str, str]
    ) -> dict[str, str]:
        # Points share their mappings, and the frames keep them alive.
        found = self._attributes.get(id(values))
        if found is None:
            found = attributes.storable(values)
            self._attributes[id(values)] = found
        return found


def check_scope(scope: scopes.Scope) -> None:
    """Check that the table can hold points of the scope.

    :raises cloudkitty.storage.base.StorageError: if it cannot.
    """
    _name(scope.identifier, "scope_id")
    _name(scope.scope_key, "scope_key")


def replace(
    session: orm.Session,
    scope: scopes.Scope,
    window: periods.Window,
    rows: list[Row],
    metrics: Metrics,
) -> None:
    """Put ``rows`` in the place of the scope's rows in the window."""
    delete(session, scope, window, metrics)
    if rows:
        session.connection().execute(_TABLE.insert(), rows)


def delete(
    session: orm.Session,
    scope: scopes.Scope,
    window: periods.Window,
    metrics: Metrics,
) -> None:
    """Delete the scope's rows of periods that begin in the window."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # A second writer of the scope waits here: its DELETE would not see
        # the rows that this transaction is about to insert.
        connection.execute(
            sa.select(sa.func.pg_advisory_xact_lock(_lock_number(scope)))
        )
    connection.execute(
        _TABLE.delete().where(*conditions.of_scope(scope, window, metrics))
    )


def serialize(session: orm.Session) -> None:
    """Make two writers of one scope collide; first of all in a transaction.

    On MySQL only a transaction that locks the gaps between rows keeps a
    second one from inserting where both have just deleted. (A caller that
    brings its own transaction holds the lock on the row of its cursor.)
    """
    connection = session.connection()
    if connection.dialect.name in ("mysql", "mariadb"):
        connection.exec_driver_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        )


def _lock_number(scope: scopes.Scope) -> int:
    name = f"cloudkitty-points\0{scope.scope_key}\0{scope.identifier}"
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _number(value: decimal.Decimal, metric: str) -> decimal.Decimal:
    try:
        return money.storable(value)
    except decimal.InvalidOperation:
        raise base.StorageError(
            f"a quantity or price of {metric} cannot be stored: it is not "
            "finite or too large"
        ) from None


def _name(value: str, column: str) -> str:
    """Return an identifier that every database keeps as it is."""
    length = _length(column)
    if len(value) > length or not attributes.is_clean(value):
        raise base.StorageError(
            f"a {column} cannot be stored: it is longer than {length} "
            "characters, or holds NUL or half a surrogate pair"
        )
    return value


def _short(unit: str) -> str:
    # A display name: cut rather than refused.
    return attributes.clean(unit)[: _length("unit")]


def _length(column: str) -> int:
    kind: typing.Any = _TABLE.columns[column].type
    return kind.length
