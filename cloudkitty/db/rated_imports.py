# SPDX-License-Identifier: Apache-2.0
"""Progress of ``cloudkitty-dbsync import-rated``, by scope and month."""

import datetime

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db.sql import types

#: The scope and the month of the row that ends an import as a whole.
WHOLE = ("", datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC))


class RatedImport(base.Base):
    """One month of one scope, so that a second run skips it.

    Only a purge deletes rows, those of exports: their points may come back.
    """

    __tablename__ = "cloudkitty_rated_imports"
    __table_args__ = (
        sa.PrimaryKeyConstraint("source", "scope_id", "month"),
        {**base.TABLE_ARGS, "sqlite_autoincrement": False},
    )

    #: Name of the storage that is read.
    source: orm.Mapped[str] = orm.mapped_column(types.ExactText(64))
    scope_id: orm.Mapped[str] = orm.mapped_column(types.ExactText(256))
    month: orm.Mapped[datetime.datetime] = orm.mapped_column(types.UTCDateTime)
    #: Periods that begin before it are copied.
    position: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime
    )
    #: Of the sums that were read; of ``WHOLE``, the newest row that was read.
    digest: orm.Mapped[str] = orm.mapped_column(types.ExactText(64))
    #: Whether the copied sums were compared and are equal.
    finished: orm.Mapped[bool] = orm.mapped_column(sa.Boolean)


def find(
    session: orm.Session,
    source: str,
    scope_id: str,
    month: datetime.datetime,
) -> RatedImport | None:
    """Return the progress of a month of a scope."""
    return session.get(RatedImport, (source, scope_id, month))


def write(session: orm.Session, row: RatedImport) -> None:
    """Insert or update a row."""
    session.merge(row)


def forget(
    session: orm.Session,
    source: str,
    scope_id: str,
    month: datetime.datetime,
) -> None:
    """Delete the progress of a month of a scope."""
    row = find(session, source, scope_id, month)
    if row is not None:
        session.delete(row)
        session.flush()
