# SPDX-License-Identifier: Apache-2.0
"""One attempt at one claimed task."""

import collections.abc
import contextlib
import enum
import functools
import threading

from oslo_log import log

from cloudkitty.common import exceptions
from cloudkitty.common import log_fields
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import resources as ck_resources
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.engine import collection
from cloudkitty.orchestrator.engine import cursors
from cloudkitty.orchestrator.engine import members
from cloudkitty.orchestrator.engine import pipeline
from cloudkitty.orchestrator.engine import rated_periods
from cloudkitty.orchestrator.engine import writer
from cloudkitty.orchestrator.reprocess import lease_renewal
from cloudkitty.orchestrator.reprocess import modes
from cloudkitty.orchestrator.reprocess import outcomes
from cloudkitty.orchestrator.reprocess import pauses as worker_pauses
from cloudkitty.orchestrator.reprocess import preconditions
from cloudkitty.tasks import errors as task_errors

LOG = log.getLogger(__name__)

_MODES: dict[
    str,
    collections.abc.Callable[
        [ck_resources.Resources, task_records.Task], modes.Mode
    ],
] = {task_modes.REPROCESS: modes.Redo, task_modes.PREVIEW: modes.Preview}


class _Busy(exceptions.CloudKittyError):
    """Another worker holds the lock."""


class Outcome(enum.Enum):
    """Result of an attempt that did not fail."""

    FINISHED = "finished"
    #: Another worker holds a lock of the scope or of the task.
    BUSY = "busy"
    #: Another processor claimed the task.
    LOST = "lost"


class TaskRun:
    """Executes the remaining part of a task.

    :param resources: the worker's resources.
    :param stop: set when this process has to stop.
    :param task: claimed by ``resources.claims``.
    :param pauses: the worker's pauses for live rating.
    :param pulse: called regularly, for other tasks that wait.
    """

    def __init__(
        self,
        resources: ck_resources.Resources,
        stop: threading.Event,
        task: task_records.Task,
        pauses: worker_pauses.Pauses,
        pulse: collection.Pulse | None = None,
    ) -> None:
        self._resources = resources
        self._conf = resources.conf
        self._stop = stop
        self._task = task
        self._period_seconds: int = resources.conf.collect.period
        self._window = task.window(self._period_seconds)
        self._pipeline: pipeline.Pipeline | None = None
        self._mode: modes.Mode | None = None
        self._moved = False
        self._ended = False
        self._hopeless = False
        self._points = 0
        self._no_data = 0
        self._pauses = pauses
        self._pulse_of_others = pulse
        self._renewal = lease_renewal.LeaseRenewal(resources, task)

    @property
    def moved(self) -> bool:
        """Whether this attempt has completed any period."""
        return self._moved

    @property
    def hopeless(self) -> bool:
        """Whether the attempt failed in a way that no retry can resolve."""
        return self._hopeless

    @property
    def noted(self) -> bool:
        """Whether this attempt wrote notes of kept or emptied periods."""
        return self._mode is not None and self._mode.noted

    @property
    def counts(self) -> dict[str, int]:
        """The periods of the task, and what this attempt stored.

        Its points, and its periods without samples.
        """
        return {
            "periods": self._window.period_count(self._period_seconds),
            "points": self._points,
            "no_data": self._no_data,
        }

    @property
    def chunk(self) -> periods.Window | None:
        """The periods being processed; None before the first chunk."""
        return self._pipeline.chunk if self._pipeline else None

    def execute(self) -> Outcome:
        """Execute the rest of the task, chunk by chunk.

        Each chunk's data and the task's cursor change together, so the next
        attempt continues after the last stored chunk however this one ends.
        The task ends with its last chunk.

        :raises Interrupted: if asked to stop; no chunk is partly stored.
        :raises CloudKittyError: if the attempt failed; see ``locate``.
        """
        self._mode = mode = self._make_mode()
        try:
            rest = self._task.rest(self._period_seconds)
            if rest is not None:
                # Upstream's reprocessors skip a task while this lock is held.
                with self._hold(
                    self._resources.locks.names.of_reprocess(
                        self._task.scope_id,
                        self._task.start_at,
                        self._task.end_at,
                    )
                ) as held:
                    if not held:
                        return Outcome.BUSY
                    self._work(mode, rest)
            if not self._ended:
                self._resources.claims.release_succeeded(
                    self._task, mode.finish
                )
        except _Busy:
            return Outcome.BUSY
        except failures.Interrupted:
            if not self._ended:
                raise
        except task_errors.LostClaim:
            if not self._ended and not self._resources.claims.has_succeeded(
                self._task
            ):
                return Outcome.LOST
        return Outcome.FINISHED

    def locate(self, error: str) -> str:
        """Return the text of a failure with the periods that failed."""
        return outcomes.locate(error, self.chunk, self._period_seconds)

    def _make_mode(self) -> modes.Mode:
        """Return the task's mode, if this processor can execute it."""
        try:
            preconditions.check_period(self._task, self._conf)
        except preconditions.OtherPeriod:
            self._hopeless = True
            raise
        make_mode = _MODES.get(self._task.mode)
        if make_mode is None:
            raise preconditions.Unworkable(
                f"mode {self._task.mode} is not supported"
            )
        return make_mode(self._resources, self._task)

    def _hold(self, name: bytes) -> contextlib.AbstractContextManager[bool]:
        """Hold a lock; a preview changes no data and needs none."""
        if self._task.mode == task_modes.PREVIEW:
            return contextlib.nullcontext(True)
        return self._resources.locks.try_hold(name)

    def _work(self, mode: modes.Mode, rest: periods.Window) -> None:
        """Process the rest of the window.

        :raises _Busy: if another worker holds the scope's lock.
        """
        resources = self._resources
        # Only emptying a metric is possible without its definition.
        metrics = resources.engine.select_metrics(
            self._task.metrics, undefined=self._task.allow_empty
        )
        sizer = chunks.Sizer(
            self._conf.orchestrator.chunk_points, self._period_seconds
        )
        # One transaction, because transactions take a notable part of the
        # time of a short task.
        with resources.database.reader():
            scope = preconditions.find_scope(
                self._task, resources.database, self._conf
            )
            known = mode.begin({metric.alt_name for metric in metrics})
            if known is not None:
                sizer.expect(
                    self._window.period_count(self._period_seconds), known
                )
            self._pipeline = resources.new_pipeline(
                members.Members([scope.identifier]),
                rest,
                metrics,
                sizer,
                look=lambda chunk: {scope.identifier: mode.look(chunk)},
                pulse=self._pulse,
            )
            self._pipeline.begin()
        self._pipeline.run(functools.partial(self._store, mode, scope, rest))

    def _store(
        self,
        mode: modes.Mode,
        scope: scopes.Scope,
        rest: periods.Window,
        chunk: periods.Window,
        rated_of: pipeline.Rated,
        stored: pipeline.StoredOf,
    ) -> None:
        """Store a chunk under the lock that excludes other writers."""
        last = chunk.end >= rest.end
        finish = mode.finish if last else None
        rated = rated_of[scope.identifier]
        if self._task.metrics is not None:
            rated = [
                rated_periods.keep_only(period, self._task.metrics)
                for period in rated
            ]
        # Locked for each chunk, so that live rating can use the scope
        # between two chunks.
        with self._hold(
            self._resources.locks.names.of_scope(scope.identifier)
        ) as held:
            if not held:
                raise _Busy(scope.identifier)
            mode.store(
                scope,
                chunk,
                rated,
                stored[scope.identifier],
                functools.partial(self._cursor, chunk, finish),
                last=last,
            )
        self._moved = True
        self._ended = last
        self._renewal.schedule()
        self._report(chunk, rated)
        if not last and self._task.mode != task_modes.PREVIEW:
            self._pauses.pause_for_live_rating(scope)

    def _cursor(
        self,
        chunk: periods.Window,
        finish: cursors.Step | None,
        record: cursors.Step,
    ) -> writer.Cursor:
        done = periods.Window(self._window.begin, chunk.end)
        return cursors.TaskCursor(
            self._resources.claims,
            self._task,
            chunk.last_period(self._period_seconds),
            done.period_count(self._period_seconds),
            record,
            finish,
        )

    def _report(
        self, chunk: periods.Window, rated: list[rated_periods.RatedPeriod]
    ) -> None:
        no_data = sum(not period.collected for period in rated)
        points = rated_periods.count_points(rated)
        self._points += points
        self._no_data += no_data
        LOG.info(
            *log_fields.event(
                "periods redone",
                task_id=self._task.id,
                scope_id=self._task.scope_id,
                begin=chunk.begin,
                end=chunk.end,
                periods=len(rated),
                points=points,
                no_data=no_data,
            ),
        )

    def _pulse(self) -> None:
        """Stop if asked to, and renew the claim."""
        if self._stop.is_set():
            raise failures.Interrupted
        self._resources.heartbeat.beat()
        self._renewal.renew_if_due()
        if self._pulse_of_others is not None:
            self._pulse_of_others()
