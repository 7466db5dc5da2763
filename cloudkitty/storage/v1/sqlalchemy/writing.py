# SPDX-License-Identifier: Apache-2.0
"""Write rows of ``rated_data_frames``."""

import collections.abc

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db import rated_data_frames
from cloudkitty.storage.v1.sqlalchemy import conditions
from cloudkitty.storage.v1.sqlalchemy import rows as ck_rows
from cloudkitty.storage.v2.sqlalchemy import series

_TABLE = rated_data_frames.TABLE
#: Rows of one statement.
_ROWS = 2000


def replace(
    session: orm.Session,
    scope: scopes.Scope,
    window: periods.Window,
    frames: collections.abc.Sequence[dataframe.DataFrame],
    rows: collections.abc.Sequence[ck_rows.Row],
    metrics: collections.abc.Collection[str] | None,
) -> None:
    """Replace the scope's points in the window.

    :param rows: those of the points of ``frames``.
    """
    delete(session, scope, window, metrics)
    _insert(session, rows)
    empty = [frame.period for frame in frames if not len(frame)]
    if empty:
        _mark(session, scope, window, empty)


def add(
    session: orm.Session,
    batches: collections.abc.Mapping[
        scopes.Scope, collections.abc.Sequence[ck_rows.Row]
    ],
) -> None:
    """Insert the rows of all scopes."""
    # In a fixed order, so that two transactions cannot deadlock.
    for scope in sorted(batches, key=lambda each: each.identifier):
        _hold(session, scope)
        _insert(session, batches[scope])


def delete(
    session: orm.Session,
    scope: scopes.Scope,
    window: periods.Window,
    metrics: collections.abc.Collection[str] | None,
) -> None:
    """Delete the scope's points of periods that begin in the window."""
    _hold(session, scope)
    session.connection().execute(
        sa.delete(_TABLE).where(*conditions.of_scope(scope, window, metrics))
    )


def _hold(session: orm.Session, scope: scopes.Scope) -> None:
    """Exclude other writers of the scope until the transaction ends.

    Without the lock, the DELETE of a second writer would not see the rows
    that the first writer is about to insert. The row is one of our tables:
    upstream has none for a scope before its first period is rated.
    """
    series.hold(session, scope, make=True)


def _insert(
    session: orm.Session, rows: collections.abc.Sequence[ck_rows.Row]
) -> None:
    for first in range(0, len(rows), _ROWS):
        session.connection().execute(
            _TABLE.insert(), list(rows[first : first + _ROWS])
        )


def _mark(
    session: orm.Session,
    scope: scopes.Scope,
    window: periods.Window,
    empty: collections.abc.Iterable[periods.Window],
) -> None:
    """Insert upstream's rows of periods in which no point is left.

    Points of metrics that are not replaced may be left.
    """
    left = set(
        session.connection().scalars(
            sa.select(_TABLE.c.begin)
            .where(*conditions.of_scope(scope, window, None))
            .distinct()
        )
    )
    _insert(
        session,
        [
            ck_rows.no_data(scope, period.begin, period.end)
            for period in empty
            if period.begin not in left
        ],
    )
