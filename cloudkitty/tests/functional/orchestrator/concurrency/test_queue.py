# SPDX-License-Identifier: Apache-2.0
"""Ten thousand tasks: the oldest first, and no task blocks others."""

import os
import time

from cloudkitty.tests import databases
from cloudkitty.tests import figures
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.functional.orchestrator.concurrency import queueing

QUEUED = 10_000
#: How many of them are worked off before the test ends; 10000 for all.
WORKED = int(os.environ.get("CLOUDKITTY_TEST_QUEUE", "60"))
WORKERS = 2
BAD = "project-bad"
#: Seconds a task is put off: longer than all others need.
BACKOFF = 12


@databases.on_each()
class _Queue:
    backend: str

    def test_the_oldest_of_ten_thousand_starts_first(self):
        scope_ids = tuple(f"project-{number}" for number in range(50))
        place = deployment.Deployment(
            self,
            scope_ids,
            hours=2,
            backend=self.backend,
            max_workers=0,
            max_workers_reprocessing=WORKERS,
        )
        place.set_price(2)
        queue = queueing.Queue(place)
        ids = queue.fill(QUEUED)
        began = time.monotonic()
        processor = place.start()
        place.wait_for(
            "the first tasks' success",
            lambda: queue.count("succeeded") >= WORKED,
            60 + WORKED,
        )
        seconds = time.monotonic() - began
        processor.kill()
        started = [task for task in queue.tasks() if task.started_at]
        self.assertGreaterEqual(len(started), WORKED)
        # Each worker may have passed over one that another one had in hand.
        self.assertLess(
            started[-1].id, ids[0] + len(started) + WORKERS, started[-1]
        )
        self.assertIn(queue.claimed()[0][0], ids[:WORKERS])
        figures.tell(
            self,
            f"{QUEUED} queued, {queue.count('succeeded')} worked off in "
            f"{seconds:.1f} s by {WORKERS} workers",
        )

    def test_failing_scopes_do_not_delay_others(self):
        good = tuple(f"project-{number}" for number in range(5))
        place = deployment.Deployment(
            self, (BAD, *good), hours=2, backend=self.backend
        )
        queueing.set_options(
            place, reprocess_max_attempts=2, reprocess_backoff=BACKOFF
        )
        place.set_price(2)
        self.break_samples(place)
        queue = queueing.Queue(place)
        # The oldest, and in between.
        (first,) = queue.fill(1, [BAD])
        others = queue.fill(20, good)
        (last,) = queue.fill(1, [BAD])
        place.start()
        place.wait_for(
            "the others' success", lambda: queue.count("succeeded") == 20
        )
        self.assertEqual(0, queue.count("failed"))
        place.wait_for(
            "the failures",
            lambda: queue.count("failed") == 2,
            60 + BACKOFF,
        )
        for task_id in (first, last):
            task = place.task(task_id)
            self.assertEqual((2, 0), (task.attempts, task.periods_done))
            self.assertIn("volume_size_gb", task.last_error)
            self.assertIn("value inf", task.last_error)
            self.assertIn(str(place.window.begin), task.last_error)
        ended = [place.task(task_id).finished_at for task_id in others]
        self.assertLess(max(ended), place.task(first).finished_at)
        # Live rating of the others has come through as well.
        rated = {dict(row)["scope_id"] for row in place.dump()}
        self.assertEqual(set(good), rated)

    def break_samples(self, place):
        """Let the collector fail for one scope, and for no other."""
        path = place.folder / "samples.om"
        lines = path.read_text().splitlines()
        broken = []
        for line in lines:
            if "volume_size_gb{" in line and BAD in line:
                name, _, at = line.rsplit(" ", 2)
                line = f"{name} +Inf {at}"
            broken.append(line)
        self.assertNotEqual(lines, broken)
        path.write_text("\n".join([*broken, ""]))
