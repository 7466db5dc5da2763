# SPDX-License-Identifier: Apache-2.0
"""A threshold of hashmap that meets a text in one period."""

import dataclasses
import decimal
import functools

from cloudkitty.db.rules import models as rule_models
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.rating import loader
from cloudkitty.rating.hashmap import module
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

HOURS = world.hours("2026-11-01T00:00", 45)
BAD = HOURS.periods(world.HOUR)[41]


class _TextAtThreshold:
    """45 hours of a machine whose memory is no number in hour 41."""

    backend: str

    def setUp(self):
        super().setUp()
        definitions = (world.metric("cpu", metadata=("ram",)),)
        self.world = world.World(self, definitions, self.backend)
        self.world.clock.advance(14 * 3600)
        self.world.add_scope("a", "2026-10-31T23:00")
        self.world.fetcher.scopes = ["a"]
        self.world.database.write(self.create_rule)
        found = {"hashmap": module.HashMap}
        resources = dataclasses.replace(
            self.world.resources,
            load_chain=functools.partial(
                loader.load_chain, found, self.world.database
            ),
        )
        self.live = live.LiveRating(resources, self.world.stop)
        self.worker = reprocess_worker.Reprocessing(resources, self.world.stop)

    def create_rule(self, session):
        service = hashmap_services.create_service(session, "cpu")
        ram = hashmap_services.create_field(session, service.id, "ram")
        hashmap_thresholds.create(
            session,
            level=decimal.Decimal(1),
            cost=decimal.Decimal(3),
            map_type="flat",
            field_id=ram.id,
        )
        session.merge(rule_models.ModuleState(name="hashmap", state=True))

    def put(self, ram):
        self.world.collector.clear()
        for period in HOURS.periods(world.HOUR):
            self.world.collector.put(
                "cpu",
                "a",
                period.begin,
                1,
                ram=ram if period == BAD else "8",
            )

    def prices(self):
        return [price for *_, price in self.world.points()]

    def test_live_rating_stores_the_periods_before_it(self):
        self.put("much")
        self.live.work()
        self.assertEqual([3] * 41, self.prices())
        self.assertEqual("2026-11-02T16:00", self.world.last("a"))
        self.put("16")
        self.live.work()
        self.assertEqual([3] * 45, self.prices())

    def test_a_task_names_the_period(self):
        self.put("16")
        self.live.work()
        self.assertEqual([3] * 45, self.prices())
        task_id = self.world.add_task("a", HOURS)
        self.put("much")
        self.worker.work()
        task = self.world.task(task_id)
        self.assertEqual("scheduled", task.state)
        self.assertEqual(41, task.periods_done)
        self.assertIn(str(BAD.begin), task.last_error)
        self.assertEqual([3] * 45, self.prices())


class TestOnSQLite(_TextAtThreshold, base.TestCase):
    backend = "sqlite"


class TestOnMariaDB(_TextAtThreshold, base.TestCase):
    backend = "mariadb"


class TestOnPostgreSQL(_TextAtThreshold, base.TestCase):
    backend = "postgresql"
