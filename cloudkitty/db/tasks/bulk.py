# SPDX-License-Identifier: Apache-2.0
"""Queries on all tasks that match a filter, for changes of their state."""

import collections.abc
import dataclasses

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks.row import columns as task_columns
from cloudkitty.db.tasks.row import conditions as task_conditions

_Model = task_models.Reprocess


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The tasks that a filter matches at one time.

    :param matched: their number.
    :param ids: those in a state from which the change is possible, oldest
        first.
    """

    matched: int
    ids: tuple[int, ...]


def select(
    session: orm.Session,
    filters: task_filters.Filters,
    states: collections.abc.Collection[str],
) -> Selection:
    """Return the tasks that match, by one statement and without locks.

    :param states: those from which the change is possible.
    """
    possible = sa.case((task_conditions.in_any(states), 1), else_=0)
    rows = session.execute(
        sa.select(_Model.id, possible)
        .where(*task_filters.conditions(session, filters))
        .order_by(_Model.id)
    ).all()
    return Selection(
        matched=len(rows),
        ids=tuple(task_id for task_id, changeable in rows if changeable),
    )


def scope_ids(
    session: orm.Session, task_ids: collections.abc.Collection[int]
) -> list[str]:
    """Return the scopes of tasks."""
    return list(
        session.scalars(
            sa.select(_Model.identifier)
            .where(_Model.id.in_(task_ids))
            .distinct()
        )
    )


def lock(
    session: orm.Session, task_ids: collections.abc.Collection[int]
) -> list[task_records.Task]:
    """Lock tasks and return their current rows, by id.

    Locked by id, so that two transactions cannot deadlock.

    :param task_ids: at most ``exact_text.CHUNK``.
    """
    query = (
        task_columns.SELECT_TASK.where(_Model.id.in_(task_ids))
        .order_by(_Model.id)
        .with_for_update()
    )
    return list(map(task_columns.task, session.connection().scalars(query)))
