# SPDX-License-Identifier: Apache-2.0
"""Insert scopes, change them, and lock them against each other."""

import collections.abc
import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db.scopes import columns as scope_columns
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
from cloudkitty.db.sql import rowcount

_Model = scope_models.ScopeState


def create(
    session: orm.Session,
    scope: scopes.Scope,
    last_processed_at: datetime.datetime,
    *,
    active: bool = True,
    period_seconds: int | None = None,
) -> scope_records.ScopeState:
    """Insert a scope.

    :param last_processed_at: beginning of the last rated period.
    :param period_seconds: length of that period; None if it is unknown.
    :raises oslo_db.exception.DBDuplicateEntry: if it already exists.
    """
    row = _Model(
        identifier=scope.identifier,
        scope_key=scope.scope_key,
        fetcher=scope.fetcher,
        collector=scope.collector,
        active=active,
        generation=0,
        **scope_columns.cursor_values(last_processed_at, period_seconds),
    )
    session.add(row)
    session.flush()
    return scope_queries.by_id(session, row.id)


def create_many(
    session: orm.Session,
    new: collections.abc.Iterable[scopes.Scope],
    last_processed_at: datetime.datetime,
    period_seconds: int,
) -> None:
    """Insert active scopes that have the same last rated period.

    :param last_processed_at: beginning of that period.
    :param period_seconds: length of it.
    :raises oslo_db.exception.DBDuplicateEntry: if one of them exists; no
        scope is inserted.
    """
    common = {
        "active": True,
        "generation": 0,
        **scope_columns.cursor_values(last_processed_at, period_seconds),
    }
    # In a fixed order, so that two transactions cannot deadlock.
    rows = [
        {**dataclasses.asdict(scope), **common}
        for scope in sorted(new, key=dataclasses.astuple)
    ]
    if rows:
        session.connection().execute(sa.insert(_Model), rows)


def advance(
    session: orm.Session,
    expected: scope_records.ScopeState,
    to: datetime.datetime,
    period_seconds: int,
) -> bool:
    """Set the last rated period, if it still is that of ``expected``.

    :param to: beginning of the period.
    :param period_seconds: length of it.
    :returns: whether beginning and length were unchanged: a reset may leave
        a shorter period with the same beginning.
    """
    moved = rowcount.count(
        session,
        sa.update(_Model)
        .where(
            _Model.id == expected.id,
            _Model.last_processed_timestamp == expected.last_processed_at,
            scope_columns.of_length(expected.period_seconds),
        )
        .values(**scope_columns.cursor_values(to, period_seconds)),
    )
    return moved == 1


def lock_unchanged(
    session: orm.Session,
    states: collections.abc.Iterable[scope_records.ScopeState],
) -> frozenset[int]:
    """Lock the rows of scopes; return the ids of those to advance.

    These are the active ones whose scope and last rated period are those of
    the given state. The locks exclude ``touch`` until the transaction ends:
    no scope is reset and no task accepted before ``advance_many``.

    :param states: complete ones, as read in an earlier transaction.
    """
    expected = {state.id: state for state in states}
    return frozenset(
        row.id
        for piece in exact_text.chunks(sorted(expected))
        for row in _lock(session, piece, scope_columns.POSITION)
        if row.active and scope_columns.unmoved(row, expected[row.id])
    )


def advance_many(
    session: orm.Session,
    state_ids: collections.abc.Iterable[int],
    to: datetime.datetime,
    period_seconds: int,
) -> int:
    """Set the last rated period of rows; return the number of rows.

    :param state_ids: rows that this transaction has locked with
        ``lock_unchanged``.
    :param to: beginning of the period.
    :param period_seconds: length of it.
    """
    values = scope_columns.cursor_values(to, period_seconds)
    return sum(
        rowcount.count(
            session,
            sa.update(_Model)
            .where(row_ids.among(_Model.id, piece))
            .values(**values),
        )
        for piece in exact_text.chunks(sorted(state_ids))
    )


def rewind(
    session: orm.Session,
    state_id: int,
    to: datetime.datetime,
    period_seconds: int,
) -> None:
    """Set the last rated period, whatever the current one is.

    :param to: beginning of the period.
    :param period_seconds: length of it.

    Call ``touch`` on the row first, in the same transaction: a worker that
    rates the scope then waits for the commit, and finds its claim lost.
    """
    session.execute(
        sa.update(_Model)
        .where(_Model.id == state_id)
        .values(**scope_columns.cursor_values(to, period_seconds))
        .execution_options(synchronize_session=False)
    )


def change(
    session: orm.Session,
    state_id: int,
    now: datetime.datetime,
    *,
    scope_key: str | None = None,
    fetcher: str | None = None,
    collector: str | None = None,
    active: bool | None = None,
    closing: scope_records.Closing | None = None,
) -> scope_records.ScopeState | None:
    """Change attributes of a scope; return it, None if it was deleted.

    :param now: stored as the time of the toggle if ``active`` changes.
    :param closing: the new ``closed_before``; None keeps the current one.
    :raises oslo_db.exception.DBDuplicateEntry: if another scope has the new
        attributes.
    """
    row = session.get(_Model, state_id, populate_existing=True)
    if row is None:
        return None
    if active is not None and active != row.active:
        row.active = active
        row.scope_activation_toggle_date = now.replace(microsecond=0)
    row.scope_key = scope_key or row.scope_key
    row.fetcher = fetcher or row.fetcher
    row.collector = collector or row.collector
    if closing is not None:
        row.closed_before = closing.before
    session.flush()
    return scope_queries.by_id(session, state_id)


def touch(
    session: orm.Session, state_ids: collections.abc.Iterable[int]
) -> None:
    """Increment the generation of rows.

    Two transactions that touch one row are serialized, or one of them fails
    with a deadlock and is retried.
    """
    in_order = session.get_bind().dialect.name == "postgresql"
    for piece in exact_text.chunks(sorted(state_ids)):
        if in_order:
            # An UPDATE locks in the order of the table there, which each
            # UPDATE changes: two of them would block each other half way.
            _lock(session, piece, [_Model.id])
        session.connection().execute(
            sa.update(_Model)
            .where(row_ids.among(_Model.id, piece))
            .values(generation=_Model.generation + 1)
        )


def _lock(
    session: orm.Session,
    state_ids: collections.abc.Sequence[int],
    columns: collections.abc.Sequence[orm.InstrumentedAttribute[typing.Any]],
) -> sa.CursorResult[typing.Any]:
    """Lock rows until the transaction ends; return their columns.

    In the order of their ids, so that two transactions cannot deadlock.
    """
    return session.connection().execute(
        sa.select(*columns)
        .where(row_ids.among(_Model.id, state_ids))
        .order_by(_Model.id)
        .with_for_update()
    )
