# SPDX-License-Identifier: Apache-2.0
"""When the processors last purged old data: one of them does it each time."""

import datetime

import sqlalchemy as sa
from oslo_db import exception as db_exception
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db import facade
from cloudkitty.db.sql import rowcount
from cloudkitty.db.sql import types


class PurgeRun(base.Base):
    """The last run of one kind of purge."""

    __tablename__ = "cloudkitty_purge_runs"
    __table_args__ = ({**base.TABLE_ARGS, "sqlite_autoincrement": False},)

    name: orm.Mapped[str] = orm.mapped_column(
        types.ExactText(32), primary_key=True
    )
    began_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime
    )
    #: All data before it are purged; NULL until a run has completed.
    done_before: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )


def claim(
    database: facade.Database,
    name: str,
    now: datetime.datetime,
    interval: datetime.timedelta,
    before: datetime.datetime,
) -> bool:
    """Begin a run, if none began within an interval and one is needed.

    :param before: data before it are purged; no run is needed if an earlier
        one has completed with it.
    :returns: whether the caller has to do it.
    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    due = sa.update(PurgeRun).where(
        PurgeRun.name == name,
        PurgeRun.began_at <= now - interval,
        sa.or_(PurgeRun.done_before.is_(None), PurgeRun.done_before < before),
    )

    def work(session: orm.Session) -> bool:
        if rowcount.count(session, due.values(began_at=now)):
            return True
        if session.get(PurgeRun, name) is not None:
            return False
        session.add(PurgeRun(name=name, began_at=now))
        session.flush()
        return True

    try:
        return database.write(work)
    except db_exception.DBDuplicateEntry:
        # Another processor was first.
        return False


def finish(
    database: facade.Database, name: str, before: datetime.datetime
) -> None:
    """Record that all data before an instant are purged.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    database.write(
        lambda session: rowcount.count(
            session,
            sa.update(PurgeRun)
            .where(PurgeRun.name == name)
            .values(done_before=before),
        )
    )
