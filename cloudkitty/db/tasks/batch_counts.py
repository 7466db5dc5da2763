# SPDX-License-Identifier: Apache-2.0
"""Numbers of the tasks of batches and of their periods."""

import collections
import collections.abc
import dataclasses
import datetime
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import periods
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import conditions as task_conditions
from cloudkitty.db.tasks.row import derived

_Model = task_models.Reprocess
_Note = task_models.TaskNote
_RUNNING = states.State.RUNNING.value
_LAST = datetime.datetime.max.replace(tzinfo=datetime.UTC)
#: Rows that are equal in these columns are counted together.
_ALIKE: tuple[typing.Any, ...] = (
    _Model.batch_id,
    _Model.period_seconds,
    *derived.COLUMNS,
)
_FIRST_AND_LAST: tuple[typing.Any, ...] = (
    sa.func.min(_Model.id),
    sa.func.min(_Model.started_at),
    sa.func.max(_Model.finished_at),
    sa.func.min(_Model.next_attempt_at),
)
_PACE: tuple[typing.Any, ...] = (
    _Model.batch_id,
    _Model.claimed_at,
    _Model.updated_at,
    _Model.claimed_done,
    *derived.COLUMNS,
)
Condition = sa.ColumnElement[bool]


class Extremes(typing.NamedTuple):
    """First id and start, last end and next attempt of some tasks."""

    first_id: int
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    next_attempt_at: datetime.datetime | None


@dataclasses.dataclass(slots=True)
class Counts:
    """Numbers of one batch.

    :param states: state to the number of tasks in it; none that is 0.
    :param total: periods of all tasks, like ``done`` and ``kept``.
    :param left: periods that remain of tasks that a processor executes
        without a request.
    :param begin: the earliest beginning of a window.
    :param first_id: the lowest id of a task.
    :param started_at: when the first task started; None if none has.
    :param last_finished_at: when the last finished task finished.
    :param next_attempt_at: the earliest further attempt of a waiting
        task.
    """

    states: dict[str, int] = dataclasses.field(default_factory=dict)
    total: int = 0
    done: int = 0
    kept: int = 0
    left: int = 0
    begin: datetime.datetime = _LAST
    first_id: int = 0
    started_at: datetime.datetime | None = None
    last_finished_at: datetime.datetime | None = None
    next_attempt_at: datetime.datetime | None = None
    _lasts: dict[int | None, datetime.datetime] = dataclasses.field(
        default_factory=dict
    )

    def end(self, period_seconds: int) -> datetime.datetime:
        """Return the latest end of a window.

        :param period_seconds: ``[collect] period``, for tasks without a
            period of their own.
        """
        return max(
            last + datetime.timedelta(seconds=length or period_seconds)
            for length, last in self._lasts.items()
        )

    @property
    def finished_at(self) -> datetime.datetime | None:
        """When the last task finished; None while a task is unfinished."""
        if self.states.keys() & states.UNFINISHED:
            return None
        return self.last_finished_at

    def add(
        self,
        tasks: int,
        kept: int,
        length: int | None,
        extremes: Extremes,
        row: derived.Row,
    ) -> None:
        """Add a number of tasks with the same columns."""
        state, total, done = derived.progress(row)
        self.states[state] = self.states.get(state, 0) + tasks
        self.total += tasks * total
        self.done += tasks * done
        self.kept += kept
        if state in states.OPEN:
            self.left += tasks * max(total - done, 0)
        self.begin = min(self.begin, row.start_at)
        last = self._lasts.get(length)
        if last is None or row.end_at > last:
            self._lasts[length] = row.end_at
        self._add_extremes(state, extremes)

    def _add_extremes(self, state: str, extremes: Extremes) -> None:
        self.first_id = min(
            self.first_id or extremes.first_id, extremes.first_id
        )
        self.started_at = _first(min, self.started_at, extremes.started_at)
        self.last_finished_at = _first(
            max, self.last_finished_at, extremes.finished_at
        )
        if state in states.WAITING:
            self.next_attempt_at = _first(
                min, self.next_attempt_at, extremes.next_attempt_at
            )


def count(session: orm.Session, mine: Condition) -> dict[str, Counts]:
    """Return the numbers of batches, by their ids.

    The tasks of one request differ in few things: rows that are alike come
    as one, and are read as every row is.

    :param mine: holds for the tasks of the batches.
    """
    rows_alike = session.connection().execute(
        sa.select(
            sa.func.count(),
            sa.func.sum(_Model.periods_kept),
            *_FIRST_AND_LAST,
            *_ALIKE,
        )
        .where(mine)
        .group_by(*_ALIKE)
    )
    found: dict[str, Counts] = collections.defaultdict(Counts)
    for row in rows_alike:
        tasks, kept, first, start, end, due, batch_id, length, *columns = row
        # MariaDB returns sums as Decimals.
        found[batch_id].add(
            int(tasks),
            int(kept or 0),
            length,
            Extremes(first, start, end, due),
            derived.Row(*columns),
        )
    return dict(found)


def pace(session: orm.Session, mine: Condition) -> dict[str, float]:
    """Return the periods that the running tasks complete in a second.

    Batches without a completed period under a current claim are missing.
    """
    rows = session.connection().execute(
        sa.select(*_PACE).where(mine, task_conditions.in_state(_RUNNING))
    )
    found: dict[str, float] = {}
    for batch_id, claimed_at, updated_at, claimed_done, *columns in rows:
        if claimed_at is None or updated_at is None:
            continue
        _, _, done = derived.progress(derived.Row(*columns))
        seconds = (updated_at - claimed_at).total_seconds()
        done -= claimed_done or 0
        if done > 0 and seconds > 0:
            found[batch_id] = found.get(batch_id, 0.0) + done / seconds
    return found


def emptied(
    session: orm.Session, mine: Condition, period_seconds: int
) -> dict[str, int]:
    """Return the numbers of periods whose stored points were deleted.

    Because nothing was collected, and ``allow_empty`` was set.

    :param period_seconds: as for ``Counts.end``.
    """
    rows = session.connection().execute(
        sa.select(
            _Model.batch_id,
            _Model.id,
            _Model.period_seconds,
            _Note.begin,
            _Note.end,
        )
        .join(_Note, _Note.task_id == _Model.id)
        .where(mine, _Note.kind == task_notes.EMPTIED)
    )
    # Notes of two metrics may be about the same period of a task.
    notes: dict[
        typing.Any, list[tuple[datetime.datetime, datetime.datetime]]
    ] = {}
    for batch_id, task_id, length, begin, end in rows:
        key = (batch_id, task_id, length or period_seconds)
        notes.setdefault(key, []).append((begin, end))
    found: dict[str, int] = {}
    for (batch_id, _, length), ranges in notes.items():
        covered = periods.covered(ranges) // datetime.timedelta(seconds=length)
        found[batch_id] = found.get(batch_id, 0) + covered
    return found


def _first(
    choose: collections.abc.Callable[..., datetime.datetime],
    *times: datetime.datetime | None,
) -> datetime.datetime | None:
    """Return the chosen one of the times that are known."""
    return choose((at for at in times if at is not None), default=None)
