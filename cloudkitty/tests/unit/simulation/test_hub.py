# SPDX-License-Identifier: Apache-2.0
"""Actors take turns, wait, and die."""

from cloudkitty.tests import base
from cloudkitty.tests.fakes import clock
from cloudkitty.tests.simulation import hub


class TestHub(base.TestCase):
    def setUp(self):
        super().setUp()
        self.clock = clock.FakeClock(base.utc("2026-11-01T00:00"))
        self.hub = hub.Hub(self.clock)
        self.done = []

    def make(self, work):
        return hub.Actor("one", "operator", work)

    def test_an_actor_hands_over_at_each_point(self):
        def work():
            self.hub.point("first")
            self.done.append(1)
            self.hub.point("second")
            self.done.append(2)

        actor = self.make(work)
        self.hub.run(actor)
        self.assertEqual(("first", []), (actor.at, self.done))
        self.hub.run(actor)
        self.assertEqual(("second", [1]), (actor.at, self.done))
        self.hub.run(actor)
        self.assertTrue(actor.over)

    def test_a_stopped_processor_cannot_continue(self):
        actor = self.make(lambda: self.hub.sleep(10))
        self.hub.run(actor)
        self.assertFalse(actor.runnable(self.clock.now()))
        self.clock.advance(10)
        self.assertTrue(actor.runnable(self.clock.now()))

    def test_a_wait_ends_with_its_condition(self):
        flag = hub.StopFlag(self.hub)
        actor = self.make(lambda: flag.wait(10))
        self.hub.run(actor)
        self.assertFalse(actor.runnable(self.clock.now()))
        flag.set()
        self.assertTrue(actor.runnable(self.clock.now()))

    def test_dead_actors_do_not_run(self):
        def work():
            try:
                self.hub.point("first")
            except BaseException:
                # A library that turns everything into its own error.
                self.hub.point("second")
                self.done.append("alive")

        actor = self.make(work)
        self.hub.run(actor)
        self.hub.kill(actor)
        self.assertTrue(actor.over)
        self.assertEqual([], self.done)

    def test_actors_killed_before_their_start_do_not_run(self):
        actor = self.make(lambda: self.done.append("alive"))
        self.hub.kill(actor)
        self.assertTrue(actor.over)
        self.assertEqual([], self.done)
