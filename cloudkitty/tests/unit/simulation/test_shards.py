# SPDX-License-Identifier: Apache-2.0
"""The simulation's rules of leases on shards."""

import sqlalchemy as sa

from cloudkitty.db import shards as db_shards
from cloudkitty.tests import base
from cloudkitty.tests.simulation.rules import shards
from cloudkitty.tests.unit.simulation import seeds_case

NOW = 1000.0
MINE = shards.Lease("live-1", NOW + 60)
OTHER = shards.Lease("live-2", NOW + 60)
EXPIRED = shards.Lease("live-2", NOW)


class TestRules(base.TestCase):
    def check(self, words, old, new):
        told = shards.broken("live-1", NOW, {7: old}, {7: new})
        self.assertEqual(words, told)

    def test_free_and_expired_ones_are_claimed(self):
        self.check(None, shards.FREE, MINE)
        self.check(None, EXPIRED, MINE)
        self.check(None, MINE, shards.FREE)

    def test_leases_of_others_are_not_touched(self):
        self.check("live-1 took shard 7 of live-2", OTHER, MINE)
        self.check("live-1 took shard 7 of live-2", OTHER, shards.FREE)
        self.check("live-1 claimed shard 7 for live-2", shards.FREE, OTHER)


class TestPlantedFault(seeds_case.SeedsCase):
    def test_shards_that_another_holds_are_found(self):
        self.patch(
            db_shards,
            "find_free",
            lambda session, numbers, now: sorted(numbers),
        )
        self.patch(db_shards, "claim", _claim_any)
        self.check_found("took shard", range(1, 40))


def _claim_any(session, numbers, *, owner, now, lease_expires_at):
    db_shards._restore(session, numbers)
    session.execute(
        sa.update(db_shards.RatingShard)
        .where(db_shards.RatingShard.number.in_(numbers))
        .values(owner=owner, lease_expires_at=lease_expires_at)
    )
    return sorted(numbers)
