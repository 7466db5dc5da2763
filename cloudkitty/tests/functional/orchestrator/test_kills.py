# SPDX-License-Identifier: Apache-2.0
"""Processors and operators killed at named points: no point lost or doubled.

``CLOUDKITTY_TEST_KILLS_NAMED=720`` makes the campaign that large, over all
databases, families and points; see ``tests/crash``.
"""

import collections
import itertools

from cloudkitty.common import clock
from cloudkitty.db.tasks import states
from cloudkitty.tasks import actions
from cloudkitty.tests import databases
from cloudkitty.tests.crash import actors
from cloudkitty.tests.crash import campaign
from cloudkitty.tests.crash import ledger
from cloudkitty.tests.crash import place as crash_place
from cloudkitty.tests.functional.orchestrator import deployment

SCOPE = "project-a"
#: Chunks of a task that a processor does before it dies, in turn, where an
#: operator then dies too.
CHUNKS_DONE = (2, 3, 1)


class Tasks(campaign.Campaign):
    """A processor is killed during a task; another one continues it."""

    scope_ids = (SCOPE,)

    def count(self):
        """Work a task off in each world; the smaller counts are sure."""
        found = [self._count_once() for _ in crash_place.WORLDS]
        return found[0] & found[1]

    def _count_once(self):
        place = self.place
        place.turn()
        before = place.dump()
        place.schedule(SCOPE, place.inner)
        counts = collections.Counter(place.play("work"))
        self.test.assertEqual(
            place.expected(before, SCOPE, place.inner), place.dump()
        )
        return counts

    def kill(self, point, hit):
        place = self.place
        place.turn()
        before = place.dump()
        task_id = place.schedule(SCOPE, place.inner)
        self.die("work", point, hit)
        actors.work_off(place.survivor)
        return self.judge(before, task_id, states.State.SUCCEEDED)

    def judge(self, before, task_id, state):
        """Return the first fault of the task or the rows, or None."""
        place = self.place
        after = place.dump()
        task = place.task(task_id)
        done = place.inner
        if state is not states.State.SUCCEEDED:
            done = ledger.done_part(task, place.inner)
        expected = place.expected(before, SCOPE, done)
        return campaign.Damage.of(expected, after) or ledger.check(
            place.database,
            task,
            state,
            before=place.select(before, SCOPE, place.inner)[0],
            after=place.select(after, SCOPE, place.inner)[0],
        )


class Cohorts(campaign.Campaign):
    """A processor is killed while it executes tasks of two scopes at once."""

    scope_ids = (SCOPE, "project-b")

    def count(self):
        found = []
        for _ in crash_place.WORLDS:
            before, _ = self._schedule()
            found.append(collections.Counter(self.place.play("work")))
            self.test.assertEqual(self._expected(before), self.place.dump())
        return found[0] & found[1]

    def kill(self, point, hit):
        place = self.place
        before, task_ids = self._schedule()
        self.die("work", point, hit)
        actors.work_off(place.survivor)
        after = place.dump()
        damage = campaign.Damage.of(self._expected(before), after)
        faults = [self._check(each, before, after) for each in task_ids]
        return damage or next(filter(None, faults), None)

    def _schedule(self):
        self.place.turn()
        before = self.place.dump()
        ids = self.place.schedule_batch(self.scope_ids, self.place.inner)
        return before, ids

    def _expected(self, rows):
        for scope_id in self.scope_ids:
            rows = self.place.expected(rows, scope_id, self.place.inner)
        return rows

    def _check(self, task_id, before, after):
        place = self.place
        task = place.task(task_id)
        return ledger.check(
            place.database,
            task,
            states.State.SUCCEEDED,
            before=place.select(before, task.scope_id, place.inner)[0],
            after=place.select(after, task.scope_id, place.inner)[0],
        )


class Live(campaign.Campaign):
    """A processor dies while it rates new periods."""

    def count(self):
        found = []
        for _ in crash_place.WORLDS:
            self.place.turn()
            self.place.forget()
            found.append(collections.Counter(self.place.play("rate")))
        return found[0] & found[1]

    def kill(self, point, hit):
        place = self.place
        place.turn()
        place.forget()
        self.die("rate", point, hit)
        actors.rate_due(place.survivor)
        reference = place.references[place.world]
        return campaign.Damage.of(reference, place.dump()) or None


class Operators(Tasks):
    """An operator's request is killed while it changes a task's state.

    The processor was killed before, in the middle of the task.

    :param target: state that the operator requests.
    """

    def __init__(self, place, family, target):
        super().__init__(place, family)
        self.target = target
        self._chunks_done = itertools.cycle(CHUNKS_DONE)

    def count(self):
        return campaign.Campaign.count(self)

    def kill(self, point, hit):
        place = self.place
        place.turn()
        before = place.dump()
        task_id = place.schedule(SCOPE, place.inner)
        self.die("work", "chunk.committed", next(self._chunks_done))
        self.die("change", point, hit, task_id=task_id, target=self.target)
        committed = point == "change.committed"
        state = place.task(task_id).state
        if state != (self.target if committed else states.State.RUNNING):
            return f"the task is {state}"
        actors.work_off(place.survivor)
        end = states.State.SUCCEEDED
        if committed and self.target is states.State.CANCELLED:
            end = states.State.CANCELLED
        elif committed:
            self._resume(task_id)
        return self.judge(before, task_id, end)

    def _resume(self, task_id):
        """A pause is kept until an operator ends it."""
        self.test.assertEqual("paused", self.place.task(task_id).state)
        actions.change_state(
            self.place.database,
            clock.SystemClock(),
            deployment.HOUR,
            task_id,
            states.State.SCHEDULED,
        )
        actors.work_off(self.place.survivor)


@databases.on_each()
class _Kills:
    backend: str

    def make_place(self, apart=False, **options):
        return crash_place.Place(self, self.backend, apart, **options)

    def test_processor_at_a_task(self):
        Tasks(self.make_place(), "task, one database").run(self.backend)

    def test_processor_at_a_task_with_a_database_for_the_points(self):
        place = self.make_place(apart=True)
        Tasks(place, "task, points apart").run(self.backend)

    def test_processor_at_a_cohort(self):
        Cohorts(self.make_place(), "cohort, one database").run(self.backend)

    def test_processor_at_a_cohort_with_a_database_for_the_points(self):
        place = self.make_place(apart=True)
        Cohorts(place, "cohort, points apart").run(self.backend)

    def test_processor_at_live_rating(self):
        Live(self.make_place(), "live, one database").run(self.backend)

    def test_processor_at_live_rating_with_a_database_for_the_points(self):
        place = self.make_place(apart=True)
        Live(place, "live, points apart").run(self.backend)

    def test_processor_at_live_rating_of_one_scope(self):
        for apart, family in (
            (False, "live alone, one database"),
            (True, "live alone, points apart"),
        ):
            place = self.make_place(apart=apart, scope_ids=(SCOPE,))
            Live(place, family).run(self.backend)

    def test_operators_cancel_or_pause(self):
        place = self.make_place()
        for target in (states.State.CANCELLED, states.State.PAUSED):
            Operators(place, f"operator, {target}", target).run(self.backend)
