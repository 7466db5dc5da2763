# SPDX-License-Identifier: Apache-2.0
"""The processor as an operator runs it: real processes, real databases."""

import os
import random
import subprocess
import sys
import time

from testtools import content

from cloudkitty.common import clock
from cloudkitty.common import periods
from cloudkitty.tasks import workers
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.functional.orchestrator import deployment

#: Kills of the campaign; each costs the wait for a lease to expire.
KILLS = int(os.environ.get("CLOUDKITTY_TEST_KILLS", "10"))


def inner(window, skip_hours):
    """Return ``window`` without its first and last hours."""
    found = list(window.periods(deployment.HOUR))
    return periods.Window(found[skip_hours].begin, found[-skip_hours].begin)


def without_price(rows):
    """Return the rows without the columns that depend on the price."""
    return [deployment.without_price(row) for row in rows]


@databases.on_each()
class _ProcessorTests:
    backend = "sqlite"

    def prices_of(self, rows):
        """Return the unit prices that the rows show."""
        return set().union(*deployment.prices_by_begin(rows).values())

    def test_live_rating_then_reprocess_of_a_wrong_price(self):
        place = deployment.Deployment(self, hours=72, backend=self.backend)
        place.set_price(7)
        place.start()
        place.wait_until_rated()
        wrong = place.dump()
        self.assertEqual(2 * 72 * 4, len(wrong))
        self.assertEqual({7}, self.prices_of(wrong))

        # Unchanged input first: no row may change.
        place.wait_until_done(place.schedule("project-a", place.window))
        self.assertEqual(wrong, place.dump())

        place.set_price(2)
        redone = inner(place.window, 12)
        task_id = place.schedule("project-a", redone)
        place.wait_until_done(task_id)
        right = place.dump()
        inside, outside = place.select(right, "project-a", redone)
        was_inside, was_outside = place.select(wrong, "project-a", redone)
        self.assertEqual(was_outside, outside)
        self.assertEqual({2}, self.prices_of(inside))
        self.assertEqual(without_price(was_inside), without_price(inside))
        task = place.task(task_id)
        self.assertEqual(redone.period_count(3600), task.periods_done)
        self.assertEqual(redone.last_period(3600), task.current_at)

    def test_killed_ten_times_ends_like_an_undisturbed_run(self):
        seed = int.from_bytes(os.urandom(4), "big")
        self.addDetail("seed", content.text_content(str(seed)))
        chance = random.Random(seed)
        place = deployment.Deployment(
            self, hours=168, backend=self.backend, chunk_points=10
        )
        price = 1
        place.set_price(price)
        processor = place.start()
        place.wait_until_rated()
        before = place.dump()
        redone = inner(place.window, 6)
        task_id = None
        kills = 0
        while kills < KILLS:
            if task_id is None or place.task(task_id).state == "succeeded":
                price += 1
                place.set_price(price)
                task_id = place.schedule("project-a", redone)
            token = place.task(task_id).lease_token
            place.wait_for(
                "a claim",
                lambda: place.task(task_id).lease_token > token,  # noqa: B023
            )
            time.sleep(chance.uniform(0, 0.4))
            processor.kill()
            # It may have been through already; that is no kill then.
            kills += place.task(task_id).state == "running"
            processor = place.start()
        place.wait_until_done(task_id)
        after = place.dump()

        inside, outside = place.select(after, "project-a", redone)
        was_inside, was_outside = place.select(before, "project-a", redone)
        self.assertEqual(was_outside, outside)
        self.assertEqual(without_price(was_inside), without_price(inside))
        self.assertEqual({price}, self.prices_of(inside))
        place.wait_until_done(place.schedule("project-a", redone))
        self.assertEqual(after, place.dump())


class TestProcess(base.TestCase):
    def test_sigterm_ends_a_reprocess_between_chunks_and_releases_it(self):
        place = deployment.Deployment(self, hours=168, chunk_points=10)
        place.set_price(1)
        processor = place.start()
        place.wait_until_rated()
        before = place.dump()
        place.set_price(2)
        task_id = place.schedule("project-a", place.window)
        place.wait_for("a claim", lambda: place.task(task_id).periods_done)
        code, seconds = processor.terminate()
        self.assertEqual(0, code)
        self.assertLess(seconds, 5)
        task = place.task(task_id)
        self.assertEqual("scheduled", task.state)
        self.assertIsNone(task.lease_owner)
        # Periods before the cursor are rewritten, periods after it are not.
        done = periods.Window(
            place.window.begin, periods.floor(task.current_at, 3600)
        )
        redone = place.dump()
        changed = {
            dict(new)["begin"]
            for old, new in zip(before, redone, strict=True)
            if old != new
        }
        expected = {str(period.begin) for period in done.periods(3600)}
        self.assertEqual(expected | {str(task.current_at)}, changed)
        # The next one continues without waiting for a lease.
        place.start()
        place.wait_until_done(task_id)

    def test_sigterm_ends_idle_workers(self):
        place = deployment.Deployment(
            self, hours=2, max_workers=2, max_workers_reprocessing=2
        )
        processor = place.start()
        place.wait_until_rated()
        place.wait_for("four workers", lambda: len(self.alive(place)) == 4)
        self.assertEqual(
            [
                ("rating", 0),
                ("rating", 1),
                ("reprocessing", 0),
                ("reprocessing", 1),
            ],
            [(one.kind, one.number) for one in self.alive(place)],
        )
        code, seconds = processor.terminate()
        self.assertEqual(0, code)
        self.assertLess(seconds, 5)
        self.assertEqual([], self.alive(place))

    def alive(self, place):
        """Return the identities of the workers that are alive."""
        seen = workers.read(place.database, clock.SystemClock())
        return [one.identity for one in seen.workers if seen.alive(one)]

    def test_worker_that_dies_is_started_again(self):
        place = deployment.Deployment(self, hours=2)
        processor = place.start()
        place.wait_until_rated()
        children = subprocess.run(
            ["pgrep", "-P", str(processor.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        self.assertEqual(2, len(children))
        for child in children:
            os.kill(int(child), 9)
        task_id = place.schedule("project-a", place.window)
        place.wait_until_done(task_id)
        place.wait_for(
            "the new workers",
            lambda: {str(one.pid) for one in self.alive(place)} - {*children},
        )


class TestStartUp(base.TestCase):
    """Invalid configurations are reported before any worker starts."""

    def run_with(self, **changes):
        place = deployment.Deployment(self, hours=1)
        text = place.config.read_text()
        for old, new in changes.values():
            self.assertIn(old, text)
            text = text.replace(old, new)
        place.config.write_text(text)
        return subprocess.run(
            [
                *(sys.executable, "-m", "cloudkitty.cli.processor"),
                *("--config-file", str(place.config)),
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )

    def check_refused(self, word, **changes):
        done = self.run_with(**changes)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn(word, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_unknown_collector(self):
        self.check_refused(
            "nosuch", change=("collector = openmetrics", "collector = nosuch")
        )

    def test_missing_metrics_file(self):
        self.check_refused(
            "metrics.yml", change=("/metrics.yml", "/nosuch/metrics.yml")
        )

    def test_broken_skip_expression(self):
        self.check_refused(
            "skip_datapoints_expression",
            change=(
                "[orchestrator]",
                "[orchestrator]\n"
                "skip_datapoints_expression = __import__('os')",
            ),
        )

    def test_database_without_tables(self):
        folder = self.make_folder()
        self.check_refused(
            "cloudkitty-dbsync upgrade",
            change=(
                "[database]\nconnection = ",
                f"[database]\nconnection = sqlite:///{folder}/empty.db#",
            ),
        )

    def test_no_workers(self):
        self.check_refused(
            "max_workers",
            live=("max_workers = 1", "max_workers = 0"),
            tasks=(
                "max_workers_reprocessing = 1",
                "max_workers_reprocessing = 0",
            ),
        )
