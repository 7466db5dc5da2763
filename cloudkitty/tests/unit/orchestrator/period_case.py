# SPDX-License-Identifier: Apache-2.0
"""Case of a scope whose ``[collect] period`` changes."""

import datetime

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.orchestrator import live
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

DAY = 86400
HALF = 1800


class Case(base.TestCase):
    def setUp(self):
        super().setUp()
        self.world = world.World(self)
        self.world.fetcher.scopes = ["a"]

    def rate(self, at):
        """Rate the periods that are due at ``at``; each has one point."""
        self.world.clock.advance(
            (base.utc(at) - self.world.clock.now()).total_seconds()
        )
        seconds = self.world.conf.collect.period
        begin = base.utc("2026-11-01T00:00")
        for period in periods.Window(
            begin, begin + datetime.timedelta(days=4)
        ).periods(seconds):
            self.world.collector.put("cpu", "a", period.begin, 1)
        live.LiveRating(self.world.resources, self.world.stop).work()

    def rate_hours(self, last="2026-11-01T20:00"):
        """Rate the hours from midnight to ``last``."""
        self.world.add_scope("a", "2026-10-31T23:00")
        self.rate(
            f"{base.utc(last) + datetime.timedelta(hours=2):%FT%H:%M:30}"
        )
        self.assertEqual(last, self.world.last("a"))

    def change_cursor(self, at):
        """Move the cursor as upstream does."""
        table = scope_models.ScopeState.__table__
        self.world.database.write(
            lambda session: session.execute(
                sa.update(table).values(last_processed_timestamp=base.utc(at))
            )
        )

    def assert_gapless(self, begin, end):
        stored = self.world.stored("a")
        self.assertEqual(begin, stored[0][0])
        self.assertEqual(end, stored[-1][1])
        for earlier, later in zip(stored, stored[1:], strict=False):
            self.assertEqual(earlier[1], later[0])
