# SPDX-License-Identifier: Apache-2.0
"""Read and write the columns of ``cloudkitty_storage_states``."""

import collections.abc
import datetime
import typing

import sqlalchemy as sa

from cloudkitty.common import scopes
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import records as scope_records

_Model = scope_models.ScopeState
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
    _Model.closed_before,
)

#: Columns of a scope's last rated period and of what else must not change
#: while the next ones are rated.
POSITION = (
    _Model.id,
    _Model.scope_key,
    _Model.fetcher,
    _Model.collector,
    _Model.last_processed_timestamp,
    _Model.active,
    _Model.period_seconds,
    _Model.period_timestamp,
)


def from_row(
    row: collections.abc.Sequence[typing.Any],
) -> scope_records.ScopeState:
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
        closed_before,
    ) = row
    return scope_records.ScopeState(
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
        closed_before=closed_before,
    )


def unmoved(
    row: collections.abc.Sequence[typing.Any], state: scope_records.ScopeState
) -> bool:
    """Return whether a row of ``POSITION`` has the scope and last period."""
    _, scope_key, fetcher, collector, last, _, seconds, stored_with = row
    scope = state.scope
    return (
        (scope_key, fetcher, collector)
        == (scope.scope_key, scope.fetcher, scope.collector)
        and last == state.last_processed_at
        and _length(seconds, stored_with, last) == state.period_seconds
    )


def cursor_values(
    last_processed_at: datetime.datetime, period_seconds: int | None
) -> dict[str, typing.Any]:
    """Return the column values that set a scope's last rated period."""
    return {
        "last_processed_timestamp": last_processed_at,
        "period_seconds": period_seconds,
        "period_timestamp": last_processed_at,
    }


def set_by_upstream() -> sa.ColumnElement[bool]:
    """Return the condition that upstream set a row's last rated period."""
    return sa.or_(
        _Model.period_timestamp.is_(None),
        _Model.period_timestamp != _Model.last_processed_timestamp,
    )


def of_length(period_seconds: int | None) -> sa.ColumnElement[bool]:
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
