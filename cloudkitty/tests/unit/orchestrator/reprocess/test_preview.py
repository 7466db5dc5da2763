# SPDX-License-Identifier: Apache-2.0
"""Previews: totals and comparisons without changes of data."""

from cloudkitty.db.tasks import records as task_records
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world
from cloudkitty.tests.unit.orchestrator.reprocess import records_case


class TestPreview(records_case.Case):
    OPTIONS = {"orchestrator": {"chunk_points": 4}}

    def preview(self, **fields):
        task_id = self.world.add_task(
            "a", records_case.REDONE, mode="preview", **fields
        )
        self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)
        self.assertEqual(self.before, self.world.points())
        return self.totals(task_id)

    def test_another_price(self):
        self.reprice()
        total = self.preview()["disk"]
        self.assertEqual(
            (records_case.amount(6, 18, 36), records_case.amount(6, 18, 90)),
            (total.before, total.after),
        )
        self.assertEqual(
            task_records.Comparison(
                equal=records_case.part(0, 0),
                changed=records_case.part(6, 54),
                missing=records_case.part(0, 0),
                extra=records_case.part(0, 0),
            ),
            total.comparison,
        )

    def test_nothing_would_change(self):
        for total in self.preview().values():
            self.assertEqual(total.before, total.after)
            self.assertEqual(6, total.comparison.equal.points)

    def test_a_preview_predicts_the_reprocess(self):
        self.reprice()
        self.world.collector.clear()
        self.world.put("cpu", "a", world.hours("2026-11-01T06:00", 3))
        foreseen = self.preview()
        task_id = self.world.add_task("a", records_case.REDONE)
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

    def test_points_that_would_be_emptied_are_missing(self):
        self.world.collector.clear()
        total = self.preview(allow_empty=True)["cpu"]
        self.assertEqual(records_case.part(6, 12), total.comparison.missing)
        self.assertEqual(records_case.amount(0, 0, 0), total.after)

    def test_a_failure_half_way_counts_nothing_twice(self):
        self.reprice()
        task_id = self.world.add_task("a", records_case.REDONE, mode="preview")
        self.world.chain.broken_at = {base.utc("2026-11-01T10:00")}
        self.worker.work()
        self.assertEqual(4, self.totals(task_id)["cpu"].before.points)
        self.world.chain.broken_at = set()
        self.world.clock.advance(60)
        self.worker.work()
        self.assertEqual(
            records_case.amount(6, 6, 12), self.totals(task_id)["cpu"].before
        )

    def test_a_preview_waits_for_no_lock(self):
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
