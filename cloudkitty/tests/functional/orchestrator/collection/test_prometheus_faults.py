# SPDX-License-Identifier: Apache-2.0
"""A metric that vanishes and a value that is no number, in a Prometheus."""

import datetime
import re

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.tests import base
from cloudkitty.tests import prometheus
from cloudkitty.tests.functional.orchestrator import deployment

HOURS = 45
BACKOFF = """
[orchestrator]
reprocess_backoff = 1
reprocess_max_backoff = 1
reprocess_max_attempts = 2
"""


class Case(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("prometheus", prometheus.installed())
        self.samples = deployment.Deployment(self, ("project-a",), HOURS)

    def serve(self, change=lambda line: line):
        """Return the URL of a Prometheus.

        :param change: of each line of samples; None leaves a line out.
        """
        text = (self.samples.folder / "samples.om").read_text()
        lines = [change(line) for line in text.splitlines()]
        kept = "\n".join(line for line in lines if line is not None) + "\n"
        return self.useFixture(
            prometheus.PrometheusFixture(kept, self.make_folder())
        ).url

    def deploy(self, url, **options):
        place = deployment.Deployment(
            self,
            ("project-a",),
            HOURS,
            end=self.samples.window.end,
            collector="prometheus",
            prometheus_url=url,
            **options,
        )
        with place.config.open("a") as config:
            config.write(BACKOFF)
        place.set_price("1")
        return place

    def last(self, place):
        with place.database.reader() as session:
            (state,) = scope_queries.find(session)
        return state.last_processed_at


class TestVanishedMetric(Case):
    def test_its_points_are_kept(self):
        whole = self.serve()
        without = self.serve(
            lambda line: None if "volume_size_gb" in line else line
        )
        place = self.deploy(whole)
        processor = place.start()
        place.wait_until_rated()
        before = place.dump()
        self.assertEqual(HOURS * 4, len(before))
        processor.terminate()
        place.config.write_text(
            place.config.read_text().replace(whole, without)
        )
        place.set_price("2")
        task_id = place.schedule("project-a", place.window)
        place.start()
        place.wait_until_done(task_id)
        after = place.dump()
        self.assertEqual(
            self.of_metric(before, "volume.size"),
            self.of_metric(after, "volume.size"),
        )
        self.assertNotEqual(
            self.of_metric(before, "instance"),
            self.of_metric(after, "instance"),
        )
        self.assertEqual(HOURS, place.task(task_id).periods_kept)
        with place.database.reader() as session:
            (note,) = task_notes.find(session, task_id)
        self.assertEqual(
            ("no_data", "volume.size", place.window.begin, place.window.end),
            (note.kind, note.metric, note.begin, note.end),
        )
        warnings = [
            line
            for line in place.whole_log().splitlines()
            if "task kept or emptied stored points" in line
            and " WARNING " in line
            and f"task_id={task_id} " in line
        ]
        self.assertEqual(1, len(warnings), warnings)

    def of_metric(self, rows, name):
        return [row for row in rows if dict(row)["metric"] == name]


class TestOneBadPeriod(Case):
    def setUp(self):
        super().setUp()
        hour = datetime.timedelta(hours=1)
        self.bad = self.samples.window.begin + 41 * hour
        self.good = self.bad - hour
        at = f"{self.bad.timestamp() + 1800:.0f}"
        self.url = self.serve(
            lambda line: (
                re.sub(r" \S+ (\d+)$", r" NaN \1", line)
                if line.startswith("volume_size_gb") and line.endswith(at)
                else line
            )
        )

    def test_live_rating_stores_the_periods_before(self):
        place = self.deploy(self.url, max_workers_reprocessing=0)
        place.start()
        place.wait_for_log("scope failed")
        self.assertEqual(self.good, self.last(place))
        self.assertEqual(41 * 4, len(place.dump()))
        self.assertIn(str(self.bad), place.log_text())

    def test_task_redoes_the_periods_before(self):
        place = self.deploy(self.url, max_workers=0)
        task_id = place.schedule("project-a", place.window)
        place.start()
        place.wait_for(
            "the task's failure",
            lambda: place.task(task_id).state == "failed",
        )
        task = place.task(task_id)
        self.assertEqual(41, task.periods_done)
        self.assertIn(str(self.bad), task.last_error)
        with place.database.reader() as session:
            (note,) = task_notes.find(session, task_id)
        self.assertEqual("failed", note.kind)
        self.assertEqual(self.bad, note.begin)
        self.assertEqual(datetime.timedelta(hours=1), note.end - note.begin)
