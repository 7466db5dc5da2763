# SPDX-License-Identifier: Apache-2.0
"""Numbers of all tasks that are not over, and of the workers."""

import collections
import collections.abc
import dataclasses
import math

from cloudkitty.common import clock as ck_clock
from cloudkitty.db import facade
from cloudkitty.db import workers as db_workers
from cloudkitty.db.tasks import batch_counts
from cloudkitty.db.tasks import states
from cloudkitty.db.tasks.row import conditions as task_conditions
from cloudkitty.tasks import workers

#: States that a task may leave, in the order of the table of states.
SHOWN = tuple(state for state in states.State if states.TRANSITIONS[state])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The overview.

    :param states: number of tasks in each state of ``SHOWN``.
    :param seconds_left: estimated seconds until all tasks that wait for a
        processor or run are complete; None if no task has a pace.
    :param workers_alive: number of workers that execute tasks; None if it is
        not read.
    """

    states: collections.abc.Mapping[states.State, int]
    seconds_left: int | None
    workers_alive: int | None


def read(
    database: facade.Database, clock: ck_clock.Clock, *, with_workers: bool
) -> Overview:
    """Return the overview of all tasks, with at most four statements.

    :param clock: as for ``workers.read``.
    :param with_workers: whether workers are counted.
    """
    mine = task_conditions.in_any(SHOWN)
    with database.reader() as session:
        counts = batch_counts.count(session, mine)
        pace = sum(batch_counts.pace(session, mine).values())
        alive = None
        if with_workers:
            seen = workers.read_in(session, clock, db_workers.REPROCESSING)
            alive = sum(map(seen.alive, seen.workers))
    numbers: collections.Counter[str] = collections.Counter()
    for each in counts.values():
        numbers.update(each.states)
    left = sum(each.left for each in counts.values())
    return Overview(
        states={state: numbers[state] for state in SHOWN},
        seconds_left=math.ceil(left / pace) if pace else None,
        workers_alive=alive,
    )
