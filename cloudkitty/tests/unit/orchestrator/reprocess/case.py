# SPDX-License-Identifier: Apache-2.0
"""Case of a worker, and scopes with a day of rated data."""

import decimal

from cloudkitty.orchestrator import live
from cloudkitty.orchestrator.reprocess import worker as reprocess_worker
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

#: Seconds after a first failure, by [orchestrator] reprocess_backoff.
FIRST_PAUSE = 5
RATED = world.hours("2026-11-01T00:00", 24)
REDONE = world.hours("2026-11-01T06:00", 6)
LAST = "2026-11-01T23:00"


class Case(base.TestCase):
    """Scopes with 24 rated hours of two metrics, and a worker."""

    def make(self, *scopes, **options):
        self.world = world.World(self, **options)
        self.worker = reprocess_worker.Reprocessing(
            self.world.resources, self.world.stop
        )
        for scope_id in scopes or ("a",):
            self.world.put("cpu", scope_id, RATED)
            self.world.put("disk", scope_id, RATED, 2)
        self.rate_live(*(scopes or ("a",)))

    def rate_live(self, *scopes):
        """Rate a day as live rating does, at the price of 2."""
        self.world.clock.advance(-8 * 3600)
        self.world.fetcher.scopes = list(scopes)
        live.LiveRating(self.world.resources, self.world.stop).work()
        self.world.clock.advance(8 * 3600)
        for scope_id in scopes:
            self.assertEqual(LAST, self.world.last(scope_id))
        self.before = self.world.points()
        self.assertEqual(48 * len(scopes), len(self.before))

    def repriced(self, window, price, metrics=("cpu", "disk"), scope="a"):
        """Return the points as they are after a reprocess at ``price``."""
        begins = {f"{p.begin:%dT%H}" for p in window.periods(3600)}
        return sorted(
            (hour, scope_id, name, qty, qty * price)
            if hour in begins and name in metrics and scope_id == scope
            else (hour, scope_id, name, qty, old)
            for hour, scope_id, name, qty, old in self.before
        )

    def reprice(self, price=5):
        self.world.chain.price = decimal.Decimal(price)
