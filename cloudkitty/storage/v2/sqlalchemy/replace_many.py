# SPDX-License-Identifier: Apache-2.0
"""Replace the points of many scopes with a constant number of statements."""

import collections
import collections.abc

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.sql import exact_text
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.sqlalchemy import bulk
from cloudkitty.storage.v2.sqlalchemy import conditions
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import identity
from cloudkitty.storage.v2.sqlalchemy import replace
from cloudkitty.storage.v2.sqlalchemy import rollups
from cloudkitty.storage.v2.sqlalchemy import series as ck_series
from cloudkitty.storage.v2.sqlalchemy import series_ids

_POINTS = expressions.POINTS
_SERIES = expressions.SERIES

#: A piece and its scope, locked.
_Held = tuple[ck_series.Held, replace.New]


def check(
    replacements: collections.abc.Iterable[base.Replacement],
) -> list[replace.New]:
    """Return the pieces as rows, checked before any is written.

    The errors are those of ``Storage.replace_many``.
    """
    pieces = storage_checks.check_replacements(replacements)
    return [replace.New.of(piece) for piece in pieces]


def replace_many(
    session: orm.Session, pieces: collections.abc.Iterable[replace.New]
) -> None:
    """Replace each scope's points in its window by those of its batch."""
    held = _hold(session, pieces)
    _delete(session, held)
    wanted: dict[int, dict[str, identity.Series]] = {}
    for scope, new in held:
        if new.batch.series:
            wanted.setdefault(scope.row, {}).update(new.batch.series)
    ids = series_ids.identify(session, wanted)
    bulk.insert(
        session,
        [
            point
            for scope, new in held
            if new.batch.series
            for point in new.batch.rows(scope.row, ids[scope.row])
        ],
    )
    rollups.refresh(session, _around(held))


def _hold(
    session: orm.Session, pieces: collections.abc.Iterable[replace.New]
) -> list[_Held]:
    """Lock the scopes; return the pieces of those that have a row."""
    by_data = [
        ((new.scope.scope_key, new.scope.identifier), new) for new in pieces
    ]
    make: dict[ck_series.Data, bool] = collections.defaultdict(bool)
    for data, new in by_data:
        make[data] |= bool(new.batch.series)
    rows = ck_series.hold_many(session, make)
    return [(rows[data], new) for data, new in by_data if data in rows]


def _delete(session: orm.Session, held: list[_Held]) -> None:
    """Delete the stored points of the windows, where there are any."""
    for piece in exact_text.chunks(held):
        stored = _stored_metrics(session, piece)
        whole = []
        for scope, new in piece:
            found = stored.get(scope.row)
            if found is None:
                continue
            if new.metrics is None or found <= set(new.metrics):
                whole.append((scope, new))
            else:
                replace.delete_points(session, scope, new.window, new.metrics)
        if whole:
            session.connection().execute(
                sa.delete(_POINTS).where(_in_windows(whole))
            )


def _stored_metrics(
    session: orm.Session, held: collections.abc.Iterable[_Held]
) -> dict[int, set[str]]:
    """Return the stored metrics of scopes in all their windows.

    Only scopes with points. The locks of the scopes exclude new points.
    """
    # The series first, so that no database begins with their table.
    found = (
        sa.select(_POINTS.c.scope, _POINTS.c.series)
        .where(_in_windows(held))
        .group_by(_POINTS.c.scope, _POINTS.c.series)
        .subquery("stored")
    )
    query = sa.select(found.c.scope, _SERIES.c.metric).join(
        found, found.c.series == _SERIES.c.id
    )
    stored: dict[int, set[str]] = {}
    for scope, metric in session.connection().execute(query.distinct()):
        stored.setdefault(scope, set()).add(metric)
    return stored


def _around(
    held: collections.abc.Iterable[_Held],
) -> dict[int, rollups.Change]:
    """Return the smallest window around all pieces of each scope."""
    changes: dict[int, rollups.Change] = {}
    for scope, new in held:
        known = changes.get(scope.row)
        window = new.window
        if known is not None:
            window = periods.Window(
                min(known.window.begin, window.begin),
                max(known.window.end, window.end),
            )
        changes[scope.row] = rollups.Change(window, scope.rolled_before)
    return changes


def _in_windows(
    held: collections.abc.Iterable[_Held],
) -> sa.ColumnElement[bool]:
    """Return the condition that a point is in the window of a piece.

    Mostly, all pieces have the same window.
    """
    rows: dict[periods.Window, list[int]] = {}
    for scope, new in held:
        rows.setdefault(new.window, []).append(scope.row)
    return sa.or_(
        *(
            conditions.of_scopes_in(of_window, window)
            for window, of_window in rows.items()
        )
    )
