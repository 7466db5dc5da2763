# SPDX-License-Identifier: Apache-2.0
"""Scripts in real processors: live rating, and the same periods again."""

import datetime
import decimal
import os

from cloudkitty.common import periods
from cloudkitty.db import points
from cloudkitty.db.rules import module_states
from cloudkitty.db.tasks import totals as task_totals
from cloudkitty.tests import base
from cloudkitty.tests.fakes import pyscripts
from cloudkitty.tests.functional.orchestrator import deployment

HOUR = datetime.timedelta(hours=1)
_PRICED = """
for points in data["usage"].values():
    for point in points:
        point["rating"]["price"] = point["vol"]["qty"] * {price}
"""
_FEE = """
data["usage"]["fee"] = [{
    "vol": {"unit": "hour", "qty": 1},
    "rating": {"price": "0.01"},
    "groupby": {"project_id": "x"},
    "metadata": {},
}]
"""


class TestScripts(base.TestCase):
    def setUp(self):
        super().setUp()
        self.deployment = deployment.Deployment(
            self, scope_ids=("project-a", "project-b"), hours=6
        )
        self.deployment.database.write(
            lambda session: module_states.set_enabled(
                session, "pyscripts", True
            )
        )
        self.begin = self.deployment.window.begin
        self.database = self.deployment.database

    def enable(self):
        with self.deployment.config.open("a") as config:
            config.write("[pyscripts]\nenabled = true\ntime_limit = 2\n")

    def prices(self, dump=None):
        """Return the unit prices of each period, but of the fee."""
        rows = [
            row
            for row in dump or self.deployment.dump()
            if dict(row)["metric"] != "fee"
        ]
        found = deployment.prices_by_begin(rows)
        return [found[begin] for begin in sorted(found)]

    def test_live_rating_and_reprocess(self):
        self.enable()
        pyscripts.add(
            self.database,
            _PRICED.format(price=2),
            start=self.begin,
            end=self.begin + 3 * HOUR,
        )
        pyscripts.add(
            self.database,
            _PRICED.format(price=3),
            start=self.begin + 3 * HOUR,
        )
        pyscripts.add(self.database, _FEE, start=self.begin)
        self.deployment.start()
        self.deployment.wait_until_rated()
        before = self.deployment.dump()
        self.assertEqual([{2}] * 3 + [{3}] * 3, self.prices(before))
        fees = [row for row in before if dict(row)["metric"] == "fee"]
        # One for each period and scope.
        self.assertEqual(12, len(fees))
        # The same rules give the same data.
        window = periods.Window(self.begin, self.begin + 4 * HOUR)
        self.deployment.wait_until_done(
            self.deployment.schedule("project-a", window)
        )
        self.assertEqual(before, self.deployment.dump())
        # One more rule counts where it is in force.
        pyscripts.add(
            self.database,
            _PRICED.format(price=5),
            start=self.begin + 2 * HOUR,
        )
        self.deployment.wait_until_done(
            self.deployment.schedule("project-a", window)
        )
        inside, outside = self.deployment.select(
            self.deployment.dump(), "project-a", window
        )
        self.assertEqual([{2}, {2}, {5}, {5}], self.prices(inside))
        _, before_outside = self.deployment.select(before, "project-a", window)
        self.assertEqual(before_outside, outside)

    def test_a_reprocess_of_some_metrics(self):
        self.enable()
        pyscripts.add(self.database, _PRICED.format(price=2), start=self.begin)
        self.deployment.start()
        self.deployment.wait_until_rated()
        before = self.deployment.dump()
        pyscripts.add(self.database, _PRICED.format(price=3), start=self.begin)
        pyscripts.add(self.database, _FEE, start=self.begin)
        # The fee is none of its metrics.
        self.deployment.wait_until_done(
            self.deployment.schedule(
                "project-a", self.deployment.window, metrics=("instance",)
            )
        )
        after = self.deployment.dump()
        self.assertEqual(len(before), len(after))
        changed = {
            (dict(row)["scope_id"], dict(row)["metric"])
            for row in set(before) ^ set(after)
        }
        self.assertEqual({("project-a", "instance")}, changed)
        # Of a task for all it is one, although nothing of it was stored.
        task_id = self.deployment.schedule("project-a", self.deployment.window)
        self.deployment.wait_until_done(task_id)
        with self.database.reader() as session:
            totals = {
                total.metric: (total.before.points, total.after.points)
                for total in task_totals.find(session, task_id)
            }
        self.assertEqual((0, 6), totals["fee"])

    def test_a_bad_script_stops_its_periods_and_no_worker(self):
        self.enable()
        bad = pyscripts.add(
            self.database,
            "if data['usage']:\n    while True:\n        pass",
            "endless",
            start=self.begin + 2 * HOUR,
        )
        self.deployment.start()
        self.deployment.wait_for(
            "the failure of both scopes",
            lambda: (
                self.deployment.log_text().count(
                    f"script {bad.script_id} ('endless') took longer than"
                )
                >= 2
            ),
        )
        self.assertIsNone(self.deployment.processor.process.poll())
        # Two periods of both scopes, with four points each, are before it.
        self.deployment.wait_for(
            "the periods before", lambda: len(self.deployment.dump()) == 16
        )
        begins = {dict(row)["begin"] for row in self.deployment.dump()}
        self.assertEqual({str(self.begin), str(self.begin + HOUR)}, begins)

    def test_without_the_option_no_period_is_rated(self):
        pyscripts.add(self.database, _FEE, start=self.begin)
        self.deployment.start()
        self.deployment.wait_for_log("set [pyscripts] enabled = true")
        with self.database.reader() as session:
            self.assertIsNone(session.execute(points.whole()).first())

    def test_the_processes_of_scripts_end_with_the_workers(self):
        self.enable()
        pyscripts.add(self.database, _PRICED.format(price=2), start=self.begin)
        processor = self.deployment.start()
        self.deployment.wait_until_rated()
        pids = [
            int(line.rpartition("pid=")[2])
            for line in self.deployment.log_text().splitlines()
            if "process of scripts started" in line
        ]
        self.assertTrue(pids)
        code, _ = processor.terminate()
        self.assertEqual(0, code)
        for pid in pids:
            self.assertRaises(ProcessLookupError, os.kill, pid, 0)

    def test_exact(self):
        self.enable()
        pyscripts.add(
            self.database,
            "from decimal import Decimal\n"
            + _PRICED.format(price='Decimal("0.1")'),
            start=self.begin,
        )
        self.deployment.start()
        self.deployment.wait_until_rated()
        self.assertEqual([{decimal.Decimal("0.1")}] * 6, self.prices())
