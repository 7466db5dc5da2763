# SPDX-License-Identifier: Apache-2.0
"""Delete finished tasks with all their rows."""

import collections.abc
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db import facade
from cloudkitty.db.sql import rowcount
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import conditions as task_conditions

_Model = task_models.Reprocess
#: Tasks of one transaction: each has some rows in other tables.
PIECE = 500


class Deleted(typing.NamedTuple):
    """Numbers of deleted rows."""

    tasks: int = 0
    events: int = 0
    totals: int = 0
    notes: int = 0
    requests: int = 0

    def plus(self, other: "Deleted") -> "Deleted":
        """Return the sums."""
        return Deleted(*map(sum, zip(self, other, strict=True)))


def count(session: orm.Session, before: datetime.datetime) -> int:
    """Return the number of tasks that finished before an instant."""
    return _count(session, *_finished(before))


def count_without_end(session: orm.Session) -> int:
    """Return the number of finished tasks without a time of their end.

    CloudKitty 25 stores none. They are never deleted.
    """
    ended = task_conditions.in_any(states.TERMINAL)
    return _count(session, ended, _Model.finished_at.is_(None))


def delete(
    database: facade.Database, before: datetime.datetime
) -> collections.abc.Iterator[Deleted]:
    """Delete the tasks that finished before an instant, oldest ids first.

    Each piece is one transaction, and its numbers are yielded after it. A
    task that an operator reopens in the meantime is kept. A request key is
    deleted with the last task of its batch.

    :raises oslo_db.exception.DBError: if the database is unavailable.
    """
    last = 0
    while ids := _next(database, before, last):
        last = ids[-1]
        yield _delete(database, before, ids)


def _finished(before: datetime.datetime) -> list[sa.ColumnElement[bool]]:
    return [
        task_conditions.in_any(states.TERMINAL),
        _Model.finished_at < before,
    ]


def _count(session: orm.Session, *where: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(_Model).where(*where)
    return session.scalar(query) or 0


def _next(
    database: facade.Database, before: datetime.datetime, after: int
) -> list[int]:
    """Return ids of the next piece, without locks."""
    query = (
        sa.select(_Model.id)
        .where(_Model.id > after, *_finished(before))
        .order_by(_Model.id)
        .limit(PIECE)
    )
    with database.reader() as session:
        return list(session.scalars(query))


def _delete(
    database: facade.Database,
    before: datetime.datetime,
    ids: collections.abc.Sequence[int],
) -> Deleted:
    locked = (
        sa.select(_Model.id, _Model.batch_id)
        .where(_Model.id.in_(ids), *_finished(before))
        .order_by(_Model.id)
        .with_for_update()
    )

    def work(session: orm.Session) -> Deleted:
        rows = session.execute(locked).all()
        mine = [row.id for row in rows]
        batches = {row.batch_id for row in rows} - {None}
        # Counted, and not left to the foreign keys: a plain connection to
        # SQLite leaves such rows of earlier tasks.
        events, totals, notes = (
            rowcount.count(
                session, sa.delete(child).where(child.task_id.in_(mine))
            )
            for child in (
                task_models.TaskEvent,
                task_models.TaskTotal,
                task_models.TaskNote,
            )
        )
        rowcount.count(session, sa.delete(_Model).where(_Model.id.in_(mine)))
        return Deleted(
            len(mine), events, totals, notes, _forget(session, batches)
        )

    return database.write(work)


def _forget(session: orm.Session, batches: set[str]) -> int:
    """Delete the request keys of batches that have no task any more.

    Also what else is stored of these batches, which is not counted.
    """
    row = task_models.TaskBatch
    rest = sa.exists().where(_Model.batch_id == row.batch_id)
    rowcount.count(
        session,
        sa.delete(row).where(row.batch_id.in_(sorted(batches)), ~rest),
    )
    request = task_models.TaskRequest
    left = sa.exists().where(_Model.batch_id == request.batch_id)
    return rowcount.count(
        session,
        sa.delete(request).where(request.batch_id.in_(sorted(batches)), ~left),
    )
