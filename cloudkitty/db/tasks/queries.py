# SPDX-License-Identifier: Apache-2.0
"""Queries on ``storage_scope_reprocessing_schedule``: the tasks."""

import collections.abc
import datetime
import functools
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.sql import exact_text
from cloudkitty.db.sql import row_ids
from cloudkitty.db.sql import rowcount
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import leftovers
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import columns as task_columns
from cloudkitty.db.tasks.row import conditions as task_conditions
from cloudkitty.db.tasks.row import values as task_values

_Model = task_models.Reprocess
#: Statements on the table itself: the ORM's take twice as long to prepare.
_TABLE = typing.cast(sa.Table, _Model.__table__)
_IDS = sa.select(_Model.id)
_GET = task_columns.SELECT_TASK.where(_Model.id == sa.bindparam("task_id"))


def insert_batch(
    session: orm.Session,
    state_ids: collections.abc.Iterable[int],
    new: task_records.NewBatch,
    now: datetime.datetime,
    *,
    why: str | None = None,
) -> None:
    """Insert a scheduled task for each scope, and its acceptance event.

    The database itself copies the identifiers, so that thousands of rows
    need not be sent.

    :param state_ids: rows of the scopes, which the transaction holds.
    :param why: text for the events; None for most requests.
    """
    values = task_values.accepted(new, now)
    columns = _Model.__table__.columns
    shared = [
        sa.literal(value, columns[name].type) for name, value in values.items()
    ]
    scopes = scope_models.ScopeState
    names = ["identifier", *values]
    connection = session.connection()
    for piece in exact_text.chunks(state_ids):
        query = (
            sa.select(scopes.identifier, *shared)
            .where(row_ids.among(scopes.id, piece))
            .order_by(scopes.id)
        )
        connection.execute(sa.insert(_TABLE).from_select(names, query))
    if new.has_row:
        session.execute(
            sa.insert(task_models.TaskBatch).values(
                batch_id=new.batch_id,
                approval=new.needs_approval,
                preview_id=new.preview_batch_id,
                preview_digest=new.preview_digest,
            )
        )
    leftovers.delete_of_new(session, str(new.batch_id))
    task_events.add_accepted(session, str(new.batch_id), now, why=why)


def get(session: orm.Session, task_id: int) -> task_records.Task | None:
    """Return one task."""
    text = session.connection().scalar(_GET, {"task_id": task_id})
    return None if text is None else task_columns.task(text)


def get_many(
    session: orm.Session, task_ids: collections.abc.Iterable[int]
) -> list[task_records.Task]:
    """Return the tasks that have one of some ids, by id."""
    connection = session.connection()
    return [
        task_columns.task(text)
        for piece in exact_text.chunks(sorted(task_ids))
        for text in connection.scalars(
            task_columns.SELECT_TASK.where(
                row_ids.among(_Model.id, piece)
            ).order_by(_Model.id)
        )
    ]


def unfinished(
    session: orm.Session, scope_ids: collections.abc.Iterable[str]
) -> list[task_records.Task]:
    """Return the tasks of some scopes whose windows are taken, by id."""
    found: list[task_records.Task] = []
    for piece in exact_text.chunks(scope_ids):
        query = task_columns.SELECT_TASK.where(
            exact_text.one_of(session, _Model.identifier, piece),
            task_conditions.unfinished(),
        )
        found += map(task_columns.task, session.connection().scalars(query))
    found.sort(key=lambda task: task.id)
    return found


def latest(
    session: orm.Session, scope_id: str
) -> task_records.ListedTask | None:
    """Return the scope's oldest unfinished task, else its newest.

    A preview counts only as the newest.
    """
    if not exact_text.storable(scope_id):
        return None
    connection = session.connection()
    asked = exact_text.parameters("scope_id", scope_id)
    for query in _latest(connection.dialect.name):
        text = connection.scalar(query, asked)
        if text is not None:
            return task_columns.listed(text)
    return None


@functools.cache
def _latest(dialect: str) -> tuple[sa.Select[typing.Any], ...]:
    """Return the statements of ``latest``; compiled once."""
    mine = task_columns.SELECT_LISTED.where(
        exact_text.equal(dialect, _Model.identifier, "scope_id")
    ).limit(1)
    unfinished = mine.where(
        task_conditions.unfinished(), _Model.mode != task_modes.PREVIEW
    )
    return unfinished.order_by(_Model.id), mine.order_by(_Model.id.desc())


class Listing(task_filters.Filters, total=False):
    """Which part of a list of them.

    ``marker``: only those after the task of this id, in the list's order.
    """

    ascending: bool
    offset: int
    limit: int | None
    marker: int | None


def find(
    session: orm.Session, **which: typing.Unpack[Listing]
) -> list[task_records.Task]:
    """Return tasks by id, newest first; oldest first if ``ascending``."""
    statement, values = _list(session, task_columns.SELECT_TASK, which)
    found = session.connection().scalars(statement, values).all()
    return [task_columns.task(text) for text in found]


def find_listed(
    session: orm.Session, **which: typing.Unpack[Listing]
) -> list[task_records.ListedTask]:
    """Return the tasks of ``find`` in the form for lists."""
    statement, values = _list(session, task_columns.SELECT_LISTED, which)
    found = session.connection().scalars(statement, values).all()
    return [task_columns.listed(text) for text in found]


def count(
    session: orm.Session, **which: typing.Unpack[task_filters.Filters]
) -> int:
    """Return the number of tasks that ``find`` returns without paging."""
    conditions = task_filters.conditions(session, which)
    return (
        session.scalar(
            sa.select(sa.func.count()).select_from(_Model).where(*conditions)
        )
        or 0
    )


def place_in_queue(session: orm.Session, task: task_records.Task) -> int:
    """Return the position of ``task`` among the waiting tasks, from 1."""
    waiting = session.scalar(
        sa.select(sa.func.count()).where(
            task_conditions.in_any(states.WAITING), _Model.id < task.id
        )
    )
    return 1 + (waiting or 0)


def transition(
    session: orm.Session,
    task: task_records.Task,
    state: str,
    now: datetime.datetime,
    *,
    by: str | None = None,
    why: str | None = None,
) -> bool:
    """Put a task into another state, if it is unchanged since it was read.

    A worker with a claim on the task can no longer write.

    :param task: with its counters filled in.
    :param by: the user who requests it, for the task's events.
    :param why: the reason, for the task's events.
    :returns: whether the task was unchanged.
    """
    values = task_values.transition(state, task.current_at, now)
    # Upstream moves only the cursor, and the task may now be hidden from it.
    values["periods_done"] = task.periods_done
    met = rowcount.count(
        session,
        sa.update(_TABLE)
        .where(
            _Model.id == task.id,
            task_conditions.in_state(task.state),
            _Model.lease_token == task.lease_token,
        )
        .values(**values),
    )
    if met:
        task_events.add(
            session,
            task.id,
            at=now,
            from_state=task.state,
            to_state=state,
            by=by,
            why=why,
        )
    return met == 1


def _list(
    session: orm.Session,
    query: sa.Select[typing.Any],
    which: Listing,
) -> tuple[sa.Select[typing.Any], dict[str, typing.Any]]:
    """Return the statement of a list, and its parameters."""
    values = {
        "marker": which.get("marker"),
        "offset": which.get("offset", 0),
        "limit": which.get("limit"),
    }
    ascending = which.get("ascending", False)
    statement = _page(
        _IDS if values["offset"] else query,
        ascending=ascending,
        marker=values["marker"] is not None,
        limit=values["limit"] is not None,
    )
    if conditions := task_filters.conditions(session, which):
        statement = statement.where(*conditions)
    if values["offset"]:
        # Of rows that are skipped, databases read all that is selected, and
        # PostgreSQL makes their texts too: that is the id alone here.
        ids = statement.subquery()
        statement = query.join(ids, ids.c.id == _Model.id)
        statement = statement.order_by(_order(ascending))
    return statement, values


@functools.cache
def _page(
    query: sa.Select[typing.Any], *, ascending: bool, marker: bool, limit: bool
) -> sa.Select[typing.Any]:
    """Return the statement of a page; compiled once.

    Its parameters are ``offset`` and, where there are, ``marker`` and
    ``limit``.
    """
    after = sa.bindparam("marker", type_=_Model.id.type)
    if marker:
        query = query.where(
            _Model.id > after if ascending else _Model.id < after
        )
    if limit:
        query = query.limit(sa.bindparam("limit", type_=sa.Integer()))
    return query.order_by(_order(ascending)).offset(
        sa.bindparam("offset", type_=sa.Integer())
    )


def _order(ascending: bool) -> sa.ColumnElement[int]:
    return _Model.id.asc() if ascending else _Model.id.desc()
