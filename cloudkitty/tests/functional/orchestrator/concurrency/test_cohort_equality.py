# SPDX-License-Identifier: Apache-2.0
"""Cohorts leave the same rows as the tasks of the batch one by one."""

import collections
import contextlib
import dataclasses
import decimal
import random
import re

from cloudkitty import dataframe
from cloudkitty.db.tasks import states
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.storage import base as storage_base
from cloudkitty.tasks import actions
from cloudkitty.tests import databases
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import storage as fake_storage
from cloudkitty.tests.unit.orchestrator import world

METRICS = tuple(
    dataclasses.replace(world.metric(name), groupby=("project_id", "id"))
    for name in ("cpu", "disk")
)
WINDOW = world.hours("2026-11-01T06:00", 7)
SCOPES = tuple("abcdefgh")
#: Seeds for each backend.
SEEDS = {"sqlite": 6, "mariadb": 2, "postgresql": 2}
_FEWER = re.compile(r"(\d+) points were stored, now (\d+)")


@dataclasses.dataclass
class Scenario:
    """Stored points, samples, and the events of each task."""

    draw: random.Random

    def __post_init__(self):
        draw = self.draw
        self.apart = draw.random() < 0.5
        self.options = {
            "chunk_points": draw.choice((8, 60, 20000)),
            "reprocess_max_attempts": 2,
        }
        self.fields = {
            "metrics": draw.choice((None, ("cpu",))),
            "allow_empty": draw.random() < 0.3,
        }
        self.stored = self._draw_points(SCOPES)
        # One that was empty before, and one that is now.
        for name in draw.sample(SCOPES, 2):
            self.stored = {
                k: v for k, v in self.stored.items() if k[0] != name
            }
        self.collected = self._draw_points(SCOPES)
        gone = draw.choice(SCOPES)
        self.collected = {
            k: v for k, v in self.collected.items() if k[0] != gone
        }
        self.unusable = [
            (draw.choice(SCOPES), draw.choice(self._periods()))
            for _ in range(draw.randint(0, 2))
        ]
        self.locked, self.cancelled, self.unknown = draw.sample(SCOPES, 3)

    def _periods(self):
        return list(WINDOW.periods(world.HOUR))

    def _draw_points(self, scope_ids):
        """Return the quantities: (scope, metric, period) -> a list."""
        return {
            (scope_id, metric.alt_name, period): [
                self.draw.randint(1, 9) for _ in range(count)
            ]
            for scope_id in scope_ids
            for metric in METRICS
            for period in self._periods()
            if (count := self.draw.choice((0, 1, 1, 2, 3)))
        }


class Run:
    """A processor in a scenario.

    :param most: number of tasks in a cohort at most.
    """

    def __init__(self, test, backend, scenario, most):
        self.scenario = scenario
        self.world = world.World(
            test, METRICS, backend, orchestrator=scenario.options
        )
        if scenario.apart:
            self.world.storage = fake_storage.FakeStorage(self.world.conf)
        self.world.locks._backend.most_at_once = 2 * most
        resources = self.world.resources = self.world.make_resources("one")
        object.__setattr__(resources, "load_chain", self.load_chain)
        self.worker = reprocess_worker.Reprocessing(resources, self.world.stop)
        self.fill()

    def fill(self):
        for scope_id in SCOPES:
            if scope_id != self.scenario.unknown:
                self.world.add_scope(scope_id, "2026-11-01T23:00")
            self.store(scope_id)
        for (scope_id, name, period), found in self.scenario.collected.items():
            for number, quantity in enumerate(found):
                self.world.collector.put(
                    name, scope_id, period.begin, quantity, id=str(number)
                )
        for scope_id, period in self.scenario.unusable:
            self.world.collector.put("cpu", scope_id, period.begin, "NaN")
        new = [
            new_tasks.make(
                scope_id,
                WINDOW.begin,
                WINDOW.period_count(world.HOUR),
                batch_id="the batch",
                period_seconds=world.HOUR,
                **self.scenario.fields,
            )
            for scope_id in SCOPES
        ]
        self.world.database.write(
            lambda session: new_tasks.insert(
                session, new, self.world.clock.now()
            )
        )

    def store(self, scope_id):
        frames = collections.defaultdict(dict)
        for (owner, name, period), found in self.scenario.stored.items():
            if owner == scope_id:
                frames[period][name] = [
                    dataframe.make_point(
                        (
                            "unit",
                            decimal.Decimal(quantity),
                            decimal.Decimal(7 * quantity),
                            {"project_id": scope_id, "id": str(number)},
                            {},
                            None,
                        )
                    )
                    for number, quantity in enumerate(found)
                ]
        self.world.storage.replace(
            self.world.scope(scope_id),
            WINDOW,
            [
                dataframe.DataFrame(period.begin, period.end, usage)
                for period, usage in sorted(
                    frames.items(), key=lambda item: item[0].begin
                )
            ],
        )

    def load_chain(self, scope_id):
        """Return rules; an operator cancels a task while it is rated."""
        good = self.world.chain
        if scope_id != self.scenario.cancelled:
            return good
        run = self

        class Chain:
            def rate(self, frame):
                run.cancel(scope_id)
                return good.rate(frame)

        return Chain()

    def cancel(self, scope_id):
        [task] = [each for each in self.tasks() if each.scope_id == scope_id]
        if task.state == "running":
            actions.change_state(
                self.world.database,
                self.world.clock,
                world.HOUR,
                task.id,
                states.State.CANCELLED,
            )

    def tasks(self):
        return [self.world.task(each) for each in self.world.task_ids()]

    def work_off(self):
        locks = self.world.locks
        with contextlib.ExitStack() as held:
            name = locks.names.of_scope(self.scenario.locked)
            held.enter_context(locks.try_hold(name))
            self.worker.work()
        for _ in range(10):
            self.world.clock.advance(60)
            self.worker.work()

    def left(self):
        """Return everything that is stored now."""
        found = self.world.storage.retrieve(storage_base.Query(window=WINDOW))
        points = sorted(
            (str(frame.start), name, repr(point))
            for frame in found.frames
            for name, point in frame.iterpoints()
        )
        return points, {task.scope_id: self._of(task) for task in self.tasks()}

    def _of(self, task):
        totals, notes, events = self.world.records(task.id)
        fewer = collections.Counter()
        others = []
        for note in notes:
            if note.kind != "fewer_points":
                others.append(note)
                continue
            # One for each chunk, and chunks may differ.
            was, now = map(int, _FEWER.fullmatch(note.detail).groups())
            fewer[note.metric, "was"] += was
            fewer[note.metric, "now"] += now
            fewer[note.metric, "seconds"] += (
                note.end - note.begin
            ).total_seconds()
        return (
            (task.state, task.attempts, task.last_error, task.lease_owner),
            (task.periods_done, task.periods_kept, task.current_at),
            totals,
            others,
            fewer,
            [(each.from_state, each.to_state, each.why) for each in events],
        )


@databases.on_each()
class _Equality:
    def test_the_same_is_left(self):
        ended = set()
        for seed in range(SEEDS[self.backend]):
            one, many = (
                Run(self, self.backend, Scenario(random.Random(seed)), most)
                for most in (1, 5)
            )
            asked = []
            for run in (one, many):
                run.work_off()
                requests = run.world.collector.requests
                asked.append(max(len(ids) for _, ids, _ in requests))
            self.assertEqual(1, asked[0])
            self.assertGreater(asked[1], 1)
            points, tasks = one.left()
            points_of_many, tasks_of_many = many.left()
            for scope_id, task in tasks.items():
                self.assertEqual(
                    task, tasks_of_many[scope_id], (seed, scope_id)
                )
            self.assertEqual(points, points_of_many, seed)
            ended |= {task[0][0] for task in tasks.values()}
        self.assertEqual({"succeeded", "failed", "cancelled"}, ended)
