# SPDX-License-Identifier: Apache-2.0
"""The workers of processors, as their heartbeats show them.

All times except ``next_look_at`` are those of the database's server, so that
the clocks of the hosts do not matter.
"""

import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import base
from cloudkitty.db.sql import rowcount
from cloudkitty.db.sql import server_time
from cloudkitty.db.sql import types

#: Workers that execute tasks.
REPROCESSING = "reprocessing"


class WorkerRow(base.Base):
    """One process of a processor."""

    __tablename__ = "cloudkitty_workers"
    __table_args__ = ({**base.TABLE_ARGS, "sqlite_autoincrement": False},)

    #: As in the leases of tasks.
    name: orm.Mapped[str] = orm.mapped_column(
        types.ExactText(255), primary_key=True
    )
    host: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    #: ``rating`` or ``reprocessing``.
    kind: orm.Mapped[str] = orm.mapped_column(sa.String(16))
    number: orm.Mapped[int]
    pid: orm.Mapped[int]
    version: orm.Mapped[str] = orm.mapped_column(sa.String(64))
    started_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime
    )
    last_seen_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        types.UTCDateTime
    )
    #: NULL unless it has ended as asked.
    stopped_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )
    #: Number of tasks at work, and the first of them.
    tasks: orm.Mapped[int]
    task_id: orm.Mapped[int | None]
    scope_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(256))
    next_look_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        types.UTCDateTime
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What does not change while a worker runs.

    :param name: unique name, as in the leases of tasks.
    :param kind: ``rating`` or ``reprocessing``.
    :param number: of the worker among those of its kind on the host.
    """

    name: str
    host: str
    kind: str
    number: int
    pid: int
    version: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a worker does.

    :param tasks: number of tasks at work.
    :param task_id: the first of them, as ``scope_id``.
    :param next_look_at: when it looks for work; None while it works.
    """

    tasks: int = 0
    task_id: int | None = None
    scope_id: str | None = None
    next_look_at: datetime.datetime | None = None


_Record = typing.TypeVar("_Record", Identity, Work)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One worker, and when it was seen."""

    identity: Identity
    work: Work
    started_at: datetime.datetime
    last_seen_at: datetime.datetime
    stopped_at: datetime.datetime | None


def beat(
    session: orm.Session,
    identity: Identity,
    work: Work,
    now: datetime.datetime,
    *,
    stopped: bool = False,
) -> bool:
    """Store that a worker is seen now, by one statement.

    :param now: the host's time, for SQLite.
    :param stopped: whether it ends.
    :returns: whether its row exists; otherwise nothing is stored.
    """
    at = server_time.expression(session, now)
    values = {**_values(work), "last_seen_at": at}
    if stopped:
        values["stopped_at"] = at
    statement = (
        sa.update(WorkerRow)
        .where(WorkerRow.name == identity.name)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return rowcount.count(session, statement) == 1


def add(
    session: orm.Session,
    identity: Identity,
    work: Work,
    now: datetime.datetime,
) -> None:
    """Add the row of a worker that is seen for the first time.

    :param now: as for ``beat``.
    """
    at = server_time.expression(session, now)
    session.execute(
        sa.insert(WorkerRow).values(
            **_values(identity),
            **_values(work),
            started_at=at,
            last_seen_at=at,
        )
    )


def forget(
    session: orm.Session,
    identity: Identity,
    *,
    replaced: datetime.datetime,
    old: datetime.datetime,
) -> int:
    """Delete the rows of workers that have ended; return their number.

    :param identity: of the worker that replaces those of the same kind and
        number on its host.
    :param replaced: those that were not seen since then are deleted.
    :param old: all other workers that were not seen since then too.
    """
    same = sa.and_(
        WorkerRow.host == identity.host,
        WorkerRow.kind == identity.kind,
        WorkerRow.number == identity.number,
    )
    ended = sa.or_(
        WorkerRow.stopped_at.is_not(None), WorkerRow.last_seen_at < replaced
    )
    return rowcount.count(
        session,
        sa.delete(WorkerRow)
        .where(
            WorkerRow.name != identity.name,
            sa.or_(
                sa.and_(same, ended),
                WorkerRow.last_seen_at < old,
            ),
        )
        .execution_options(synchronize_session=False),
    )


def find(session: orm.Session, kind: str | None = None) -> list[Worker]:
    """Return the workers, by host, kind, number and name.

    :param kind: only those of this kind.
    """
    query = sa.select(WorkerRow).execution_options(populate_existing=True)
    if kind is not None:
        query = query.where(WorkerRow.kind == kind)
    found = [
        Worker(
            identity=_record(Identity, row),
            work=_record(Work, row),
            started_at=row.started_at,
            last_seen_at=row.last_seen_at,
            stopped_at=row.stopped_at,
        )
        for row in session.scalars(query)
    ]
    found.sort(key=_place)
    return found


def _place(worker: Worker) -> tuple[str, str, int, str]:
    known = worker.identity
    return known.host, known.kind, known.number, known.name


def _record(kind: type[_Record], row: WorkerRow) -> _Record:
    names = [field.name for field in dataclasses.fields(kind)]
    return kind(**{name: getattr(row, name) for name in names})


def _values(record: Identity | Work) -> dict[str, object]:
    return dataclasses.asdict(record)
