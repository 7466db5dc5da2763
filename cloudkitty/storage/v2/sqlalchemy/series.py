# SPDX-License-Identifier: Apache-2.0
"""Row ids of scopes."""

import collections.abc
import datetime
import functools
import itertools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db.sql import exact_text
from cloudkitty.storage import attributes
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import locked

_SCOPES = expressions.SCOPES
_SERIES = expressions.SERIES
#: The columns of ``Data``.
_DATA = ("scope_key", "scope_id")

Data = locked.Data
State = locked.State


class Held(typing.NamedTuple):
    """A scope locked by this transaction for writing.

    :param row: id of the scope's row.
    :param others: whether it has series of metrics that are not written;
        True if that was not asked for.
    :param rolled_before: as in ``State``.
    """

    row: int
    others: bool
    rolled_before: datetime.date | None


def hold(
    session: orm.Session,
    scope: scopes.Scope,
    metrics: collections.abc.Iterable[str] = (),
    *,
    make: bool,
) -> Held | None:
    """Find and lock the row of a scope until the transaction ends.

    Without the lock, a second writer's DELETE would not see the rows that
    the first writer is about to insert.

    :param metrics: the metrics that are written.
    :param make: insert a row if the scope has none.
    :returns: None if the scope has no row and ``make`` is False.
    """
    connection = session.connection()
    values = {"scope_id": scope.identifier, "scope_key": scope.scope_key}
    # Series with other names cannot be stored.
    names = sorted({name for name in metrics if attributes.is_clean(name)})
    asked = {**values, "metrics": names}
    found = connection.execute(_HOLD, asked).one_or_none()
    if found is None and make:
        connection.execute(
            _make_scopes(connection.dialect.name, 1),
            {f"{name}_0": text for name, text in values.items()},
        )
        found = connection.execute(_HOLD, asked).one()
    if found is None:
        return None
    held = Held(found.id, bool(found.others), found.rolled_before)
    _remember(session, (scope.scope_key, scope.identifier), held)
    return held


def hold_many(
    session: orm.Session,
    wanted: collections.abc.Mapping[Data, bool],
) -> dict[Data, Held]:
    """Find and lock the rows of scopes until the transaction ends.

    :param wanted: whether to insert a row for a scope that has none.
    :returns: those that have a row.
    """
    rows = _lock(session, wanted)
    missing = [data for data in wanted if wanted[data] and data not in rows]
    if missing:
        connection = session.connection()
        for piece in exact_text.chunks(sorted(missing)):
            statement = _make_scopes(connection.dialect.name, len(piece))
            connection.execute(
                statement,
                {
                    f"{name}_{number}": text
                    for number, data in enumerate(piece)
                    for name, text in zip(_DATA, data, strict=True)
                },
            )
        rows |= _lock(session, missing)
    for data, held in rows.items():
        _remember(session, data, held)
    return rows


def _remember(session: orm.Session, data: Data, held: Held) -> None:
    state = State(held.row, data[0], held.rolled_before)
    locked.remember(session, data, state)


def _lock(
    session: orm.Session, wanted: collections.abc.Iterable[Data]
) -> dict[Data, Held]:
    """Lock rows in the order of key and identifier, as ``add`` does."""
    connection = session.connection()
    rows: dict[Data, Held] = {}
    by_key = itertools.groupby(sorted(wanted), key=lambda data: data[0])
    for key, of_key in by_key:
        for piece in exact_text.chunks(data[1] for data in of_key):
            found = connection.execute(
                _lock_some(connection.dialect.name),
                {"scope_key": key, "scope_ids": piece},
            )
            rows.update(
                ((key, scope_id), Held(row, True, rolled_before))
                for row, scope_id, rolled_before in found
            )
    return rows


def states(
    session: orm.Session,
    scope_key: str,
    scope_ids: collections.abc.Iterable[str],
) -> list[State]:
    """Return those of the requested scopes that have a row."""
    names = list(scope_ids)
    known = locked.find(session, scope_key, names)
    if known is not None:
        return known
    return [
        State(*row)
        for piece in exact_text.chunks(names)
        for row in session.connection().execute(
            _STATES_OF, {"scope_ids": piece, "scope_key": scope_key}
        )
    ]


def all_states(session: orm.Session) -> list[State]:
    """Return all scopes."""
    return [State(*row) for row in session.connection().execute(_STATES)]


def ref() -> sa.ScalarSelect[int]:
    """Return the subquery of one row id by ``scope_id`` and ``scope_key``."""
    return _FIND_SCOPE.scalar_subquery()


_FIND_SCOPE = sa.select(_SCOPES.c.id).where(
    _SCOPES.c.scope_id == sa.bindparam("scope_id"),
    _SCOPES.c.scope_key == sa.bindparam("scope_key"),
)
_STATES = sa.select(_SCOPES.c.id, _SCOPES.c.scope_key, _SCOPES.c.rolled_before)
_STATES_OF = _STATES.where(
    _SCOPES.c.scope_id.in_(sa.bindparam("scope_ids", expanding=True)),
    _SCOPES.c.scope_key == sa.bindparam("scope_key"),
)
_HOLD = _FIND_SCOPE.add_columns(
    _SCOPES.c.rolled_before,
    sa.exists()
    .where(
        _SERIES.c.scope == _SCOPES.c.id,
        _SERIES.c.metric.not_in(sa.bindparam("metrics", expanding=True)),
    )
    .label("others"),
).with_for_update(of=_SCOPES)


@functools.cache
def _lock_some(dialect: str) -> sa.Select[typing.Any]:
    """Return the statement that locks rows in the order of their texts."""
    order: sa.ColumnElement[str] = _SCOPES.c.scope_id
    if dialect == "postgresql":
        order = order.collate("C")
    return (
        sa.select(_SCOPES.c.id, _SCOPES.c.scope_id, _SCOPES.c.rolled_before)
        # MariaDB and MySQL lock in the order of the index that they read.
        .with_hint(_SCOPES, "FORCE INDEX (uq_rated_scopes_scope)", "mysql")
        .with_hint(_SCOPES, "FORCE INDEX (uq_rated_scopes_scope)", "mariadb")
        .where(
            _SCOPES.c.scope_id.in_(sa.bindparam("scope_ids", expanding=True)),
            _SCOPES.c.scope_key == sa.bindparam("scope_key"),
        )
        .order_by(order)
        .with_for_update()
    )


@functools.cache
def _make_scopes(dialect: str, count: int) -> sa.TextClause:
    """Return the INSERT of rows that has no effect on those that exist.

    Another transaction may have inserted the row between the read and the
    write. A text clause, because SQLAlchemy supports this INSERT only in its
    dialect-specific constructs.
    """
    if dialect in ("mysql", "mariadb"):
        otherwise = "ON DUPLICATE KEY UPDATE id = id"
    else:
        otherwise = "ON CONFLICT DO NOTHING"
    values = ", ".join(
        f"(:scope_key_{number}, :scope_id_{number})" for number in range(count)
    )
    return sa.text(
        f"INSERT INTO {_SCOPES.name} (scope_key, scope_id) "  # noqa: S608
        f"VALUES {values} {otherwise}"
    ).bindparams(
        *(
            sa.bindparam(f"{name}_{number}", type_=_SCOPES.c[name].type)
            for number in range(count)
            for name in _DATA
        )
    )
