# SPDX-License-Identifier: Apache-2.0
"""Queries on ``cloudkitty_storage_states``: the scopes."""

import collections.abc
import dataclasses
import datetime
import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db import models
from cloudkitty.db import rows
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import json_rows
from cloudkitty.db.sql import rowcount

_Model = models.ScopeState
#: Columns of a scope's state, in the order of ``from_row``.
COLUMNS = (
    _Model.id,
    _Model.identifier,
    _Model.scope_key,
    _Model.fetcher,
    _Model.collector,
    _Model.last_processed_timestamp,
    _Model.active,
    _Model.scope_activation_toggle_date,
    _Model.generation,
    _Model.period_seconds,
    _Model.period_timestamp,
)
_JSON = json_rows.Row(COLUMNS)
# Compiled once: compiling takes as long as executing.
_SELECT = sa.select(*COLUMNS)
#: For lists, whose rows are mostly cached: see ``benchmarks/json_rows.py``.
_SELECT_JSON = sa.select(_JSON.column)
_BY_ID = _SELECT.where(_Model.id == sa.bindparam("state_id"))
#: Callers compare again, because the database may fold case.
_OF = _SELECT.where(_Model.identifier == sa.bindparam("identifier")).order_by(
    _Model.id
)
_IDS = sa.select(_Model.id)


def get(
    session: orm.Session, scope: scopes.Scope, *, fill: bool = False
) -> rows.ScopeState | None:
    """Return the state of one scope.

    A row that upstream left incomplete (scope key, fetcher and collector are
    NULL) also represents the scope.

    :param fill: complete such a row; needs a writing session.
    """
    found = _of(session, scope.identifier)
    complete = [state for state in found if state.scope == scope]
    if complete:
        return complete[0]
    blank = dataclasses.replace(scope, scope_key="", fetcher="", collector="")
    for state in found:
        if state.scope == blank:
            return _fill(session, state, scope) if fill else state
    return None


def find_active(
    session: orm.Session, identifier: str
) -> list[rows.ScopeState]:
    """Return the active scopes that have an identifier, by row id."""
    return [state for state in _of(session, identifier) if state.active]


def create(
    session: orm.Session,
    scope: scopes.Scope,
    last_processed_at: datetime.datetime,
    *,
    active: bool = True,
    period_seconds: int | None = None,
) -> rows.ScopeState:
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
        **_cursor(last_processed_at, period_seconds),
    )
    session.add(row)
    session.flush()
    return _by_id(session, row.id)


def advance(
    session: orm.Session,
    expected: rows.ScopeState,
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
            _of_length(expected.period_seconds),
        )
        .values(**_cursor(to, period_seconds)),
    )
    return moved == 1


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
        .values(**_cursor(to, period_seconds))
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
) -> rows.ScopeState | None:
    """Change attributes of a scope; return it, None if it was deleted.

    :param now: stored as the time of the toggle if ``active`` changes.
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
    session.flush()
    return _by_id(session, state_id)


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
            session.execute(
                sa.select(_Model.id)
                .where(_Model.id.in_(piece))
                .order_by(_Model.id)
                .with_for_update()
            )
        session.execute(
            sa.update(_Model)
            .where(_Model.id.in_(piece))
            .values(generation=_Model.generation + 1)
        )


class Filters(typing.TypedDict, total=False):
    """Conditions on scopes; an empty one and ``None`` select every scope.

    ``processed_before`` selects scopes whose last rated period begins before
    that time.
    """

    identifiers: collections.abc.Collection[str]
    scope_keys: collections.abc.Collection[str]
    fetchers: collections.abc.Collection[str]
    collectors: collections.abc.Collection[str]
    active: bool | None
    processed_before: datetime.datetime | None


def find(
    session: orm.Session,
    *,
    offset: int = 0,
    limit: int | None = None,
    **which: typing.Unpack[Filters],
) -> list[rows.ScopeState]:
    """Return scopes by row id."""
    identifiers = which.get("identifiers", ())
    conditions = _conditions(which)
    if len(identifiers) > exact_text.CHUNK:
        found = []
        for piece in exact_text.chunks(sorted(set(identifiers))):
            found += _select(session, piece, conditions, 0, None)
        found.sort(key=lambda state: state.id)
        end = None if limit is None else offset + limit
        return found[offset:end]
    return _select(session, identifiers, conditions, offset, limit)


def find_ids(
    session: orm.Session, identifiers: collections.abc.Collection[str] = ()
) -> list[int]:
    """Return the row ids of scopes, in order; an empty filter means all."""
    pieces = list(exact_text.chunks(identifiers)) or [()]
    found: list[int] = []
    for piece in pieces:
        found += session.scalars(_IDS.where(*_named(session, piece)))
    return sorted(found)


def identifiers(session: orm.Session) -> list[str]:
    """Return the identifiers of all scopes, each once, by row id."""
    found = session.scalars(sa.select(_Model.identifier).order_by(_Model.id))
    return list(dict.fromkeys(found))


def count(session: orm.Session, **which: typing.Unpack[Filters]) -> int:
    """Return the number of scopes that ``find`` returns without paging."""
    conditions = _conditions(which)
    identifiers = set(which.get("identifiers", ()))
    pieces = list(exact_text.chunks(sorted(identifiers))) or [()]
    return sum(
        session.scalar(
            sa.select(sa.func.count())
            .select_from(_Model)
            .where(*conditions, *_named(session, piece))
        )
        or 0
        for piece in pieces
    )


def _cursor(
    last_processed_at: datetime.datetime, period_seconds: int | None
) -> dict[str, typing.Any]:
    """Return the column values that set a scope's last rated period."""
    known = period_seconds is not None
    return {
        "last_processed_timestamp": last_processed_at,
        "period_seconds": period_seconds,
        "period_timestamp": last_processed_at if known else None,
    }


def _of_length(period_seconds: int | None) -> sa.ColumnElement[bool]:
    """Return the condition that a row's last period has a length.

    :param period_seconds: None: the length is unknown. ``_length`` is the
        equivalent for a fetched row.
    """
    if period_seconds is not None:
        return sa.and_(
            _Model.period_seconds == period_seconds,
            _Model.period_timestamp == _Model.last_processed_timestamp,
        )
    return sa.or_(
        _Model.period_seconds.is_(None),
        _Model.period_timestamp.is_(None),
        _Model.period_timestamp != _Model.last_processed_timestamp,
    )


def _length(
    period_seconds: int | None,
    stored_with: datetime.datetime | None,
    last_processed_at: datetime.datetime,
) -> int | None:
    """Return the length of a row's last period; None if it is unknown.

    Upstream moves the timestamp without changing the length, which then
    belongs to another period.
    """
    return period_seconds if stored_with == last_processed_at else None


def _by_id(session: orm.Session, state_id: int) -> rows.ScopeState:
    found = session.connection().execute(_BY_ID, {"state_id": state_id})
    return from_row(found.one())


def _of(session: orm.Session, identifier: str) -> list[rows.ScopeState]:
    """Return the scopes that have an identifier, by row id."""
    if not exact_text.storable(identifier):
        return []
    asked = {"identifier": identifier}
    found = map(from_row, session.connection().execute(_OF, asked))
    return [state for state in found if state.scope.identifier == identifier]


def _fill(
    session: orm.Session, state: rows.ScopeState, scope: scopes.Scope
) -> rows.ScopeState:
    """Complete a row that upstream created."""
    session.execute(
        sa.update(_Model)
        .where(_Model.id == state.id)
        .values(
            scope_key=scope.scope_key,
            fetcher=scope.fetcher,
            collector=scope.collector,
        )
        .execution_options(synchronize_session=False)
    )
    return dataclasses.replace(state, scope=scope)


def _select(
    session: orm.Session,
    identifiers: collections.abc.Collection[str],
    conditions: list[sa.ColumnElement[bool]],
    offset: int,
    limit: int | None,
) -> list[rows.ScopeState]:
    query = (
        (_IDS if offset else _SELECT_JSON)
        .where(*conditions, *_named(session, identifiers))
        .order_by(_Model.id)
        .offset(offset or None)
        .limit(limit)
    )
    if offset:
        # Avoids reading all columns of skipped rows.
        ids = query.subquery()
        query = _SELECT_JSON.join(ids, ids.c.id == _Model.id)
        query = query.order_by(_Model.id)
    return [_listed(text) for text in session.connection().scalars(query)]


def _named(
    session: orm.Session, identifiers: collections.abc.Collection[str]
) -> list[sa.ColumnElement[bool]]:
    if not identifiers:
        return []
    return [exact_text.one_of(session, _Model.identifier, identifiers)]


def _conditions(which: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [
        column.in_(values)
        for column, values in (
            (_Model.scope_key, which.get("scope_keys")),
            (_Model.fetcher, which.get("fetchers")),
            (_Model.collector, which.get("collectors")),
        )
        if values
    ]
    active = which.get("active")
    if active is not None:
        conditions.append(_Model.active.is_(active))
    before = which.get("processed_before")
    if before is not None:
        conditions.append(_Model.last_processed_timestamp < before)
    return conditions


# Most scopes of a list have not changed since the last list.
@functools.lru_cache(maxsize=4096)
def _listed(text: str) -> rows.ScopeState:
    """Return the state of one row of ``_SELECT_JSON``."""
    return from_row(_JSON.values(text))


def from_row(row: collections.abc.Sequence[typing.Any]) -> rows.ScopeState:
    """Return the state of one row of ``COLUMNS``."""
    (
        state_id,
        identifier,
        scope_key,
        fetcher,
        collector,
        last_processed_at,
        active,
        toggled_at,
        generation,
        period_seconds,
        stored_with,
    ) = row
    return rows.ScopeState(
        id=state_id,
        scope=scopes.Scope(
            identifier=identifier,
            scope_key=scope_key or "",
            fetcher=fetcher or "",
            collector=collector or "",
        ),
        last_processed_at=last_processed_at,
        active=bool(active),
        toggled_at=toggled_at,
        generation=generation,
        period_seconds=_length(period_seconds, stored_with, last_processed_at),
    )
