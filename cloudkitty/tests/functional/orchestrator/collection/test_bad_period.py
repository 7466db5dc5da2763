# SPDX-License-Identifier: Apache-2.0
"""One bad period: those before it are stored, the error names it."""

import decimal

from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.rating import base as rating_base
from cloudkitty.tests import databases
from cloudkitty.tests.unit.orchestrator import world

HOURS = world.hours("2026-11-01T00:00", 45)
BAD = HOURS.periods(world.HOUR)[41]


@databases.on_each()
class _BadPeriod:
    """45 hours, and hour 41 is bad."""

    backend: str

    def setUp(self):
        super().setUp()
        self.world = world.World(self, backend=self.backend)
        self.world.clock.advance(14 * 3600)
        self.world.add_scope("a", "2026-10-31T23:00")
        self.world.fetcher.scopes = ["a"]
        self.live = live.LiveRating(self.world.resources, self.world.stop)
        self.worker = reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        )

    def put(self, bad):
        self.world.collector.clear()
        for period in HOURS.periods(world.HOUR):
            quantity = "NaN" if bad and period == BAD else 1
            self.world.collector.put("cpu", "a", period.begin, quantity)

    def prices(self):
        return [price for *_, price in self.world.points()]

    def test_live_rating_of_an_unusable_value(self):
        self.put(bad=True)
        self.live.work()
        self.assertEqual("2026-11-02T16:00", self.world.last("a"))
        self.assertEqual(41, len(self.prices()))
        self.put(bad=False)
        self.world.collector.calls.clear()
        self.live.work()
        self.assertEqual(
            BAD.begin, min(c[2].begin for c in self.world.collector.calls)
        )
        self.assertEqual(45, len(self.prices()))

    def test_live_rating_of_a_rule_that_fails(self):
        self.put(bad=False)
        self.world.chain.broken_at = {BAD.begin}
        self.live.work()
        self.assertEqual(41, len(self.prices()))
        self.world.chain.broken_at = set()
        self.live.work()
        self.assertEqual(45, len(self.prices()))

    def reprocess(self):
        """Rate all, then reprocess at another price; return the task."""
        self.put(bad=False)
        self.live.work()
        self.assertEqual([2] * 45, self.prices())
        self.world.chain.price = decimal.Decimal(5)
        return self.world.add_task("a", HOURS)

    def check_task(self, task_id, word, repair):
        self.worker.work()
        self.assertEqual([5] * 41 + [2] * 4, self.prices())
        task = self.world.task(task_id)
        self.assertEqual(41, task.periods_done)
        self.assertIn(word, task.last_error)
        self.assertEqual(1, task.last_error.count(str(BAD.begin)))
        _, (note,), _ = self.world.records(task_id)
        self.assertEqual(
            ("failed", BAD.begin, BAD.end), (note.kind, note.begin, note.end)
        )
        repair()
        self.world.clock.advance(60)
        self.world.collector.calls.clear()
        self.worker.work()
        self.assertEqual(
            BAD.begin, min(c[2].begin for c in self.world.collector.calls)
        )
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual([5] * 45, self.prices())
        self.assertEqual([], self.world.records(task_id)[1])

    def test_task_with_an_unusable_value(self):
        task_id = self.reprocess()
        self.put(bad=True)
        self.check_task(
            task_id, "metric cpu: unusable", lambda: self.put(bad=False)
        )

    def test_task_with_a_rule_that_fails(self):
        self.check_rating(rating_base.RatingError("rule 7"), "rule 7")

    def test_task_with_a_rating_module_that_fails(self):
        self.check_rating(ZeroDivisionError("x"), "internal error")

    def check_rating(self, error, word):
        task_id = self.reprocess()
        self.world.chain.error = error
        self.world.chain.broken_at = {BAD.begin}
        self.check_task(
            task_id, word, lambda: self.world.chain.broken_at.clear()
        )
