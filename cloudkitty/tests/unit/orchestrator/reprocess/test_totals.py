# SPDX-License-Identifier: Apache-2.0
"""Amounts before and after a reprocess."""

from cloudkitty.db.tasks import records as task_records
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world
from cloudkitty.tests.unit.orchestrator.reprocess import records_case


class TestTotals(records_case.Case):
    OPTIONS = {"orchestrator": {"chunk_points": 4}}

    def test_before_and_after(self):
        self.reprice()
        task_id = self.world.add_task("a", records_case.REDONE)
        self.worker.work()
        self.assertEqual(
            {
                "cpu": task_records.TaskTotal(
                    metric="cpu",
                    before=records_case.amount(6, 6, 12),
                    after=records_case.amount(6, 6, 30),
                ),
                "disk": task_records.TaskTotal(
                    metric="disk",
                    before=records_case.amount(6, 18, 36),
                    after=records_case.amount(6, 18, 90),
                ),
            },
            self.totals(task_id),
        )

    def test_before_is_that_of_the_first_attempt(self):
        self.reprice()
        task_id = self.world.add_task("a", records_case.REDONE)
        self.world.chain.broken_at = {base.utc("2026-11-01T10:00")}
        self.worker.work()
        self.assertLess(0, self.world.task(task_id).periods_done)
        self.assertIsNone(self.totals(task_id)["cpu"].after)
        self.world.chain.broken_at = set()
        self.world.clock.advance(60)
        self.worker.work()
        total = self.totals(task_id)["cpu"]
        self.assertEqual(
            (records_case.amount(6, 6, 12), records_case.amount(6, 6, 30)),
            (total.before, total.after),
        )

    def test_a_metric_that_is_gone_is_kept_and_counted(self):
        self.world.collector.clear()
        self.world.put("disk", "a", records_case.RATED, 3)
        task_id = self.world.add_task("a", records_case.REDONE)
        self.worker.work()
        self.assertEqual(
            records_case.amount(6, 6, 12), self.totals(task_id)["cpu"].after
        )

    def test_a_metric_that_may_be_emptied_counts_as_nothing(self):
        self.world.collector.clear()
        self.world.put("disk", "a", records_case.RATED, 3)
        task_id = self.world.add_task(
            "a", records_case.REDONE, allow_empty=True
        )
        self.worker.work()
        self.assertEqual(
            records_case.amount(0, 0, 0), self.totals(task_id)["cpu"].after
        )

    def test_only_the_metrics_of_the_task(self):
        task_id = self.world.add_task(
            "a", records_case.REDONE, metrics=("disk",)
        )
        self.worker.work()
        self.assertEqual({"disk"}, self.totals(task_id).keys())

    def test_a_storage_that_cannot_be_asked_fails_the_attempt(self):
        for method in ("count", "daily"):
            task_id = self.world.add_task("a", records_case.REDONE)
            self.patch(self.world.storage, method, lambda *args, **more: [][0])
            self.reprice()
            self.worker.work()
            self.assertEqual(self.before, self.world.points())
            self.assertIn("IndexError", self.world.task(task_id).last_error)


class TestRequests(records_case.Case):
    def test_a_short_window_needs_one_request_before_it_is_stored(self):
        """More than a week of hours are at least two chunks."""
        for hours, before in (
            (168, ["count"]),
            (169, ["daily", "count", "count"]),
        ):
            window = world.hours("2026-11-08T00:00", hours)
            scope_id = f"of_{hours}"
            self.world.put("cpu", scope_id, window)
            self.world.add_scope(scope_id, "2026-11-20T00:00")
            self.world.add_task(scope_id, window)
            self.worker.work()
            self.world.add_task(scope_id, window)
            asked = []
            self.record(asked, "count")
            self.record(asked, "daily")
            self.record(asked, "replace")
            with self.subTest(hours=hours):
                self.worker.work()
                self.assertEqual(before, asked[: asked.index("replace")])

    def record(self, asked, method):
        """Record the calls of a method of the storage by its name."""
        original = getattr(type(self.world.storage), method)

        def call(*args, **more):
            asked.append(method)
            return original(self.world.storage, *args, **more)

        self.patch(self.world.storage, method, call)
