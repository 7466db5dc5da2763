# SPDX-License-Identifier: Apache-2.0
"""Leases of shards: claimed, renewed, taken over, released."""

import collections

import sqlalchemy as sa

from cloudkitty.db import shards as db_shards
from cloudkitty.orchestrator import shards
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.fakes import clock

LEASE = 120


class TestNumberOf(base.TestCase):
    def test_number_is_the_same_in_every_process(self):
        # Values of CRC-32: a change would move scopes at an upgrade.
        self.assertEqual(3, shards.Shards.number_of("a"))
        self.assertEqual(62, shards.Shards.number_of("é"))

    def test_scopes_are_spread_evenly(self):
        counts = collections.Counter(
            shards.Shards.number_of(f"{n:032x}") for n in range(64000)
        )
        self.assertEqual(set(range(64)), set(counts))
        self.assertLess(max(counts.values()), 1300)
        self.assertGreater(min(counts.values()), 700)


class TestShards(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.clock = clock.FakeClock(base.utc("2026-11-02T09:00"))
        self.ours = self.make_shards("ours")
        self.theirs = self.make_shards("theirs")
        self.statements = 0
        sa.event.listen(
            self.database.engine, "before_cursor_execute", self.count
        )

    def count(self, *arguments):
        self.statements += 1

    def make_shards(self, owner):
        return shards.Shards(self.database, self.clock, owner, LEASE)

    def rows(self):
        with self.database.reader() as session:
            return {
                row.number: row
                for row in session.scalars(sa.select(db_shards.RatingShard))
            }

    def test_migration_inserts_all(self):
        self.assertEqual(list(range(64)), sorted(self.rows()))

    def test_shard_has_one_owner(self):
        first = self.ours.claim(range(64), 40)
        second = self.theirs.claim(range(64), 40)
        self.assertEqual((40, 24), (len(first), len(second)))
        self.assertEqual(set(range(64)), {*first, *second})
        self.assertEqual(frozenset(first), self.ours.held)
        self.assertEqual("theirs", self.rows()[second[0]].owner)
        self.assertEqual(1, self.rows()[second[0]].lease_token)

    def test_only_the_given_shards_are_claimed(self):
        self.assertEqual({3, 9}, set(self.ours.claim([3, 9], 10)))
        self.assertEqual([], self.ours.claim([], 10))
        self.assertEqual([], self.ours.claim([4], 0))

    def test_workers_do_not_choose_in_the_same_order(self):
        choices = set()
        for _ in range(5):
            chosen = self.ours.claim(range(64), 5)
            choices.add(frozenset(chosen))
            self.ours.release(chosen)
        self.assertGreater(len(choices), 1)

    def test_nothing_free_costs_one_reading_statement(self):
        self.theirs.claim(range(64), 64)
        self.statements = 0
        self.assertEqual([], self.ours.claim(range(64), 64))
        # BEGIN is the other one.
        self.assertLessEqual(self.statements, 2)

    def test_dead_workers_shards_are_taken_over_after_the_lease(self):
        self.theirs.claim([1, 2], 2)
        self.clock.advance(LEASE - 1)
        self.assertEqual([], self.ours.claim([1, 2], 2))
        self.clock.advance(1)
        self.assertEqual({1, 2}, set(self.ours.claim([1, 2], 2)))
        self.assertEqual(2, self.rows()[1].lease_token)
        # The other one was only slow: it learns of the loss, without error.
        self.theirs.renew()
        self.assertEqual(frozenset(), self.theirs.held)
        self.assertEqual("ours", self.rows()[1].owner)
        self.theirs.release([1, 2])
        self.assertEqual("ours", self.rows()[1].owner)

    def test_renewed_lease_is_kept(self):
        self.ours.claim([1, 2], 2)
        for _ in range(10):
            self.clock.advance(LEASE / 3)
            self.ours.renew()
            self.assertEqual([], self.theirs.claim([1, 2], 2))
        self.assertEqual(frozenset([1, 2]), self.ours.held)

    def test_expired_lease_without_another_owner_is_renewed(self):
        self.ours.claim([1], 1)
        self.clock.advance(LEASE * 2)
        self.ours.renew()
        self.assertEqual([], self.theirs.claim([1], 1))

    def test_lease_is_renewed_once_in_each_third(self):
        self.ours.renew()
        self.assertEqual(0, self.statements)
        self.ours.claim([1], 1)
        self.clock.advance(LEASE / 3 - 1)
        self.ours.claim([2], 1)
        self.statements = 0
        self.ours.renew()
        self.assertEqual(0, self.statements)
        self.clock.advance(1)
        self.ours.renew()
        self.assertGreater(self.statements, 0)
        self.statements = 0
        self.ours.renew()
        self.assertEqual(0, self.statements)

    def test_lost_shards_are_no_longer_held_and_the_others_are(self):
        self.ours.claim([1, 2, 3], 3)
        self.clock.advance(LEASE)
        self.theirs.claim([2], 1)
        self.ours.renew()
        self.assertEqual(frozenset([1, 3]), self.ours.held)

    def test_released_shards_are_free_at_once(self):
        self.ours.claim([1, 2], 2)
        self.ours.release([1, 60])
        self.assertEqual([1], self.theirs.claim([1, 2], 2))
        self.assertEqual(frozenset([2]), self.ours.held)

    def test_missing_rows_are_restored(self):
        def delete(session):
            session.query(db_shards.RatingShard).delete()

        self.database.write(delete)
        self.assertEqual({5, 6}, set(self.ours.claim([5, 6], 9)))
        self.assertEqual([], self.theirs.claim([5, 6], 9))
