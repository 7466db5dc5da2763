# SPDX-License-Identifier: Apache-2.0
"""Queries on ``cloudkitty_storage_states``: the scopes."""

import collections.abc
import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import scopes
from cloudkitty.db import changes
from cloudkitty.db import exact
from cloudkitty.db import models
from cloudkitty.db import rows

_Model = models.ScopeState


def get(
    session: orm.Session, scope: scopes.Scope, *, fill: bool = False
) -> rows.ScopeState | None:
    """Return the state of one scope.

    A row that upstream made and has not completed (all of scope key, fetcher
    and collector NULL) stands for the scope too.

    :param fill: complete such a row; needs a writing session.
    """
    for same in (_full_match(scope), _incomplete()):
        row = session.scalar(
            sa.select(_Model)
            .where(
                exact.one_of(session, _Model.identifier, [scope.identifier]),
                same,
            )
            .order_by(_Model.id)
            .limit(1)
        )
        if row is not None:
            break
    else:
        return None
    if fill and row.scope_key is None:
        row.scope_key = scope.scope_key
        row.fetcher = scope.fetcher
        row.collector = scope.collector
        session.flush()
    return _state(row)


def create(
    session: orm.Session,
    scope: scopes.Scope,
    last_processed_at: datetime.datetime,
    *,
    active: bool = True,
) -> rows.ScopeState:
    """Insert a scope.

    :param last_processed_at: beginning of the last rated period.
    :raises oslo_db.exception.DBDuplicateEntry: if it is there already.
    """
    row = _Model(
        identifier=scope.identifier,
        scope_key=scope.scope_key,
        fetcher=scope.fetcher,
        collector=scope.collector,
        last_processed_timestamp=last_processed_at,
        active=active,
        generation=0,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return _state(row)


def advance(
    session: orm.Session,
    state_id: int,
    expected: datetime.datetime,
    to: datetime.datetime,
) -> bool:
    """Set the last rated period, if it still is ``expected``.

    :returns: whether it was.
    """
    moved = changes.count(
        session,
        sa.update(_Model)
        .where(
            _Model.id == state_id,
            _Model.last_processed_timestamp == expected,
        )
        .values(last_processed_timestamp=to),
    )
    return moved == 1


def rewind(session: orm.Session, state_id: int, to: datetime.datetime) -> None:
    """Set the last rated period, wherever the scope is.

    Only after ``touch`` of the row in the same transaction: whoever rates
    the scope waits for it then, and finds that its claim is lost.
    """
    session.execute(
        sa.update(_Model)
        .where(_Model.id == state_id)
        .values(last_processed_timestamp=to)
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
    """Change what is given of a scope; return it, None if it is gone.

    :param now: kept as the date of the toggle, where ``active`` changes.
    :raises oslo_db.exception.DBDuplicateEntry: if that makes it another.
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
    return _state(row)


def touch(
    session: orm.Session, state_ids: collections.abc.Iterable[int]
) -> None:
    """Count the generation of rows up.

    Two transactions that touch one row run one after the other, or one of
    them fails with a deadlock and is repeated.
    """
    in_order = session.get_bind().dialect.name == "postgresql"
    for piece in exact.chunks(sorted(state_ids)):
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


def find(
    session: orm.Session,
    *,
    identifiers: collections.abc.Collection[str] = (),
    scope_keys: collections.abc.Collection[str] = (),
    fetchers: collections.abc.Collection[str] = (),
    collectors: collections.abc.Collection[str] = (),
    active: bool | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[rows.ScopeState]:
    """Return scopes by row id; an empty filter means all.

    :param active: None for both kinds.
    """
    conditions = _conditions(scope_keys, fetchers, collectors, active)
    if len(identifiers) > exact.CHUNK:
        found = []
        for piece in exact.chunks(sorted(set(identifiers))):
            found += _select(session, piece, conditions, 0, None)
        found.sort(key=lambda state: state.id)
        end = None if limit is None else offset + limit
        return found[offset:end]
    return _select(session, identifiers, conditions, offset, limit)


def identifiers(session: orm.Session) -> list[str]:
    """Return the identifiers of all scopes, each once, by row id."""
    found = session.scalars(sa.select(_Model.identifier).order_by(_Model.id))
    return list(dict.fromkeys(found))


def count(
    session: orm.Session,
    *,
    identifiers: collections.abc.Collection[str] = (),
    scope_keys: collections.abc.Collection[str] = (),
    fetchers: collections.abc.Collection[str] = (),
    collectors: collections.abc.Collection[str] = (),
    active: bool | None = None,
) -> int:
    """Return how many scopes ``find`` would return without paging."""
    conditions = _conditions(scope_keys, fetchers, collectors, active)
    pieces = list(exact.chunks(sorted(set(identifiers)))) or [()]
    return sum(
        session.scalar(
            sa.select(sa.func.count())
            .select_from(_Model)
            .where(*conditions, *_named(session, piece))
        )
        or 0
        for piece in pieces
    )


def _select(
    session: orm.Session,
    identifiers: collections.abc.Collection[str],
    conditions: list[sa.ColumnElement[bool]],
    offset: int,
    limit: int | None,
) -> list[rows.ScopeState]:
    query = (
        sa.select(_Model)
        .where(*conditions, *_named(session, identifiers))
        .order_by(_Model.id)
        .offset(offset)
        .limit(limit)
    )
    return [_state(row) for row in session.scalars(query)]


def _named(
    session: orm.Session, identifiers: collections.abc.Collection[str]
) -> list[sa.ColumnElement[bool]]:
    if not identifiers:
        return []
    return [exact.one_of(session, _Model.identifier, identifiers)]


def _conditions(
    scope_keys: collections.abc.Collection[str],
    fetchers: collections.abc.Collection[str],
    collectors: collections.abc.Collection[str],
    active: bool | None,
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [
        column.in_(values)
        for column, values in (
            (_Model.scope_key, scope_keys),
            (_Model.fetcher, fetchers),
            (_Model.collector, collectors),
        )
        if values
    ]
    if active is not None:
        conditions.append(_Model.active.is_(active))
    return conditions


def _full_match(scope: scopes.Scope) -> sa.ColumnElement[bool]:
    return sa.and_(
        _Model.scope_key == scope.scope_key,
        _Model.fetcher == scope.fetcher,
        _Model.collector == scope.collector,
    )


def _incomplete() -> sa.ColumnElement[bool]:
    return sa.and_(
        _Model.scope_key.is_(None),
        _Model.fetcher.is_(None),
        _Model.collector.is_(None),
    )


def _state(row: models.ScopeState) -> rows.ScopeState:
    return rows.ScopeState(
        id=row.id,
        scope=scopes.Scope(
            identifier=row.identifier,
            scope_key=row.scope_key or "",
            fetcher=row.fetcher or "",
            collector=row.collector or "",
        ),
        last_processed_at=row.last_processed_timestamp,
        active=row.active,
        toggled_at=row.scope_activation_toggle_date,
        generation=row.generation,
    )
