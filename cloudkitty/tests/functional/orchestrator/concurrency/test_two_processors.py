# SPDX-License-Identifier: Apache-2.0
"""Two processors share the tasks; no task is executed twice."""

import os

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.tests import databases
from cloudkitty.tests import figures
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.functional.orchestrator.concurrency import queueing

TASKS = int(os.environ.get("CLOUDKITTY_TEST_SHARED_TASKS", "120"))
HOURS = 24


@databases.on_each()
class _TwoProcessors:
    backend: str

    def test_they_share_the_tasks_while_live_rating_runs(self):
        scope_ids = tuple(f"project-{number}" for number in range(20))
        place = deployment.Deployment(
            self,
            scope_ids,
            hours=HOURS,
            backend=self.backend,
            max_workers_reprocessing=2,
        )
        place.set_price(2)
        queue = queueing.Queue(place)
        ids = queue.fill(TASKS)
        place.start()
        queue.add_processor()
        last = place.window.last_period(deployment.HOUR)
        done_when_rated = None

        def through():
            nonlocal done_when_rated
            if done_when_rated is None and self.rated(place, last):
                done_when_rated = queue.count("succeeded")
            return queue.count("succeeded") == TASKS

        place.wait_for("the tasks' success", through, 60 + TASKS)
        place.wait_until_rated()
        # The line of a task is written after its last commit.
        place.wait_for(
            "the last line of the log",
            lambda: (
                sum(sum(done.values()) for done in queue.redone()) >= TASKS
            ),
        )
        self.check_shared(queue, ids)
        figures.tell(
            self,
            f"{TASKS} tasks, {[len(done) for done in queue.redone()]} by "
            f"processor, live rating through after {done_when_rated}",
        )
        # Neither waited for the other to be through.
        self.assertIsNotNone(done_when_rated)
        self.assertLess(done_when_rated, TASKS)
        self.check_points(place)

    def rated(self, place, last):
        with place.database.reader() as session:
            states = scope_queries.find(session)
        return all(state.last_processed_at >= last for state in states)

    def check_shared(self, queue, ids):
        first, second = queue.redone()
        self.assertTrue(first)
        self.assertTrue(second)
        self.assertEqual(set(), set(first) & set(second))
        together = first + second
        self.assertEqual(dict.fromkeys(ids, 1), dict(together))
        workers = queue.workers(ids)
        # A claim of a busy scope is released without work.
        self.assertEqual({1}, {len(names) for names in workers.values()})
        self.assertGreater(len({names[0] for names in workers.values()}), 2)

    def check_points(self, place):
        """Each scope, period, metric and resource has one point."""
        found = place.dump()
        keys = {
            tuple(dict(row)[name] for name in ("begin", "metric", "groupby"))
            for row in found
        }
        self.assertEqual(len(place.scope_ids) * HOURS * 4, len(found))
        self.assertEqual(len(found), len(keys))
