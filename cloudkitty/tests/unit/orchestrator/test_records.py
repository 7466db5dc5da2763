# SPDX-License-Identifier: Apache-2.0
"""What is kept of a task beside its cursor: totals, notes, a preview."""

import decimal

from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

RATED = world.hours("2026-11-01T00:00", 24)
REDONE = world.hours("2026-11-01T06:00", 6)


def amount(points, qty, price):
    return task_records.Amount(
        points=points, qty=decimal.Decimal(qty), price=decimal.Decimal(price)
    )


def part(points, price):
    return task_records.Amount(points=points, price=decimal.Decimal(price))


class Case(base.TestCase):
    """One scope, two metrics, a day of hours rated at 2 a unit."""

    OPTIONS = {}

    def setUp(self):
        super().setUp()
        self.world = world.World(self, **self.OPTIONS)
        self.world.add_scope("a", "2026-10-31T23:00")
        self.world.fetcher.scopes = ["a"]
        self.world.put("cpu", "a", RATED)
        self.world.put("disk", "a", RATED, 3)
        live.LiveRating(self.world.resources, self.world.stop).work()
        self.before = self.world.points()
        self.worker = reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        )

    def reprice(self, price=5):
        self.world.chain.price = decimal.Decimal(price)

    def totals(self, task_id):
        found, _, _ = self.world.records(task_id)
        return {total.metric: total for total in found}

    def notes(self, task_id):
        _, found, _ = self.world.records(task_id)
        return [(note.begin, note.end, note.kind) for note in found]


class TestTotals(Case):
    OPTIONS = {"orchestrator": {"chunk_points": 4}}

    def test_before_and_after(self):
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual(
            {
                "cpu": task_records.TaskTotal(
                    metric="cpu",
                    before=amount(6, 6, 12),
                    after=amount(6, 6, 30),
                ),
                "disk": task_records.TaskTotal(
                    metric="disk",
                    before=amount(6, 18, 36),
                    after=amount(6, 18, 90),
                ),
            },
            self.totals(task_id),
        )

    def test_before_is_that_of_the_first_attempt(self):
        self.reprice()
        task_id = self.world.add_task("a", REDONE)
        self.world.chain.broken_at = {base.utc("2026-11-01T10:00")}
        self.worker.work()
        self.assertLess(0, self.world.task(task_id).periods_done)
        self.assertIsNone(self.totals(task_id)["cpu"].after)
        self.world.chain.broken_at = set()
        self.world.clock.advance(60)
        self.worker.work()
        total = self.totals(task_id)["cpu"]
        self.assertEqual(
            (amount(6, 6, 12), amount(6, 6, 30)), (total.before, total.after)
        )

    def test_a_metric_that_is_gone_is_kept_and_counted(self):
        self.world.collector.clear()
        self.world.put("disk", "a", RATED, 3)
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual(amount(6, 6, 12), self.totals(task_id)["cpu"].after)

    def test_a_metric_that_may_be_emptied_counts_as_nothing(self):
        self.world.collector.clear()
        self.world.put("disk", "a", RATED, 3)
        task_id = self.world.add_task("a", REDONE, allow_empty=True)
        self.worker.work()
        self.assertEqual(amount(0, 0, 0), self.totals(task_id)["cpu"].after)

    def test_only_the_metrics_of_the_task(self):
        task_id = self.world.add_task("a", REDONE, metrics=("disk",))
        self.worker.work()
        self.assertEqual({"disk"}, self.totals(task_id).keys())

    def test_a_storage_that_cannot_be_asked_fails_the_attempt(self):
        task_id = self.world.add_task("a", REDONE)
        self.world.storage.total = lambda *args, **more: [][0]
        self.reprice()
        self.worker.work()
        self.assertEqual(self.before, self.world.points())
        self.assertIn("IndexError", self.world.task(task_id).last_error)


class TestNotes(Case):
    OPTIONS = {"orchestrator": {"chunk_points": 4}}

    def keep_only(self, *hours):
        self.world.collector.clear()
        for hour in hours:
            self.world.put("cpu", "a", world.hours(f"2026-11-01T{hour}", 1))

    def test_plain_periods_have_none(self):
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertEqual([], self.notes(task_id))

    def test_runs_without_data(self):
        self.keep_only("07:00", "08:00")
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        found = self.notes(task_id)
        self.assertEqual(
            (base.utc("2026-11-01T06:00"), base.utc("2026-11-01T07:00")),
            found[0][:2],
        )
        self.assertEqual({"no_data"}, {kind for _, _, kind in found})
        self.assertEqual(6, self.world.task(task_id).periods_kept)

    def test_emptied_ones_are_called_so(self):
        self.keep_only("07:00")
        task_id = self.world.add_task("a", REDONE, allow_empty=True)
        self.worker.work()
        self.assertEqual(
            {"emptied"}, {kind for _, _, kind in self.notes(task_id)}
        )

    def test_where_it_failed_until_it_has_come_further(self):
        task_id = self.world.add_task("a", REDONE)
        self.world.collector.fail("metric cpu: down")
        self.worker.work()
        # Two points a period are stored, so two periods make a chunk of 4.
        first_chunk = world.hours("2026-11-01T06:00", 2)
        self.assertEqual(
            [(first_chunk.begin, first_chunk.end, "failed")],
            self.notes(task_id),
        )
        _, (note,), _ = self.world.records(task_id)
        self.assertIn("metric cpu: down", note.detail)
        self.world.clock.advance(60)
        self.world.collector.fail("metric cpu: still down")
        self.worker.work()
        self.assertEqual(1, len(self.notes(task_id)))
        self.world.clock.advance(60)
        self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual([], self.notes(task_id))


class TestPreview(Case):
    OPTIONS = {"orchestrator": {"chunk_points": 4}}

    def preview(self, **fields):
        task_id = self.world.add_task("a", REDONE, mode="preview", **fields)
        self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(self.before, self.world.points())
        return self.totals(task_id)

    def test_another_price(self):
        self.reprice()
        total = self.preview()["disk"]
        self.assertEqual(
            (amount(6, 18, 36), amount(6, 18, 90)), (total.before, total.after)
        )
        self.assertEqual(
            task_records.Comparison(
                equal=part(0, 0),
                changed=part(6, 54),
                missing=part(0, 0),
                extra=part(0, 0),
            ),
            total.comparison,
        )

    def test_nothing_would_change(self):
        for total in self.preview().values():
            self.assertEqual(total.before, total.after)
            self.assertEqual(6, total.comparison.equal.points)

    def test_it_says_what_the_reprocess_then_does(self):
        self.reprice()
        self.world.collector.clear()
        self.world.put("cpu", "a", world.hours("2026-11-01T06:00", 3))
        foreseen = self.preview()
        task_id = self.world.add_task("a", REDONE)
        self.worker.work()
        self.assertNotEqual(self.before, self.world.points())
        self.assertEqual(
            {name: (t.before, t.after) for name, t in foreseen.items()},
            {
                name: (t.before, t.after)
                for name, t in self.totals(task_id).items()
            },
        )
        # Nothing is known of the other hours, nor of the other metric.
        self.assertEqual(6, foreseen["disk"].comparison.equal.points)
        self.assertEqual(3, foreseen["cpu"].comparison.equal.points)

    def test_what_would_be_emptied_is_missing(self):
        self.world.collector.clear()
        total = self.preview(allow_empty=True)["cpu"]
        self.assertEqual(part(6, 12), total.comparison.missing)
        self.assertEqual(amount(0, 0, 0), total.after)

    def test_a_failure_half_way_counts_nothing_twice(self):
        self.reprice()
        task_id = self.world.add_task("a", REDONE, mode="preview")
        self.world.chain.broken_at = {base.utc("2026-11-01T10:00")}
        self.worker.work()
        self.assertEqual(4, self.totals(task_id)["cpu"].before.points)
        self.world.chain.broken_at = set()
        self.world.clock.advance(60)
        self.worker.work()
        self.assertEqual(amount(6, 6, 12), self.totals(task_id)["cpu"].before)

    def test_it_waits_for_nobody(self):
        locks = self.world.locks
        with locks.try_hold(locks.names.of_scope("a")):
            self.preview()


class TestPreviewOfPointsElsewhere(TestPreview):
    """The storage does not join the service's database."""

    def setUp(self):
        folder = self.make_folder()
        self.OPTIONS = {
            **self.OPTIONS,
            "storage_sqlalchemy": {
                "connection": f"sqlite:///{folder}/points.db"
            },
        }
        super().setUp()
