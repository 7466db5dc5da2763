# SPDX-License-Identifier: Apache-2.0
"""Add points to the stored ones."""

import dataclasses
import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage.v2.sqlalchemy import bulk
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import replace
from cloudkitty.storage.v2.sqlalchemy import rollups
from cloudkitty.storage.v2.sqlalchemy import series
from cloudkitty.storage.v2.sqlalchemy import series_ids

_POINTS = expressions.POINTS


@dataclasses.dataclass(frozen=True, slots=True)
class _New:
    """The points of one scope, and the window in which they begin."""

    batch: replace.Batch
    first: datetime.datetime
    last: datetime.datetime


Batches = dict[scopes.Scope, _New]


def make_batches(frames: base.NewFrames) -> Batches:
    """Return the points of each scope, checked before any is written.

    :raises cloudkitty.storage.base.StorageError: if a point cannot be stored.
    """
    for scope in frames:
        storage_checks.require_scope(scope)
        replace.check_scope(scope)
    return {
        scope: _New(
            replace.Batch(of_scope),
            min(frame.start for frame in of_scope),
            max(frame.start for frame in of_scope),
        )
        for scope, of_scope in frames.items()
        if of_scope
    }


def insert(session: orm.Session, batches: Batches) -> None:
    """Insert the points of all scopes."""
    # In a fixed order, so that two transactions cannot deadlock.
    for scope in sorted(batches, key=lambda s: (s.scope_key, s.identifier)):
        if batches[scope].batch.series:
            _insert(session, scope, batches[scope])


def _insert(session: orm.Session, scope: scopes.Scope, new: _New) -> None:
    held = series.hold(session, scope, make=True)
    assert held is not None  # noqa: S101 - it was made
    row = held.row
    ids = series_ids.identify(session, {row: new.batch.series})
    rows = new.batch.rows(row, ids[row])
    # After all stored points, each with a number of its own.
    last = session.scalar(
        sa.select(sa.func.max(_POINTS.c.seq)).where(
            _POINTS.c.scope == row,
            _POINTS.c.begin.between(new.first, new.last),
        )
    )
    first = 0 if last is None else last + 1
    bulk.insert(
        session,
        [
            (row, begin, end, number, ident, qty, price)
            for number, (_, begin, end, _, ident, qty, price) in enumerate(
                rows, first
            )
        ],
    )
    last_instant = new.last + datetime.timedelta.resolution
    changed = periods.Window(new.first, last_instant)
    change = rollups.Change(changed, held.rolled_before)
    rollups.refresh(session, {row: change})
