# SPDX-License-Identifier: Apache-2.0
"""Exclude tasks, resets and live rating from the periods of an import.

All of them lock the scope's row before they change its points, or before a
task is accepted. The import locks the row in the transaction that writes, and
refuses there if an unfinished task could write the same periods.
"""

import collections.abc
import datetime

from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.common import wording
from cloudkitty.db import facade
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import overlap
from cloudkitty.storage.importing import errors
from cloudkitty.storage.importing import months


class Exclusion:
    """Excludes other writers of a scope.

    :param period_seconds: ``[collect] period``.
    """

    def __init__(self, database: facade.Database, period_seconds: int) -> None:
        self._database = database
        self._period_seconds = period_seconds
        self._period = datetime.timedelta(seconds=period_seconds)

    def check(self, plan: collections.abc.Sequence[months.Month]) -> None:
        """Refuse if unfinished tasks share a period with the plan.

        :raises cloudkitty.storage.importing.errors.ImportRefused: names them.
        """
        if not plan:
            return
        window = periods.Window(
            min(month.first for month in plan), max(m.end for m in plan)
        )
        scope_ids = {month.scope_id for month in plan}
        with self._database.reader() as session:
            self._check_tasks(session, window, scope_ids)

    def state_ids(self, scope_id: str) -> list[int]:
        """Return the rows to lock; read before the writing transaction."""
        with self._database.reader() as session:
            return scope_queries.find_ids(session, [scope_id])

    def hold(
        self,
        session: orm.Session,
        state_ids: collections.abc.Sequence[int],
        scope_id: str,
        window: periods.Window,
        *,
        joined: bool,
    ) -> None:
        """Lock the scope until the end of the transaction, and check it.

        :param joined: whether the points are written in this transaction. If
            not, a processor that rates these periods is not locked out, so
            the scope must be rated beyond them.
        :raises cloudkitty.storage.importing.errors.ImportRefused: if another
            writer may write in the window.
        """
        # The first statement: the others read after all earlier commits.
        scope_updates.touch(session, state_ids)
        self._check_tasks(session, window, {scope_id})
        if joined:
            return
        for state in scope_queries.find(session, identifiers=[scope_id]):
            last = state.last_processed_at
            if state.active and window.end > last + self._period:
                raise errors.ImportRefused(
                    f"scope {scope_id} is rated until {last:%Y-%m-%dT%H:%M}, "
                    "and rated_data_frames has later periods, which a "
                    "processor may rate at the same time: let it rate them "
                    "with [storage] version = 1, and repeat the import"
                )

    def _check_tasks(
        self,
        session: orm.Session,
        window: periods.Window,
        scope_ids: collections.abc.Collection[str],
    ) -> None:
        tasks = overlap.taken(session, self._period_seconds, window, scope_ids)
        if not tasks:
            return
        names = wording.listed(
            [f"{task.id} of scope {task.scope_id}" for task in tasks],
            errors.SHOWN,
        )
        raise errors.ImportRefused(
            f"unfinished reprocess tasks write the imported periods: {names}: "
            "wait until they have ended or cancel them, and repeat the import"
        )
