# SPDX-License-Identifier: Apache-2.0
"""Prices of days before and after a reprocess."""

import datetime
import decimal

from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.orchestrator.engine import chunks
from cloudkitty.orchestrator.reprocess import totals as reprocess_totals
from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests import statements
from cloudkitty.tests.unit.orchestrator import world
from cloudkitty.tests.unit.orchestrator.reprocess import records_case

FIRST = datetime.date(2026, 11, 1)
#: 4 hours of the first day, and 8 hours.
WINDOW = world.hours("2026-11-01T20:00", 12)


def days(*prices):
    """Return prices of consecutive days."""
    return {
        FIRST + datetime.timedelta(days=number): decimal.Decimal(price)
        for number, price in enumerate(prices)
    }


BEFORE, AFTER = days(8, 16), days(20, 40)


class Days(records_case.Case):
    OPTIONS = {"orchestrator": {"chunk_points": 10}}
    RATED = world.hours("2026-11-01T00:00", 33)

    def redo(self, window=WINDOW, **fields):
        task_id = self.world.add_task("a", window, **fields)
        self.worker.work()
        return self.kept(task_id)

    def kept(self, task_id):
        """Return (before, after) by metric; the sums are the totals."""
        found = {}
        for metric, total in self.totals(task_id).items():
            for amount in (total.before, total.after):
                if amount is not None and amount.days is not None:
                    self.assertEqual(amount.price, sum(amount.days.values()))
            after = None if total.after is None else total.after.days
            found[metric] = (total.before.days, after)
        return found

    def fail_first(self, **fields):
        """Let the first attempt of a task fail in its second day."""
        self.reprice()
        task_id = self.world.add_task("a", WINDOW, **fields)
        self.world.chain.broken_at = {base.utc("2026-11-02T05:00")}
        self.worker.work()
        self.assertLess(0, self.world.task(task_id).periods_done)
        return task_id

    def succeed(self, task_id):
        self.world.chain.broken_at = set()
        self.world.clock.advance(60)
        self.worker.work()
        self.assertEqual("succeeded", self.world.task(task_id).state)


class TestReprocess(Days):
    def test_before_and_after(self):
        self.reprice()
        self.assertEqual(
            {
                "cpu": (BEFORE, AFTER),
                "disk": (days(24, 48), days(60, 120)),
            },
            self.redo(),
        )

    def test_long_window(self):
        """The amounts before are asked for as those after."""
        self.reprice()
        self.patch(chunks, "FIRST_KNOWN", 10)
        self.assertEqual((BEFORE, AFTER), self.redo()["cpu"])

    def test_more_days_than_are_kept(self):
        self.patch(chunks, "FIRST_KNOWN", 10)
        self.patch(reprocess_totals, "MAX_DAYS", 0)
        self.assertEqual((None, None), self.redo()["cpu"])

    def test_metric_that_is_gone_is_kept(self):
        self.world.collector.clear()
        self.world.put("disk", "a", self.RATED, 3)
        self.assertEqual((BEFORE, BEFORE), self.redo()["cpu"])

    def test_no_points_before_and_after(self):
        self.world.collector.clear()
        self.assertEqual((BEFORE, {}), self.redo(allow_empty=True)["cpu"])
        self.assertEqual(({}, {}), self.redo()["cpu"])

    def test_later_attempt(self):
        task_id = self.fail_first()
        self.assertEqual((BEFORE, None), self.kept(task_id)["cpu"])
        self.succeed(task_id)
        self.assertEqual((BEFORE, AFTER), self.kept(task_id)["cpu"])

    def test_statements_are_as_many_as_without_days(self):
        storage = self.world.storage
        query = storage_base.Query(
            window=WINDOW, filters={"project_id": ["a"]}
        )
        numbers = []
        for read in (storage.total, storage.daily):
            with statements.recorded(self.world.database.engine) as executed:
                read(query, ["type"])
            numbers.append(len(executed))
        self.assertEqual(*numbers)

    def test_totals_without_days(self):
        task_id = self.world.add_task("a", WINDOW)
        self.worker.work()
        with self.world.database.reader() as session:
            found = task_totals.find(session, task_id, days=False)
        self.assertEqual({None}, {total.before.days for total in found})


class TestPreview(Days):
    def test_before_and_after(self):
        self.reprice()
        self.assertEqual(
            {
                "cpu": (BEFORE, AFTER),
                "disk": (days(24, 48), days(60, 120)),
            },
            self.redo(mode="preview"),
        )

    def test_later_attempt(self):
        task_id = self.fail_first(mode="preview")
        self.succeed(task_id)
        self.assertEqual((BEFORE, AFTER), self.kept(task_id)["cpu"])

    def test_more_days_than_are_kept(self):
        self.patch(reprocess_totals, "MAX_DAYS", 0)
        self.assertEqual((None, None), self.redo(mode="preview")["cpu"])

    def test_preview_that_a_release_without_days_has_begun(self):
        self.patch(reprocess_totals, "MAX_DAYS", 0)
        task_id = self.fail_first(mode="preview")
        self.patch(reprocess_totals, "MAX_DAYS", 400)
        self.succeed(task_id)
        self.assertEqual((None, None), self.kept(task_id)["cpu"])


class TestCohort(Days):
    OPTIONS = {}

    def test_days_of_each_task(self):
        self.world.add_scope("b", "2026-11-02T08:00")
        self.reprice()
        ids = [
            self.world.add_task(scope_id, WINDOW, batch_id="one")
            for scope_id in ("a", "b")
        ]
        self.worker.work()
        self.assertEqual((BEFORE, AFTER), self.kept(ids[0])["cpu"])
        self.assertEqual(({}, {}), self.kept(ids[1])["cpu"])
