# SPDX-License-Identifier: Apache-2.0
"""Find the windows of running and of unfinished tasks."""

import collections.abc

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.sql import exact_text
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import columns as task_columns
from cloudkitty.db.tasks.row import conditions as task_conditions

_Model = task_models.Reprocess
#: Number of scopes up to which a query by scope is faster than one over all
#: tasks: few tasks run, and thousands may wait.
_FEW_RUNNING = 10
_FEW_UNFINISHED = exact_text.CHUNK


def running(
    session: orm.Session,
    period_seconds: int,
    *,
    window: periods.Window | None = None,
    scope_ids: collections.abc.Collection[str] | None = None,
) -> list[task_records.ListedTask]:
    """Return the running tasks that change rated data, by id.

    :param period_seconds: ``[collect] period``.
    :param window: only tasks that overlap it; None: no filter.
    :param scope_ids: only tasks of these scopes; None: no filter.
    """
    conditions = [task_conditions.in_state(states.State.RUNNING)]
    if window is not None:
        conditions.append(task_conditions.shares(window, period_seconds))
    found = _find(session, conditions, scope_ids, _FEW_RUNNING)
    return [
        task
        for task in found
        if window is None or task.shares(window, period_seconds)
    ]


def taken(
    session: orm.Session,
    period_seconds: int,
    window: periods.Window,
    scope_ids: collections.abc.Collection[str],
) -> list[task_records.ListedTask]:
    """Return the unfinished tasks that overlap ``window``, by id.

    Their periods may have other lengths than those of ``window``.

    :param period_seconds: ``[collect] period``.
    """
    conditions = [
        task_conditions.unfinished(),
        task_conditions.shares(window, period_seconds),
    ]
    found = _find(session, conditions, scope_ids, _FEW_UNFINISHED)
    return [task for task in found if task.shares(window, period_seconds)]


def _find(
    session: orm.Session,
    conditions: list[sa.ColumnElement[bool]],
    scope_ids: collections.abc.Collection[str] | None,
    few: int,
) -> list[task_records.ListedTask]:
    if scope_ids is not None and len(scope_ids) <= few:
        mine = exact_text.nearly_one_of(_Model.identifier, scope_ids)
        conditions = [*conditions, mine]
    query = task_columns.SELECT_LISTED.where(
        *conditions, _Model.mode != task_modes.PREVIEW
    ).order_by(_Model.id)
    connection = session.connection()
    found = [task_columns.listed(text) for text in connection.scalars(query)]
    if scope_ids is None:
        return found
    asked = frozenset(scope_ids)
    return [task for task in found if task.scope_id in asked]
