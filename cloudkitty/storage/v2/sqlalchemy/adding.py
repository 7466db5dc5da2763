# SPDX-License-Identifier: Apache-2.0
"""Points beside those that are there."""

from sqlalchemy import orm

from cloudkitty.storage import base
from cloudkitty.storage.v2.sqlalchemy import expressions
from cloudkitty.storage.v2.sqlalchemy import writing


def make_rows(frames: base.NewFrames) -> list[writing.Row]:
    """Return one row a point, checked before anything is written.

    :raises cloudkitty.storage.base.StorageError: for what cannot be stored.
    """
    rows: list[writing.Row] = []
    for scope, frames_of_scope in frames.items():
        base.require_scope(scope)
        rows += writing.Rows(scope).make(frames_of_scope)
    return rows


def insert(session: orm.Session, rows: list[writing.Row]) -> None:
    """Put the rows into the table; no lock: none of them stands in the way.

    A replacement of their periods at the same moment is as if it came
    before or after.
    """
    if rows:
        session.connection().execute(expressions.TABLE.insert(), rows)
