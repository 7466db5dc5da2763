# SPDX-License-Identifier: Apache-2.0
"""Processors with the points in upstream's table, killed during a task."""

import datetime
import random
import time

from cloudkitty.storage import base as storage_base
from cloudkitty.storage import loader
from cloudkitty.tests import databases
from cloudkitty.tests.functional.orchestrator import deployment

HOURS = 36
SCOPE, OTHER = "project-a", "project-b"
SECONDS = 300
KILLS = 3
OLD_PRICE, NEW_PRICE = 1, 3
_HOUR = datetime.timedelta(hours=1)


@databases.on_each(databases.SERVERS)
class Killed:
    backend: str

    def setUp(self):
        super().setUp()
        # Two periods of one scope in a chunk.
        self.place = deployment.Deployment(
            self, hours=HOURS, backend=self.backend, chunk_points=8
        )
        text = self.place.config.read_text()
        self.place.config.write_text(
            text.replace("[storage]\n", "[storage]\nversion = 1\n")
        )
        self.place.conf.reload_config_files()
        self.storage = loader.load(self.place.conf, self.place.database)
        self.storage.init()

    def prices(self, scope_id):
        """Return the prices of a unit in each period of a scope."""
        query = storage_base.Query(
            window=self.place.window, filters={"project_id": [scope_id]}
        )
        found = [[] for _ in range(HOURS)]
        for frame in self.storage.retrieve(query).frames:
            index = (frame.start - self.place.window.begin) // _HOUR
            for _, point in frame.iterpoints():
                found[index].append(point.price / point.qty)
        return found

    def expected(self, periods_done):
        """Return the prices if the task has done so many periods."""
        new = [[NEW_PRICE] * 4] * periods_done
        return new + [[OLD_PRICE] * 4] * (HOURS - periods_done)

    def test_points_and_cursor_change_together(self):
        place = self.place
        place.set_price(OLD_PRICE)
        live = place.start()
        place.wait_until_rated(SECONDS)
        live.kill()
        self.assertEqual(self.expected(0), self.prices(SCOPE))
        sums = self.sums()
        place.set_price(NEW_PRICE)
        task_id = place.schedule(SCOPE, place.window)
        chance = random.Random(1)
        done = 0
        for _ in range(KILLS):
            processor = place.start()
            place.wait_for(
                "a chunk",
                lambda done=done: place.task(task_id).periods_done > done,
                SECONDS,
            )
            time.sleep(chance.random() / 50)
            processor.kill()
            done = place.task(task_id).periods_done
            self.assertEqual(self.expected(done), self.prices(SCOPE))
        place.start()
        place.wait_until_done(task_id, SECONDS)
        self.assertEqual(self.expected(HOURS), self.prices(SCOPE))
        self.assertEqual(self.expected(0), self.prices(OTHER))
        self.assertEqual(
            {SCOPE: NEW_PRICE * sums[SCOPE], OTHER: sums[OTHER]}, self.sums()
        )

    def sums(self):
        """Return the sum of prices of each scope."""
        query = storage_base.Query(window=self.place.window)
        rows = self.storage.total(query, ["project_id"]).rows
        return {row.groups["project_id"]: row.rate for row in rows}
