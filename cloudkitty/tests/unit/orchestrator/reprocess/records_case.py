# SPDX-License-Identifier: Apache-2.0
"""Case of a task whose totals and notes are read."""

import decimal

from cloudkitty.db.tasks import records as task_records
from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

RATED = world.hours("2026-11-01T00:00", 24)
REDONE = world.hours("2026-11-01T06:00", 6)


def amount(points, qty, price):
    return task_records.Amount(
        points=points, qty=decimal.Decimal(qty), price=decimal.Decimal(price)
    )


def part(points, price):
    return task_records.Amount(points=points, price=decimal.Decimal(price))


class Case(base.TestCase):
    """One scope with two metrics, rated at 2 a unit.

    :cvar RATED: the rated window.
    """

    OPTIONS = {}
    RATED = RATED

    def setUp(self):
        super().setUp()
        self.world = world.World(self, **self.OPTIONS)
        self.world.add_scope("a", "2026-10-31T23:00")
        self.world.fetcher.scopes = ["a"]
        self.world.put("cpu", "a", self.RATED)
        self.world.put("disk", "a", self.RATED, 3)
        live.LiveRating(self.world.resources, self.world.stop).work()
        self.before = self.world.points()
        self.worker = reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        )

    def reprice(self, price=5):
        self.world.chain.price = decimal.Decimal(price)

    def totals(self, task_id):
        found, _, _ = self.world.records(task_id)
        return {total.metric: total for total in found}

    def notes(self, task_id):
        _, found, _ = self.world.records(task_id)
        return [(note.begin, note.end, note.kind) for note in found]
