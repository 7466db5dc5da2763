# SPDX-License-Identifier: Apache-2.0
"""Live rating of scopes."""

from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.fetcher import base as fetcher_base
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import live
from cloudkitty.rating import base as rating_base
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

#: From here on up to the newest due period there are 3 hours.
LAST = "2026-11-02T04:00"
DUE = world.hours("2026-11-02T05:00", 3)


class TestLiveRating(base.TestCase):
    def make(self, *scopes, **options):
        self.world = world.World(self, **options)
        self.world.fetcher.scopes = list(scopes)
        self.live = live.LiveRating(self.world.resources, self.world.stop)

    def test_due_periods_are_rated_and_the_state_moves(self):
        self.make("a")
        self.world.add_scope("a", LAST)
        self.world.put("cpu", "a", world.hours(LAST, 9), 3)
        self.live.work()
        self.assertEqual(
            [
                ("02T05", "a", "cpu", 3, 6),
                ("02T06", "a", "cpu", 3, 6),
                ("02T07", "a", "cpu", 3, 6),
            ],
            self.world.points(),
        )
        self.assertEqual("2026-11-02T07:00", self.world.last("a"))

    def test_no_request_if_no_period_is_due(self):
        self.make("a")
        self.world.add_scope("a", "2026-11-02T07:00")
        self.live.work()
        self.assertEqual([], self.world.collector.calls)
        self.assertEqual([], self.world.chains_of)

    def test_new_scope_begins_with_the_month(self):
        self.make("new")
        self.live.work()
        state = self.world.state("new")
        self.assertEqual(self.world.scope("new"), state.scope)
        self.assertEqual("2026-11-02T07:00", self.world.last("new"))
        asked = [call[2] for call in self.world.collector.calls]
        self.assertEqual(base.utc("2026-11-01T00:00"), asked[0].begin)

    def test_new_scope_appears_with_its_first_chunk_only(self):
        self.make("new")
        self.world.collector.fail("down", "down")
        self.live.work()
        self.assertIsNone(self.world.state("new"))

    def test_periods_without_data_write_nothing_and_are_done(self):
        self.make("a")
        self.world.add_scope("a", LAST)
        self.world.put("cpu", "a", world.hours("2026-11-02T06:00", 1))
        self.live.work()
        self.assertEqual([("02T06", "a", "cpu", 1, 2)], self.world.points())
        self.assertEqual("2026-11-02T07:00", self.world.last("a"))

    def test_inactive_scope_is_left_alone(self):
        self.make("a")
        state = self.world.add_scope("a", LAST)
        self.deactivate(state)
        self.live.work()
        self.assertEqual([], self.world.collector.calls)
        self.assertEqual("2026-11-02T04:00", self.world.last("a"))

    def deactivate(self, state):
        def work(session):
            session.get(scope_models.ScopeState, state.id).active = False

        self.world.database.write(work)

    def test_failing_scope_is_retried_and_does_not_delay_others(self):
        self.make("a", "b", "c")
        for scope_id in ("a", "b", "c"):
            self.world.add_scope(scope_id, LAST)
            self.world.put("cpu", scope_id, DUE)
        bad = self.world.resources.load_chain

        def load_chain(scope_id):
            if scope_id == "b":
                raise rating_base.RatingError("no rules")
            return bad(scope_id)

        object.__setattr__(self.world.resources, "load_chain", load_chain)
        self.live.work()
        self.assertEqual(
            ["2026-11-02T07:00", "2026-11-02T04:00", "2026-11-02T07:00"],
            [self.world.last(scope_id) for scope_id in "abc"],
        )
        object.__setattr__(self.world.resources, "load_chain", bad)
        self.live.work()
        self.assertEqual("2026-11-02T07:00", self.world.last("b"))

    def test_bug_in_one_scope_does_not_delay_others(self):
        self.make("a")
        self.world.add_scope("a", LAST)
        self.world.put("cpu", "a", DUE)
        self.world.chain.broken_at = {DUE.begin}
        self.world.chain.error = ZeroDivisionError()
        self.live.work()
        self.assertEqual("2026-11-02T04:00", self.world.last("a"))
        self.assertEqual([], self.world.points())

    def test_busy_scope_is_tried_again_soon(self):
        self.make("a", "b")
        for scope_id in ("a", "b"):
            self.world.add_scope(scope_id, LAST)
        locks = self.world.locks
        with locks.try_hold(locks.names.of_scope("a")):
            self.live.work()
            self.assertEqual("2026-11-02T04:00", self.world.last("a"))
            self.assertEqual("2026-11-02T07:00", self.world.last("b"))
            self.assertIsNotNone(self.live.pending_at())
        self.world.clock.advance(1)
        self.live.work_pending()
        self.assertEqual("2026-11-02T07:00", self.world.last("a"))

    def test_state_that_moved_meanwhile_wins(self):
        self.make("a")
        state = self.world.add_scope("a", LAST)
        self.world.put("cpu", "a", DUE)
        rate = self.world.chain.rate

        def reset_meanwhile(frame):
            self.world.database.write(
                lambda session: scope_updates.advance(
                    session, state, base.utc("2026-11-02T07:00"), 3600
                )
            )
            return rate(frame)

        self.world.chain.rate = reset_meanwhile
        self.live.work()
        self.assertEqual([], self.world.points())
        self.assertEqual("2026-11-02T07:00", self.world.last("a"))

    def test_chunks_are_bounded_by_points(self):
        self.make("a", orchestrator={"chunk_points": 4})
        self.world.add_scope("a", "2026-11-01T19:00")
        self.world.put("cpu", "a", world.hours("2026-11-01T20:00", 12))
        self.world.put("disk", "a", world.hours("2026-11-01T20:00", 12))
        self.live.work()
        asked = {
            call[2].begin: call[2].period_count(3600)
            for call in self.world.collector.calls
        }
        self.assertEqual(
            [1, 2, 2, 2, 2, 2, 1], [asked[begin] for begin in sorted(asked)]
        )
        self.assertEqual(24, len(self.world.points()))

    def test_chain_is_built_once_for_all_periods_of_a_scope(self):
        self.make("a", orchestrator={"chunk_points": 1})
        self.world.add_scope("a", "2026-11-01T19:00")
        self.live.work()
        self.assertEqual(["a"], self.world.chains_of)

    def test_stop_ends_between_chunks(self):
        self.make("a", orchestrator={"chunk_points": 1})
        self.world.add_scope("a", "2026-11-01T19:00")
        self.world.put("cpu", "a", world.hours("2026-11-01T20:00", 12))
        rate = self.world.chain.rate

        def stop_in_second_chunk(frame):
            if len(self.world.chain.rated) == 4:
                self.world.stop.set()
            return rate(frame)

        self.world.chain.rate = stop_in_second_chunk
        # The chunk in hand is one period, and is finished.
        self.assertRaises(failures.Interrupted, self.live.work)
        self.assertEqual("2026-11-02T00:00", self.world.last("a"))
        self.assertEqual(5, len(self.world.points()))

    def test_fetcher_that_fails_fails_the_look(self):
        self.make("a")
        self.world.fetcher.fail("unreachable")
        self.assertRaises(fetcher_base.FetchError, self.live.work)
