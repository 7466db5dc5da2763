# SPDX-License-Identifier: Apache-2.0
"""Processors with the points in InfluxDB, killed in the middle of a task."""

from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests import influxdb
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.functional.storage import influxdb_case

HOURS = 12
SECONDS = 300

OPTIONS = """
[storage_influxdb]
host = 127.0.0.1
port = {port}
database = {database}
"""


class TestKilled(influxdb_case.InfluxDB, base.TestCase):
    def setUp(self):
        super().setUp()
        self.storage = self.make_storage()
        # Two periods of one scope in a chunk.
        self.place = deployment.Deployment(self, hours=HOURS, chunk_points=8)
        text = self.place.config.read_text()
        self.place.config.write_text(
            text.replace("backend = sqlalchemy", "backend = influxdb")
            + OPTIONS.format(port=self.server.port, database=influxdb.DATABASE)
        )

    def retrieve(self, scope_id):
        """Return (beginning, metric, point) of all points of a scope."""
        query = storage_base.Query(
            window=self.place.window, filters={"project_id": [scope_id]}
        )
        return [
            (frame.start, metric, point)
            for frame in self.storage.retrieve(query).frames
            for metric, point in frame.iterpoints()
        ]

    def test_a_reprocess_goes_on_after_a_kill(self):
        place = self.place
        place.set_price(1)
        live = place.start()
        place.wait_until_rated(SECONDS)
        live.kill()
        before = {name: self.retrieve(name) for name in place.scope_ids}
        place.set_price(3)
        task_id = place.schedule("project-a", place.window)
        first = place.start()
        place.wait_for(
            "a chunk", lambda: place.task(task_id).periods_done, SECONDS
        )
        first.kill()
        place.start()
        place.wait_until_done(task_id, SECONDS)
        self.assertEqual(before["project-b"], self.retrieve("project-b"))
        self.assertEqual(
            [
                (begin, metric, point.set_price(3 * point.price))
                for begin, metric, point in before["project-a"]
            ],
            self.retrieve("project-a"),
        )
