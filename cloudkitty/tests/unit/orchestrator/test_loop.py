# SPDX-License-Identifier: Apache-2.0
"""The loop of a worker."""

import datetime
import threading

from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import loop
from cloudkitty.tests import base
from cloudkitty.tests.fakes import clock


class ClockedEvent(threading.Event):
    """A stop flag whose waits move the clock instead of lasting."""

    def __init__(self, fake_clock):
        super().__init__()
        self.clock = fake_clock

    def wait(self, timeout=None):
        if not self.is_set():
            self.clock.advance(timeout)
        return self.is_set()


class ScriptedWork:
    """Writes down when it was called; ends after some calls."""

    interval_seconds = 100

    def __init__(self, fake_clock, stop, calls):
        self.clock = fake_clock
        self.stop = stop
        self.left = calls
        self.calls = []
        self.pending_in = []
        self.errors = []

    def note(self, what):
        self.calls.append((what, round(self.clock.monotonic())))
        self.left -= 1
        if not self.left:
            self.stop.set()
        if self.errors:
            raise self.errors.pop(0)

    def work(self):
        self.note("work")

    def work_pending(self):
        self.note("pending")

    def pending_at(self):
        if not self.pending_in:
            return None
        return self.clock.now() + datetime.timedelta(
            seconds=self.pending_in.pop(0)
        )


class TestLoop(base.TestCase):
    def make(self, calls):
        self.clock = clock.FakeClock(base.utc("2026-11-01T00:00"))
        self.stop = ClockedEvent(self.clock)
        self.work = ScriptedWork(self.clock, self.stop, calls)
        self.loop = loop.Loop(self.work, self.clock, self.stop, "test")

    def test_works_at_once_and_then_at_each_tick(self):
        self.make(3)
        self.loop.run()
        self.assertEqual(
            [("work", 0), ("work", 100), ("work", 200)], self.work.calls
        )

    def test_pending_work_does_not_wait_for_the_tick(self):
        self.make(4)
        self.work.pending_in = [5, 10]
        self.loop.run()
        self.assertEqual(
            [("work", 0), ("pending", 5), ("pending", 15), ("work", 100)],
            self.work.calls,
        )

    def test_pending_work_after_the_tick_waits_for_it(self):
        self.make(2)
        self.work.pending_in = [500]
        self.loop.run()
        self.assertEqual([("work", 0), ("work", 100)], self.work.calls)

    def test_failing_tick_is_followed_by_the_next(self):
        self.make(3)
        self.work.errors = [failures.exceptions.CloudKittyError(), KeyError()]
        self.loop.run()
        self.assertEqual(3, len(self.work.calls))

    def test_interrupted_work_ends_the_loop(self):
        self.make(100)
        self.work.errors = [failures.Interrupted()]
        self.loop.run()
        self.assertEqual([("work", 0)], self.work.calls)

    def test_never_spins(self):
        self.make(100)
        self.work.pending_in = [-1] * 1000
        self.loop.run()
        self.assertGreater(self.clock.monotonic(), 15)

    def test_failed_look_for_work_is_tried_again_after_the_backoff(self):
        self.make(5)
        self.work.errors = [failures.exceptions.CloudKittyError()] * 3
        self.loop.run()
        # 5, 10 and 20 seconds; then a whole interval.
        self.assertEqual(
            [0, 5, 15, 35, 135], [at for _, at in self.work.calls]
        )
