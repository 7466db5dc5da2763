# SPDX-License-Identifier: Apache-2.0
"""Task modes: a chunk is either rewritten or only compared (preview)."""

import collections.abc
import typing

from sqlalchemy import orm

from cloudkitty import dataframe
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db.tasks import counters as task_counters
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.orchestrator import measures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import cursors
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import replace_or_keep
from cloudkitty.orchestrator.engine import writer
from cloudkitty.orchestrator.reprocess import compare
from cloudkitty.orchestrator.reprocess import notes
from cloudkitty.orchestrator.reprocess import totals as reprocess_totals
from cloudkitty.storage import base as storage_base

Rated = collections.abc.Sequence[rated_periods.RatedPeriod]
Names = collections.abc.Collection[str]
#: Creates the cursor after a chunk; the given step runs in its transaction.
MakeCursor = collections.abc.Callable[[cursors.Step], writer.Cursor]


class Mode(typing.Protocol):
    """Strategy for executing a task: rewrite the data or only compare."""

    noted: bool

    def begin(self, metrics: Names) -> int | None:
        """Prepare the task before its first chunk is written.

        :param metrics: the metrics that the task collects.
        :returns: number of points stored in the window; None if unknown.
        """

    def look(self, chunk: periods.Window) -> replace_or_keep.Stored:
        """Return the numbers of stored points that ``store`` needs.

        :param chunk: a chunk whose collection has begun.
        :raises cloudkitty.storage.base.StorageError: if the request fails.
        """

    def store(
        self,
        scope: scopes.Scope,
        chunk: periods.Window,
        rated: Rated,
        stored: replace_or_keep.Stored,
        make_cursor: MakeCursor,
        *,
        last: bool,
    ) -> None:
        """Process a rated chunk and move the cursor.

        :param stored: the result of ``look``.
        :param last: whether this is the last chunk of the task.
        """

    def finish(self, session: orm.Session) -> None:
        """Write the results of the whole task in its last transaction."""


def rule_of(task: task_records.Task, metrics: Names) -> replace_or_keep.Rule:
    """Return the rule of a task.

    :param metrics: the metrics that the task collects.
    """
    return replace_or_keep.Rule(
        defined=frozenset(metrics),
        only=None if task.metrics is None else frozenset(task.metrics),
        write_empty=task.allow_empty,
    )


class _Mode:
    """Base class of the modes.

    :param resources: the worker's resources.
    :param task: claimed by ``resources.claims``.
    """

    def __init__(
        self, resources: ck_resources.Resources, task: task_records.Task
    ) -> None:
        self._resources = resources
        self._task = task
        self._scope_key: str = resources.conf.collect.scope_key
        self._window = task.window(resources.conf.collect.period)
        self._metrics: Names = ()
        #: Whether this attempt has written notes.
        self.noted = False

    @property
    def _rule(self) -> replace_or_keep.Rule:
        return rule_of(self._task, self._metrics)

    def _query(self, chunk: periods.Window) -> storage_base.Query:
        return storage_base.Query(
            window=chunk,
            filters={self._scope_key: [self._task.scope_id]},
            metrics=tuple(self._task.metrics or ()),
        )

    def _record(
        self,
        session: orm.Session,
        decided: collections.abc.Sequence[replace_or_keep.Decided],
    ) -> None:
        """Write notes of the periods that were not simply replaced."""
        if self._task.last_error is not None:
            # The previous attempt had not passed this chunk.
            task_notes.forget_failure(session, self._task.id)
        rule = self._rule
        new = notes.of_chunk(decided, rule)
        if not new:
            return
        task_notes.extend(session, self._task.id, new)
        kept = notes.kept(decided, rule)
        if kept:
            task_counters.count_kept(session, self._task.id, kept)
        self.noted = True


class Redo(_Mode):
    """Replaces the stored points."""

    def __init__(
        self, resources: ck_resources.Resources, task: task_records.Task
    ) -> None:
        super().__init__(resources, task)
        self._kept: list[task_records.TaskTotal] = []
        self._unwritten = False
        #: A window whose stored points are counted.
        self._counted: tuple[periods.Window, replace_or_keep.Stored] | None
        self._counted = None

    def begin(self, metrics: Names) -> int | None:
        self._metrics = metrics
        # The first claim of a task has no stored totals to read.
        if not self._task.first_claim:
            with self._resources.database.reader() as session:
                self._kept = task_totals.find(session, self._task.id)
        # If upstream began the task, the amounts before it are unknown.
        if not self._kept and not self._task.periods_done:
            self._kept = reprocess_totals.before(self._amounts(), metrics)
            self._keep()
        if not self._kept:
            return None
        return self._known_points()

    def _amounts(self) -> reprocess_totals.Amounts:
        """Return the amounts before the task.

        A short window is one chunk unless it has many points: a single
        request to the storage serves the amounts and ``look``.
        """
        seconds: int = self._resources.conf.collect.period
        window = self._window
        if window.period_count(seconds) > chunks.FIRST_KNOWN:
            return self._measure()
        counts = self._resources.storage.count(self._query(window))
        stored = replace_or_keep.by_period(counts, window, seconds)
        self._counted = window, stored
        return reprocess_totals.of_counts(counts)

    def _keep(self) -> None:
        """Ensure that the first totals are written before data change."""
        if self._resources.storage.joins_database:
            # Written in the transaction of the first chunk.
            self._unwritten = True
        else:
            self._resources.claims.keep_totals(self._task, self._kept)

    def look(self, chunk: periods.Window) -> replace_or_keep.Stored:
        if self._kept and not self._known_points():
            # No points were stored in the window before the task began.
            return {}
        if self._counted is not None and self._counted[0] == chunk:
            return self._counted[1]
        return replace_or_keep.ask(
            self._resources.storage,
            self._query(chunk),
            self._resources.conf.collect.period,
        )

    def store(
        self,
        scope: scopes.Scope,
        chunk: periods.Window,
        rated: Rated,
        stored: replace_or_keep.Stored,
        make_cursor: MakeCursor,
        *,
        last: bool,
    ) -> None:
        decided = replace_or_keep.decide(self._rule, rated, stored)

        def record(session: orm.Session) -> None:
            if self._unwritten and not last:
                task_totals.add(session, self._task.id, self._kept)
            self._record(session, decided)

        self._resources.writer.store(
            scope,
            writer.pieces(decided),
            make_cursor(record),
        )
        self._unwritten = False
        measures.periods(self._task.mode, decided)

    def _known_points(self) -> int:
        return sum(total.before.points for total in self._kept)

    def finish(self, session: orm.Session) -> None:
        kept = self._kept or task_totals.find(session, self._task.id)
        if not kept:
            return
        joined = self._resources.storage.joins_database
        amounts = self._measure(session if joined else None)
        write = task_totals.add if self._unwritten else task_totals.replace
        write(session, self._task.id, reprocess_totals.after(kept, amounts))

    def _measure(
        self, transaction: orm.Session | None = None
    ) -> reprocess_totals.Amounts:
        return reprocess_totals.measure(
            self._resources.storage,
            self._scope_key,
            self._task.scope_id,
            self._window,
            self._task.metrics,
            transaction,
        )


class Preview(_Mode):
    """Compares with the stored points and changes no data."""

    def begin(self, metrics: Names) -> int | None:
        self._metrics = metrics
        return None

    def look(self, chunk: periods.Window) -> replace_or_keep.Stored:
        # The whole chunk is read when it is compared.
        return {}

    def store(
        self,
        scope: scopes.Scope,
        chunk: periods.Window,
        rated: Rated,
        stored: replace_or_keep.Stored,
        make_cursor: MakeCursor,
        *,
        last: bool,
    ) -> None:
        old = self._resources.storage.retrieve(self._query(chunk)).frames
        decided = replace_or_keep.decide(
            self._rule, rated, self._counted(old, chunk)
        )
        new = _outcome(old, decided)

        def record(session: orm.Session) -> None:
            self._record(session, decided)
            task_id = self._task.id
            task_totals.replace(
                session,
                task_id,
                compare.frames(
                    old,
                    new,
                    task_totals.find(session, task_id),
                    self._metrics,
                    self._resources.storage.as_stored,
                    days=reprocess_totals.keeps_days(self._window),
                ),
            )

        writer.move_only(self._resources.database, make_cursor(record))
        measures.periods(self._task.mode, decided)

    def finish(self, session: orm.Session) -> None:
        """Do nothing: each chunk has written its own totals."""

    def _counted(
        self,
        old: collections.abc.Sequence[dataframe.DataFrame],
        chunk: periods.Window,
    ) -> replace_or_keep.Stored:
        seconds = self._resources.conf.collect.period
        for frame in old:
            replace_or_keep.check_period(
                frame.start, frame.end, chunk, seconds
            )
        return {
            frame.start: {
                name: len(points) for name, points in frame.itertypes()
            }
            for frame in old
        }


def _outcome(
    old: collections.abc.Iterable[dataframe.DataFrame],
    decided: collections.abc.Iterable[replace_or_keep.Decided],
) -> list[dataframe.DataFrame]:
    """Return the points that would be stored after a reprocess.

    :param old: the stored frames.
    """
    before = {frame.start: frame.usage for frame in old}
    left = []
    for period in decided:
        frame = period.rated.frame
        stored = before.get(frame.start, {})
        kept = {name: stored[name] for name in period.kept}
        left.append(
            dataframe.DataFrame(frame.start, frame.end, frame.usage | kept)
        )
    return left
