# SPDX-License-Identifier: Apache-2.0
"""Cached numbers of all rows of the lists.

A database counts by reading every row, so the cost of the ``total`` of a page
grows with the number of old tasks. The number of all rows is reused for a
second while the newest row is the same: only an operator's SQL deletes rows,
and only a transaction that commits after a later one adds them elsewhere than
at the end.
"""

import dataclasses
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import filters as task_filters
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries

#: Seconds.
KEPT = 1.0

_Model = type[task_models.Reprocess] | type[scope_models.ScopeState]
# Compiled once: compiling takes as long as executing.
_NEWEST: dict[_Model, sa.Select[typing.Any]] = {
    task_models.Reprocess: sa.select(sa.func.max(task_models.Reprocess.id)),
    scope_models.ScopeState: sa.select(
        sa.func.max(scope_models.ScopeState.id)
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class _Count:
    """A cached count.

    :param newest: the newest row before counting.
    :param until: monotonic seconds.
    """

    newest: int
    rows: int
    until: float


class RowCounts:
    """The cached counts of one database; thread-safe."""

    def __init__(self) -> None:
        self._known: dict[_Model, _Count] = {}

    def tasks(
        self,
        session: orm.Session,
        now: float,
        newest: int | None = None,
        **which: typing.Unpack[task_filters.Filters],
    ) -> int:
        """Return the number of tasks.

        :param now: monotonic seconds.
        :param newest: id of the newest task, if the caller knows it.
        """
        if any(which.values()):
            return task_queries.count(session, **which)
        return self._count_all(session, now, task_models.Reprocess, newest)

    def scopes(
        self,
        session: orm.Session,
        now: float,
        **which: typing.Unpack[scope_queries.Filters],
    ) -> int:
        """Return the number of scopes.

        :param now: monotonic seconds.
        """
        if any(value not in ((), None) for value in which.values()):
            return scope_queries.count(session, **which)
        return self._count_all(session, now, scope_models.ScopeState)

    def _count_all(
        self,
        session: orm.Session,
        now: float,
        model: _Model,
        newest: int | None = None,
    ) -> int:
        if newest is None:
            newest = session.connection().scalar(_NEWEST[model]) or 0
        known = self._known.get(model)
        if known and known.newest == newest and now < known.until:
            return known.rows
        rows = session.scalar(sa.select(sa.func.count()).select_from(model))
        self._known[model] = _Count(newest, rows or 0, now + KEPT)
        return rows or 0
