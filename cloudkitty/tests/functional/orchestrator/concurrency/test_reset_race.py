# SPDX-License-Identifier: Apache-2.0
"""Resets against live rating and acceptances, without any lock.

The lock of a scope may be lost: what counts then is the database.
"""

import datetime
import random
import threading

from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.reprocess import attempt as task_attempt
from cloudkitty.orchestrator.reprocess import pauses
from cloudkitty.orchestrator.rpc import reset_queue as orders
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tasks import errors
from cloudkitty.tests import acceptance
from cloudkitty.tests import databases
from cloudkitty.tests.unit.orchestrator import world

HOUR = datetime.timedelta(hours=1)
#: Rated when the test begins, of two scopes.
RATED = world.hours("2026-11-01T00:00", 32)
ROUNDS = 8


class NoLocks:
    """Grants every lock to every process, as after a lost connection."""

    def __init__(self, names):
        self.names = names

    def try_hold(self, name):
        return self

    def __enter__(self):
        return True

    def __exit__(self, *failure):
        pass


def together(*works):
    """Run all at once; return what each returned or raised."""
    barrier = threading.Barrier(len(works))
    outcomes = [None] * len(works)

    def run(index, work):
        barrier.wait()
        try:
            outcomes[index] = work()
        except Exception as error:
            outcomes[index] = error

    threads = [
        threading.Thread(target=run, args=pair) for pair in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@databases.on_each()
class _Races:
    backend: str

    def setUp(self):
        super().setUp()
        self.world = world.World(
            self, backend=self.backend, orchestrator={"chunk_points": 6}
        )
        self.world.locks = NoLocks(self.world.locks.names)
        self.world.fetcher.scopes = ["a", "b"]
        for name in "ab":
            self.world.add_scope(name, "2026-10-31T23:00")
            self.world.put("cpu", name, RATED, 3)
            self.world.put("disk", name, RATED, 4)
        self.rate()
        self.all = self.world.points()
        self.assertEqual(2 * 2 * 32, len(self.all))
        self.random = random.Random(7)

    def rate(self):
        """Rate all due periods as one worker."""
        resources = self.world.make_resources("worker")
        live.LiveRating(resources, threading.Event()).work()

    def reset(self, begin, name="a"):
        return orders.reset(
            self.world.database,
            self.world.storage,
            self.world.scope(name),
            begin,
            world.HOUR,
        )

    def some_hour(self):
        return RATED.begin + self.random.randrange(32) * HOUR

    def accept(self, first, last):
        return acceptance.accept(
            self.world.database, self.world.clock, ["a"], first, last
        )

    def check_state(self, name):
        """The stored periods are exactly those up to the state."""
        last = self.world.state(name).last_processed_at
        self.assertEqual(
            [
                point
                for point in self.all
                if point[1] == name and point[0] <= f"{last:%dT%H}"
            ],
            self.world.points(name),
        )

    def test_live_rating(self):
        for _ in range(ROUNDS):
            outcomes = together(
                self.rate,
                lambda: self.reset(self.some_hour()),
                self.rate,
                lambda: self.reset(self.some_hour()),
            )
            unexpected = [
                one
                for one in outcomes
                if isinstance(one, Exception)
                and not isinstance(one, scope_reset.NotRatedYet)
            ]
            self.assertEqual([], unexpected)
            self.check_state("a")
            self.check_state("b")
        self.rate()
        self.assertEqual(self.all, self.world.points())
        self.assertEqual("2026-11-02T07:00", self.world.last("a"))

    def test_acceptance(self):
        """Either the acceptance or the reset of a scope is refused."""
        taken = refused = 0
        for _ in range(ROUNDS):
            begin = self.some_hour()
            last = min(begin + 3 * HOUR, RATED.end - HOUR)
            accepted, reset = together(
                lambda last=last: self.accept(RATED.begin, last),
                lambda begin=begin: self.reset(begin),
            )
            if isinstance(accepted, Exception):
                self.assertIsInstance(accepted, errors.NotYetRated)
                self.assertIsInstance(reset, datetime.datetime)
                refused += 1
            else:
                self.assertIsInstance(reset, scope_reset.TasksUnfinished)
                taken += 1
                self.run_task()
            self.check_state("a")
            self.rate()
        self.assertEqual(ROUNDS, taken + refused)
        self.assertEqual(self.all, self.world.points())

    def run_task(self):
        resources = self.world.make_resources("worker")
        task = resources.claims.claim_next()
        stop = threading.Event()
        run = task_attempt.TaskRun(
            resources, stop, task, pauses.Pauses(resources, stop)
        )
        self.assertIs(task_attempt.Outcome.FINISHED, run.execute())

    def test_task_at_work(self):
        """A task whose window ends before the date continues."""
        middle = RATED.begin + 16 * HOUR
        self.accept(RATED.begin, middle - HOUR)
        outcomes = together(
            self.run_task, lambda: self.reset(middle), self.rate
        )
        self.assertEqual(
            [], [one for one in outcomes if isinstance(one, Exception)]
        )
        self.check_state("a")
        self.rate()
        self.assertEqual(self.all, self.world.points())
