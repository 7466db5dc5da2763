# SPDX-License-Identifier: Apache-2.0
"""Points that were not collected again are kept, metric by metric."""

import datetime
import decimal
import logging

import fixtures

from cloudkitty import dataframe
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import batches as task_batches
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tasks import notices
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.unit.orchestrator import world

WINDOW = world.hours("2026-11-01T00:00", 24)
HOUR = datetime.timedelta(hours=1)


@databases.on_each()
class _Kept:
    """A day of two metrics at a price of 2, and one without definition."""

    backend: str
    options: dict = {}

    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.WARNING))
        self.world = world.World(self, backend=self.backend, **self.options)
        self.world.add_scope("a", "2026-10-31T23:00")
        self.world.fetcher.scopes = ["a"]
        self.world.put("cpu", "a", WINDOW)
        self.world.put("disk", "a", WINDOW, 3)
        self.live = live.LiveRating(self.world.resources, self.world.stop)
        self.live.work()
        self.add("gone", WINDOW)
        self.before = self.world.points()
        self.assertEqual(72, len(self.before))
        self.world.chain.price = decimal.Decimal(5)
        self.worker = reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        )

    def add(self, metric, window, length=HOUR):
        point = dataframe.DataPoint(
            unit="unit",
            qty=decimal.Decimal(1),
            price=decimal.Decimal(7),
            groupby={"project_id": "a"},
            metadata={},
        )
        frames = []
        begin = window.begin
        while begin < window.end:
            frames.append(
                dataframe.DataFrame(begin, begin + length, {metric: [point]})
            )
            begin += length
        self.world.storage.add({self.world.scope("a"): frames})

    def lose(self, metric):
        """Let the collector have the other metric only."""
        self.world.collector.clear()
        other, qty = {"disk": ("cpu", 1), "cpu": ("disk", 3)}[metric]
        self.world.put(other, "a", WINDOW, qty)

    def run_task(self, state="succeeded", **fields):
        fields.setdefault("batch_id", "b")
        task_id = self.world.add_task("a", WINDOW, **fields)
        self.worker.work()
        self.task = self.world.task(task_id)
        self.assertEqual(state, self.task.state)
        return {
            (note.kind, note.metric, note.begin.hour, note.end - note.begin)
            for note in self.world.records(task_id)[1]
        }

    def prices(self, metric):
        return [
            price
            for _, _, name, _, price in self.world.points()
            if name == metric
        ]

    def warnings(self):
        return [
            line
            for line in self.log.output.splitlines()
            if "task kept or emptied" in line
        ]

    DAY = 24 * HOUR

    def test_a_metric_that_is_no_longer_returned_keeps_its_points(self):
        self.lose("disk")
        self.assertEqual(
            {
                ("no_data", "disk", 0, self.DAY),
                ("undefined", "gone", 0, self.DAY),
            },
            self.run_task(),
        )
        self.assertEqual([5] * 24, self.prices("cpu"))
        self.assertEqual([6] * 24, self.prices("disk"))
        self.assertEqual([7] * 24, self.prices("gone"))
        self.assertEqual(24, self.task.periods_kept)
        (line,) = self.warnings()
        self.assertIn("periods_kept=24", line)
        self.assertIn("metrics=2", line)

    def test_tasks_without_any_usage_are_reported_everywhere(self):
        self.world.collector.clear()
        self.run_task()
        self.assertEqual(self.before, self.world.points())
        self.assertEqual(24, self.task.periods_kept)
        self.assertEqual(24, notices.payload(self.task)["periods_kept"])
        with self.world.database.reader() as session:
            batch = task_batches.get(session, "b")
        self.assertEqual(24, batch.periods_kept)
        self.assertEqual(1, len(self.warnings()))

    def test_a_metric_missing_from_one_hour_on(self):
        self.lose("disk")
        self.world.put("disk", "a", world.hours("2026-11-01T00:00", 10), 3)
        self.assertIn(("no_data", "disk", 10, 14 * HOUR), self.run_task())
        self.assertEqual([15] * 10 + [6] * 14, self.prices("disk"))

    def test_empty_ones_are_deleted_if_they_are_defined(self):
        self.lose("disk")
        self.assertEqual(
            {
                ("emptied", "disk", 0, self.DAY),
                ("undefined", "gone", 0, self.DAY),
            },
            self.run_task(allow_empty=True),
        )
        self.assertEqual([], self.prices("disk"))
        self.assertEqual([7] * 24, self.prices("gone"))
        (line,) = self.warnings()
        self.assertIn("periods_emptied=24", line)

    def test_an_undefined_one_is_deleted_by_name(self):
        self.assertIn(
            ("emptied", "gone", 0, self.DAY),
            self.run_task(allow_empty=True, metrics=("gone",)),
        )
        self.assertEqual([], self.prices("gone"))
        self.assertEqual([2] * 24, self.prices("cpu"))

    def test_an_undefined_one_needs_allow_empty(self):
        self.run_task(state="scheduled", metrics=("gone",))
        self.assertIn("gone", self.task.last_error)
        self.assertEqual(self.before, self.world.points())

    def test_far_fewer_points_are_noted(self):
        self.add("cpu", world.hours("2026-11-01T03:00", 2))
        self.add("cpu", world.hours("2026-11-01T03:00", 2))
        found = self.run_task()
        # Numbers of two chunks are two notes.
        noted = [
            (first, length)
            for kind, metric, first, length in found
            if (kind, metric) == ("fewer_points", "cpu")
        ]
        self.assertEqual(3, min(first for first, _ in noted))
        self.assertEqual(
            2 * HOUR, sum((length for _, length in noted), 0 * HOUR)
        )
        self.assertEqual([5] * 24, self.prices("cpu"))

    def test_a_preview_shows_it(self):
        self.lose("disk")
        foreseen = self.run_task(mode="preview")
        self.assertEqual(self.before, self.world.points())
        totals, _, _ = self.world.records(self.task.id)
        preview = {total.metric: total.after for total in totals}
        self.assertEqual(24, self.task.periods_kept)
        self.assertEqual(foreseen, self.run_task())
        totals, _, _ = self.world.records(self.task.id)
        self.assertEqual(
            preview, {total.metric: total.after for total in totals}
        )

    def test_live_rating_after_a_reset_keeps_them_too(self):
        self.lose("disk")
        state = self.world.state("a")
        self.world.database.write(
            lambda session: scope_updates.advance(
                session, state, WINDOW.begin - HOUR, world.HOUR
            )
        )
        self.live.work()
        self.assertEqual([5] * 24, self.prices("cpu"))
        self.assertEqual([6] * 24, self.prices("disk"))
        self.assertEqual([7] * 24, self.prices("gone"))
        self.assertIn("stored points kept", self.log.output)

    def test_points_of_another_period_fail_the_task(self):
        self.add("cpu", world.hours("2026-11-01T12:00", 1), HOUR / 2)
        before = self.world.points()
        for mode in ("reprocess", "preview"):
            self.run_task(state="scheduled", mode=mode)
            for length in (1800, 3600):
                self.assertIn(f"{length} seconds", self.task.last_error)
        begins = {hour for hour, *_ in self.world.points()}
        self.assertEqual({hour for hour, *_ in before}, begins)
        self.assertEqual(26, len(self.prices("cpu")))

    def test_points_that_are_added_meanwhile_stay(self):
        storage = self.world.storage
        count = storage.count
        added = set()

        def count_and_add(query):
            found = count(query)
            for hour in {*query.window.periods(3600)} - added:
                self.add("added", hour)
                added.add(hour)
            return found

        self.patch(storage, "count", count_and_add)
        self.run_task()
        self.assertEqual([7] * 24, self.prices("added"))
        self.assertEqual([5] * 24, self.prices("cpu"))

    def test_clean_tasks_have_no_warnings(self):
        self.assertEqual(set(), self.run_task(metrics=("cpu", "disk")))
        self.assertEqual(0, self.task.periods_kept)
        self.assertEqual([], self.warnings())


class TestChunks(_Kept, base.TestCase):
    """Runs are merged across chunks of two periods."""

    backend = "sqlite"
    options = {"orchestrator": {"chunk_points": 6}}


class TestElsewhere(_Kept, base.TestCase):
    """The points lie in a database of their own."""

    backend = "sqlite"

    def setUp(self):
        folder = self.make_folder()
        self.options = {
            "storage_sqlalchemy": {
                "connection": f"sqlite:///{folder}/points.db"
            }
        }
        super().setUp()
