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
from cloudkitty.db.scopes import columns as scope_columns
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import json_rows
from cloudkitty.db.sql import row_ids

_Model = scope_models.ScopeState
_JSON = json_rows.Row(scope_columns.COLUMNS)
# Compiled once: compiling takes as long as executing.
_SELECT = sa.select(_JSON.column)
_BY_ID = _SELECT.where(_Model.id == sa.bindparam("state_id"))
#: Callers compare again, because the database may fold case.
_OF = _SELECT.where(_Model.identifier == sa.bindparam("identifier")).order_by(
    _Model.id
)
_IDS = sa.select(_Model.id)
_NAMED_IDS = sa.select(_Model.id, _Model.identifier)
#: Parameters of ``_OF_ORIGIN`` and their columns.
_ORIGIN = {
    "of_key": _Model.scope_key,
    "of_fetcher": _Model.fetcher,
    "of_collector": _Model.collector,
}
_OF_ORIGIN = _SELECT.where(
    sa.and_(
        *(column == sa.bindparam(name) for name, column in _ORIGIN.items())
    )
    | sa.and_(
        *(sa.func.coalesce(column, "") == "" for column in _ORIGIN.values())
    )
).order_by(_Model.id)


def get(
    session: orm.Session, scope: scopes.Scope, *, fill: bool = False
) -> scope_records.ScopeState | None:
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
) -> list[scope_records.ScopeState]:
    """Return the active scopes that have an identifier, by row id."""
    return [state for state in _of(session, identifier) if state.active]


def of(
    session: orm.Session, *, scope_key: str, fetcher: str, collector: str
) -> list[scope_records.ScopeState]:
    """Return all scopes of a scope key, a fetcher and a collector, by row id.

    Rows that upstream left incomplete are included, with ``""`` for the
    three; ``get`` decides which scope such a row represents. One statement,
    for tens of thousands of scopes.
    """
    origin = (scope_key, fetcher, collector)
    asked = dict(zip(_ORIGIN, origin, strict=True))
    # Compared again, because the database may fold case.
    origins = {origin, ("", "", "")}
    rows = map(_JSON.values, session.connection().scalars(_OF_ORIGIN, asked))
    return [
        scope_columns.from_row(row)
        for row in rows
        if (row[2] or "", row[3] or "", row[4] or "") in origins
    ]


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
) -> list[scope_records.ScopeState]:
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
    connection = session.connection()
    if not identifiers:
        return sorted(connection.scalars(_IDS))
    found: list[int] = []
    for piece in exact_text.chunks(dict.fromkeys(identifiers)):
        # Compared again, because the database may fold case.
        asked = frozenset(piece)
        here = exact_text.nearly_one_of(_Model.identifier, piece)
        rows = connection.execute(_NAMED_IDS.where(here))
        found += [row_id for row_id, name in rows if name in asked]
    return sorted(found)


def active_with_ids(
    session: orm.Session, state_ids: collections.abc.Iterable[int]
) -> list[scope_records.ScopeState]:
    """Return the active scopes that have the row ids, in order."""
    conditions = _conditions({"active": True})
    found = []
    for piece in exact_text.chunks(sorted(state_ids)):
        here = [*conditions, row_ids.among(_Model.id, piece)]
        found += _select(session, (), here, 0, None)
    return found


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


def closed_after(
    session: orm.Session,
    at: datetime.datetime,
    identifiers: collections.abc.Collection[str],
) -> dict[str, datetime.datetime]:
    """Return ``closed_before`` of identifiers if it is after ``at``.

    The latest one of all scopes that have the identifier: they may share
    their rated data.
    """
    query = sa.select(_Model.identifier, _Model.closed_before).where(
        _Model.closed_before > at
    )
    if len(identifiers) <= exact_text.CHUNK:
        query = query.where(*_named(session, identifiers))
    asked = frozenset(identifiers)
    ends: dict[str, datetime.datetime] = {}
    for identifier, closed_before in session.execute(query):
        if identifier in asked and closed_before is not None:
            known = ends.get(identifier, closed_before)
            ends[identifier] = max(known, closed_before)
    return ends


def by_id(session: orm.Session, state_id: int) -> scope_records.ScopeState:
    """Return the scope of an existing row."""
    found = session.connection().scalars(_BY_ID, {"state_id": state_id})
    return _state(found.one())


def _of(
    session: orm.Session, identifier: str
) -> list[scope_records.ScopeState]:
    """Return the scopes that have an identifier, by row id."""
    if not exact_text.storable(identifier):
        return []
    asked = {"identifier": identifier}
    found = map(_state, session.connection().scalars(_OF, asked))
    return [state for state in found if state.scope.identifier == identifier]


def _fill(
    session: orm.Session, state: scope_records.ScopeState, scope: scopes.Scope
) -> scope_records.ScopeState:
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
) -> list[scope_records.ScopeState]:
    query = (
        (_IDS if offset else _SELECT)
        .where(*conditions, *_named(session, identifiers))
        .order_by(_Model.id)
        .offset(offset or None)
        .limit(limit)
    )
    if offset:
        # Avoids reading all columns of skipped rows.
        ids = query.subquery()
        query = _SELECT.join(ids, ids.c.id == _Model.id)
        query = query.order_by(_Model.id)
    return [_state(text) for text in session.connection().scalars(query)]


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
def _state(text: str) -> scope_records.ScopeState:
    """Return the state of one row of ``_SELECT``."""
    return scope_columns.from_row(_JSON.values(text))
