# SPDX-License-Identifier: Apache-2.0
"""Amounts before and after the tasks of a cohort."""

import collections.abc

from sqlalchemy import orm

from cloudkitty.common import exceptions
from cloudkitty.common import periods
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import members as ck_members
from cloudkitty.orchestrator.engine import pipeline
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import set_parts
from cloudkitty.orchestrator.reprocess import totals as reprocess_totals
from cloudkitty.storage import base as storage_base

Totals = list[task_records.TaskTotal]


class CohortTotals:
    """The totals of several tasks, as ``modes.Redo`` has those of one.

    :param resources: the worker's resources.
    :param tasks: the task of each scope, by the scope's id.
    :param members: scopes whose stored points are unusable leave it.
    """

    def __init__(
        self,
        resources: ck_resources.Resources,
        tasks: collections.abc.Mapping[str, task_records.Task],
        members: ck_members.Members,
    ) -> None:
        self._resources = resources
        self._storage = resources.storage
        self._scope_key: str = resources.conf.collect.scope_key
        self._period_seconds: int = resources.conf.collect.period
        some = next(iter(tasks.values()))
        self._window = some.window(self._period_seconds)
        self._metrics = some.metrics
        self._ids = {scope_id: task.id for scope_id, task in tasks.items()}
        self._tasks = tasks
        self._members = members
        #: The first totals by scope.
        self._kept: dict[str, Totals] = {}
        #: Scopes whose first totals are not written yet.
        self._unwritten: set[str] = set()
        #: A window whose stored points are counted.
        self._counted: tuple[periods.Window, pipeline.StoredOf] | None = None

    def begin(self, metrics: collections.abc.Collection[str]) -> int | None:
        """Read or measure the amounts before the tasks.

        :param metrics: the metrics that the tasks collect.
        :returns: number of points stored in the windows; None if unknown.
        """
        tasks = [self._tasks[each] for each in self._members.ids]
        self._read([task for task in tasks if not task.first_claim])
        # If upstream began the task, the amounts before it are unknown.
        new = [
            task.scope_id
            for task in tasks
            if task.scope_id not in self._kept and not task.periods_done
        ]
        if new:
            amounts = self._amounts(new)
            for scope_id in new:
                if scope_id in self._members:
                    self._kept[scope_id] = reprocess_totals.before(
                        amounts.get(scope_id, {}), metrics
                    )
            self._keep([each for each in new if each in self._kept])
        if any(each not in self._kept for each in self._members.ids):
            return None
        return sum(map(_points, self._kept.values()))

    def look(self, chunk: periods.Window) -> pipeline.StoredOf:
        """Return the numbers of stored points; see ``pipeline.Look``."""
        if self._counted is not None and self._counted[0] == chunk:
            return self._counted[1]
        wanted = [
            scope_id
            for scope_id in self._members.ids
            # Of a window that was empty before the task, nothing is asked.
            if scope_id not in self._kept or _points(self._kept[scope_id])
        ]
        return self._by_period(self._count(chunk, wanted), chunk)

    def record(self, session: orm.Session, scope_ids: frozenset[str]) -> None:
        """Write the first totals with the first chunk."""
        task_totals.add_many(
            session, self._by_task(self._kept, scope_ids & self._unwritten)
        )

    def written(self, scope_ids: collections.abc.Iterable[str]) -> None:
        """Take note that the transaction of a chunk is committed."""
        self._unwritten.difference_update(scope_ids)

    def finish(self, session: orm.Session, scope_ids: frozenset[str]) -> None:
        """Write the totals of tasks that end with this transaction."""
        unread = [self._tasks[each] for each in scope_ids - self._kept.keys()]
        if unread:
            self._read_in(session, unread)
        known = scope_ids & self._kept.keys()
        if not known:
            return
        amounts = reprocess_totals.measure_many(
            self._storage,
            self._scope_key,
            sorted(known),
            self._window,
            self._metrics,
            session if self._storage.joins_database else None,
        )
        after = {
            scope_id: reprocess_totals.after(
                self._kept[scope_id], amounts.get(scope_id, {})
            )
            for scope_id in known
        }
        new = known & self._unwritten
        task_totals.add_many(session, self._by_task(after, new))
        task_totals.replace_many(session, self._by_task(after, known - new))

    def _read(
        self, tasks: collections.abc.Collection[task_records.Task]
    ) -> None:
        """Read totals that an earlier claim wrote."""
        if tasks:
            with self._resources.database.reader() as session:
                self._read_in(session, tasks)

    def _read_in(
        self,
        session: orm.Session,
        tasks: collections.abc.Collection[task_records.Task],
    ) -> None:
        found = task_totals.find_many(session, [each.id for each in tasks])
        for task in tasks:
            if task.id in found:
                self._kept[task.scope_id] = found[task.id]

    def _amounts(
        self, scope_ids: list[str]
    ) -> dict[str, reprocess_totals.Amounts]:
        """Return the amounts before the tasks.

        A window with few rows is counted by period: a single request serves
        the amounts and ``look``.
        """
        window, seconds = self._window, self._period_seconds
        count = window.period_count(seconds)
        most: int = self._resources.conf.orchestrator.chunk_points
        if count > chunks.FIRST_KNOWN or count * len(scope_ids) > most:
            return reprocess_totals.measure_many(
                self._storage,
                self._scope_key,
                scope_ids,
                window,
                self._metrics,
            )
        counts = self._count(window, scope_ids)
        stored = self._by_period(counts, window)
        if len(scope_ids) == len(self._tasks):
            self._counted = window, stored
        found = {}
        for scope_id in stored:
            try:
                found[scope_id] = reprocess_totals.of_counts(counts[scope_id])
            # A sum may be too large: that is the failure of one task.
            except exceptions.CloudKittyError as error:
                self._members.leave(scope_id, error)
        return found

    def _keep(self, scope_ids: list[str]) -> None:
        """Ensure that the first totals are written before data change."""
        if self._storage.joins_database:
            self._unwritten.update(scope_ids)
        else:
            self._resources.claims.keep_totals_of(
                [self._tasks[each] for each in scope_ids],
                self._by_task(self._kept, frozenset(scope_ids)),
            )

    def _count(
        self, window: periods.Window, scope_ids: list[str]
    ) -> dict[str, list[storage_base.Count]]:
        if not scope_ids:
            return {}
        return replace_or_keep.counts_of_scopes(
            self._storage,
            window,
            self._scope_key,
            scope_ids,
            self._metrics or (),
        )

    def _by_period(
        self,
        counts: dict[str, list[storage_base.Count]],
        window: periods.Window,
    ) -> dict[str, replace_or_keep.Stored]:
        """Return the counts; a scope of another period length leaves."""
        return set_parts.stored(
            counts, window, self._period_seconds, self._members
        )

    def _by_task(
        self,
        totals: dict[str, Totals],
        scope_ids: collections.abc.Set[str],
    ) -> dict[int, Totals]:
        return {self._ids[each]: totals[each] for each in sorted(scope_ids)}


def _points(totals: Totals) -> int:
    return sum(total.before.points for total in totals)
