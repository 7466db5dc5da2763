# SPDX-License-Identifier: Apache-2.0
"""Live rating of scopes together, and of those that cannot be."""

import decimal
import logging

import sqlalchemy as sa

from cloudkitty import dataframe
from cloudkitty.collector import base as collector_base
from cloudkitty.common import periods
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.orchestrator import cohort_sizes
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import locks
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import live_case

ABC = frozenset("abc")


def frame(period, scope_id):
    """Return a frame with one point."""
    point = dataframe.make_point(
        (
            "unit",
            decimal.Decimal(1),
            decimal.Decimal(2),
            {"project_id": scope_id},
            {},
            None,
        )
    )
    return dataframe.DataFrame(period.begin, period.end, {"cpu": [point]})


class TestCohorts(live_case.Case):
    def requests(self):
        return {(key, ids) for key, ids, _ in self.world.collector.requests}

    def lasts(self, scope_ids="abc"):
        return [self.world.last(each) for each in scope_ids]

    def change(self, scope_id, **values):
        self.world.database.write(
            lambda session: session.execute(
                sa.update(scope_models.ScopeState)
                .where(scope_models.ScopeState.identifier == scope_id)
                .values(**values)
            )
        )

    def during_rating(self, work):
        """Call ``work`` once, between the collection and the write."""
        rate = self.world.chain.rate

        def rate_and_work(frame):
            self.world.chain.rate = rate
            work()
            return rate(frame)

        self.world.chain.rate = rate_and_work

    def test_scopes_with_one_window_are_collected_and_stored_together(self):
        self.add("a", "b", "c")
        self.live.work()
        self.assertEqual({("cpu", ABC), ("disk", ABC)}, self.requests())
        self.assertEqual([live_case.DONE] * 3, self.lasts())
        self.assertEqual(
            [
                (hour, scope_id, "cpu", 1, 2)
                for hour in ("02T05", "02T06", "02T07")
                for scope_id in "abc"
            ],
            self.world.points(),
        )
        self.assertIn("rated=3 failed=0", self.logged(logging.INFO)[-1])
        self.assertIn("periods=9 points=9", self.logged(logging.INFO)[-1])

    def test_scopes_with_different_windows_are_separate(self):
        self.add("a", "b", "c", "d")
        for scope_id in "cd":
            self.change(
                scope_id,
                last_processed_timestamp=base.utc("2026-11-02T05:00"),
            )
        self.live.work()
        self.assertEqual(
            {frozenset("ab"), frozenset("cd")},
            {ids for _, ids in self.requests()},
        )
        self.assertEqual([live_case.DONE] * 4, self.lasts("abcd"))

    def test_an_only_scope_with_its_window_is_rated_alone(self):
        self.add("a", "b", "c")
        self.change("c", last_processed_timestamp=base.utc("2026-11-02T05:00"))
        self.live.work()
        self.assertEqual(
            {frozenset("ab"), frozenset("c")},
            {ids for _, ids in self.requests()},
        )
        self.assertEqual([live_case.DONE] * 3, self.lasts())

    def test_the_value_that_is_unusable_fails_its_scope(self):
        self.add("a", "b", "c")
        self.world.collector.put(
            "disk", "b", base.utc("2026-11-02T06:00"), "NaN"
        )
        self.live.work()
        self.assertEqual(
            [live_case.DONE, "2026-11-02T05:00", live_case.DONE], self.lasts()
        )
        self.assertEqual(7, len(self.world.points()))
        [error] = self.failed()
        self.assertIn("scope_id=b attempt=1/10", error)
        self.assertIn("rated=2 failed=1", self.logged(logging.INFO)[-1])
        self.assertEqual(5, self.pending_seconds())

    def test_the_rule_that_is_broken_fails_its_scope(self):
        self.add("a", "b", "c")
        good = self.world.chain

        class Broken:
            def rate(self, frame):
                raise ZeroDivisionError

        load = self.world.resources.load_chain
        object.__setattr__(
            self.world.resources,
            "load_chain",
            lambda scope_id: Broken() if scope_id == "b" else good,
        )
        self.live.work()
        self.assertEqual(
            [live_case.DONE, "2026-11-02T04:00", live_case.DONE], self.lasts()
        )
        object.__setattr__(self.world.resources, "load_chain", load)
        self.world.clock.advance(5)
        self.live.work_pending()
        self.assertEqual([live_case.DONE] * 3, self.lasts())
        self.assertEqual(9, len(self.world.points()))

    def test_a_locked_scope_is_left_out(self):
        self.add("a", "b", "c")
        scope_locks = self.world.locks
        with scope_locks.try_hold(scope_locks.names.of_scope("b")):
            self.live.work()
        self.assertEqual(
            [live_case.DONE, "2026-11-02T04:00", live_case.DONE], self.lasts()
        )
        self.assertIn("busy=1", self.logged(logging.INFO)[-1])
        self.world.clock.advance(1)
        self.live.work_pending()
        self.assertEqual(live_case.DONE, self.world.last("b"))

    def test_a_scope_that_was_moved_meanwhile_is_left_out(self):
        self.add("a", "b", "c")
        self.during_rating(
            lambda: self.change(
                "b",
                last_processed_timestamp=base.utc("2026-11-02T06:00"),
            )
        )
        self.live.work()
        self.assertEqual(6, len(self.world.points()))
        self.assertIn("lost=1", self.logged(logging.INFO)[-1])
        self.world.clock.advance(1)
        self.live.work_pending()
        self.assertEqual([live_case.DONE] * 3, self.lasts())
        self.assertEqual(1, len(self.world.points("b")))

    def test_a_scope_that_was_switched_off_meanwhile_is_left_out(self):
        self.add("a", "b", "c")
        self.during_rating(lambda: self.change("b", active=False))
        self.live.work()
        self.world.clock.advance(1)
        self.live.work_pending()
        self.assertEqual("2026-11-02T04:00", self.world.last("b"))
        self.assertEqual([], self.world.points("b"))
        self.assertEqual(6, len(self.world.points()))

    def test_a_scope_that_is_switched_on_before_the_cursors_move(self):
        url = f"sqlite:///{self.make_folder()}/points.db"
        self.make(storage_sqlalchemy={"connection": url})
        self.assertFalse(self.world.storage.joins_database)
        self.add("a", "b", "c")
        self.during_rating(lambda: self.change("b", active=False))
        replace_many = self.world.storage.replace_many

        def replace_and_switch_on(*args, **more):
            replace_many(*args, **more)
            self.change("b", active=True)

        self.patch(self.world.storage, "replace_many", replace_and_switch_on)
        self.live.work()
        self.assertEqual("2026-11-02T04:00", self.world.last("b"))
        self.assertEqual([], self.world.points("b"))
        self.world.clock.advance(1)
        self.live.work_pending()
        self.assertEqual([live_case.DONE] * 3, self.lasts())
        self.assertEqual(9, len(self.world.points()))

    def test_points_of_another_period_length_fail_their_scope(self):
        self.add("a", "b", "c")
        half = periods.Window.period_at(base.utc("2026-11-02T05:30"), 1800)
        self.world.storage.add({self.world.scope("b"): [frame(half, "b")]})
        self.live.work()
        self.assertEqual(
            [live_case.DONE, "2026-11-02T04:00", live_case.DONE], self.lasts()
        )
        [error] = self.failed()
        self.assertIn("1800 seconds", error)

    def test_new_scopes_get_their_rows_together(self):
        self.world.fetcher.scopes = ["a", "b", "c"]
        for scope_id in "abc":
            self.world.put("cpu", scope_id, live_case.DUE)
        self.live.work()
        self.assertEqual([live_case.DONE] * 3, self.lasts())
        self.assertEqual(9, len(self.world.points()))
        self.assertEqual(ABC, self.world.collector.requests[0][1])
        self.assertIn("rated=3 failed=0", self.logged(logging.INFO)[-1])

    def test_a_new_scope_that_another_worker_made_is_left_out(self):
        self.world.fetcher.scopes = ["a", "b", "c"]
        first = periods.month_start(self.world.clock.now())

        def make():
            self.world.database.write(
                lambda session: scope_updates.create(
                    session, self.world.scope("b"), first
                )
            )

        self.during_rating(make)
        self.live.work()
        self.world.clock.advance(1)
        self.live.work_pending()
        self.assertEqual([live_case.DONE] * 3, self.lasts())

    def test_a_row_that_upstream_left_incomplete_is_filled_in(self):
        self.add("a", "b", "c")
        self.change("b", scope_key=None, fetcher=None, collector=None)
        self.live.work()
        self.assertEqual([live_case.DONE] * 3, self.lasts())
        self.assertEqual(self.world.scope("b"), self.world.state("b").scope)

    def test_a_backend_that_is_down_is_asked_for_all_and_for_one(self):
        self.add("a", "b", "c")
        # Two metrics of two requests each.
        self.world.collector.fail(*["down"] * 4)
        self.live.work()
        self.assertEqual(
            [3, 1],
            sorted({len(ids) for _, ids in self.requests()}, reverse=True),
        )
        self.assertEqual(2, len(self.failed()))
        self.assertEqual([], self.logged(logging.ERROR))
        self.assertIn("rated=0 failed=3", self.logged(logging.INFO)[-1])
        self.world.collector.heal()
        self.world.clock.advance(5)
        self.live.work_pending()
        self.assertEqual([live_case.DONE] * 3, self.lasts())

    def test_a_request_that_is_too_large_is_divided(self):
        names = [f"s{number}" for number in range(9)]
        self.add(*names)
        collect = self.world.collector.collect

        def refuse(metric, scope_ids, window):
            if len(scope_ids) > 3:
                raise collector_base.CollectError("large", divisible=True)
            return collect(metric, scope_ids, window)

        self.world.collector.collect = refuse
        self.live.work()
        self.assertEqual([live_case.DONE] * 9, self.lasts(names))
        self.assertEqual(27, len(self.world.points()))
        self.assertIn("rated=9 failed=0", self.logged(logging.INFO)[-1])
        self.assertEqual([], self.logged(logging.ERROR))
        self.assertIn("large", self.logged(logging.WARNING)[0])

    def test_a_transaction_has_a_limited_number_of_scopes(self):
        names = [f"s{number}" for number in range(9)]
        self.add(*names)
        self.patch(locks.Locks, "most_at_once", 4)
        store = self.world.resources.writer.store_many
        sizes = []

        def count(chunk, cursor):
            sizes.append(len(chunk))
            return store(chunk, cursor)

        self.world.resources.writer.store_many = count
        self.live.work()
        # Of both chunks.
        self.assertEqual([1, 1, 4, 4, 4, 4], sorted(sizes))
        self.assertEqual([live_case.DONE] * 9, self.lasts(names))

    def test_a_failed_transaction_is_that_of_its_scopes(self):
        self.add("a", "b", "c", "d")
        self.patch(locks.Locks, "most_at_once", 2)
        store = self.world.resources.writer.store_many
        calls = []

        def fail_first(chunk, cursor):
            calls.append(set(chunk))
            if len(calls) == 1:
                raise ZeroDivisionError
            return store(chunk, cursor)

        self.world.resources.writer.store_many = fail_first
        self.live.work()
        # The scopes of the first one were then rated alone.
        self.assertEqual([live_case.DONE] * 4, self.lasts("abcd"))
        self.assertEqual(12, len(self.world.points()))

    def test_a_stop_keeps_the_stored_chunk(self):
        self.add("a", "b", "c", "d")
        store = self.world.resources.writer.store_many

        def store_and_stop(chunk, cursor):
            self.world.stop.set()
            return store(chunk, cursor)

        self.world.resources.writer.store_many = store_and_stop
        self.assertRaises(failures.Interrupted, self.live.work)
        [last] = set(self.lasts("abcd"))
        self.assertIn(last, ("2026-11-02T05:00", live_case.DONE))
        hours = {hour for hour, *_ in self.world.points()}
        self.assertEqual(f"{last[8:10]}T{last[11:13]}", max(hours))
        self.assertEqual(4 * len(hours), len(self.world.points()))
        self.world.stop.clear()
        self.world.resources.writer.store_many = store
        self.live.work()
        self.assertEqual([live_case.DONE] * 4, self.lasts("abcd"))
        self.assertEqual(12, len(self.world.points()))

    def test_scopes_of_another_workers_shards_are_left_to_it(self):
        self.add("a", "b", "c")
        other = self.world.make_resources("other").shards
        claimed = other.claim([other.number_of(each) for each in "bc"], 64)
        self.live.work()
        self.assertEqual(
            [live_case.DONE, "2026-11-02T04:00", "2026-11-02T04:00"],
            self.lasts(),
        )
        self.assertIn("rated=1 failed=0", self.logged(logging.INFO)[-1])
        # It has died: its leases expire.
        lines = len(self.logged(logging.INFO))
        self.world.clock.advance(10)
        self.live.work_pending()
        self.assertEqual(lines, len(self.logged(logging.INFO)))
        self.world.clock.advance(60)
        self.live.work_pending()
        self.assertEqual([live_case.DONE] * 3, self.lasts())
        self.assertEqual(2, len(set(claimed)))

    def test_new_scopes_of_a_dead_worker_wait_only_for_its_leases(self):
        self.world.fetcher.scopes = ["a", "b"]
        other = self.world.make_resources("other").shards
        other.claim([other.number_of(each) for each in "ab"], 64)
        self.live.work()
        self.world.clock.advance(70)
        self.live.work_pending()
        self.assertEqual([live_case.DONE] * 2, self.lasts("ab"))

    def test_shards_are_free_after_the_work(self):
        self.add("a", "b", "c")
        self.live.work()
        other = self.world.make_resources("other").shards
        self.assertEqual(64, len(other.claim(range(64), 64)))


class TestSizes(base.TestCase):
    def cut(self, sizes, count):
        return len(sizes.cut(dict.fromkeys(range(count)))[0])

    def test_the_first_cohort_is_small(self):
        sizes = cohort_sizes.Sizes(20_000)
        self.assertEqual(cohort_sizes.FIRST, self.cut(sizes, 10_000))
        self.assertEqual(3, self.cut(sizes, 3))

    def test_it_grows_to_the_number_of_points(self):
        sizes = cohort_sizes.Sizes(20_000)
        sizes.learn(250, 250, 2500)
        self.assertEqual(2000, self.cut(sizes, 10_000))
        sizes.learn(2000, 2000, 200_000)
        self.assertEqual(200, self.cut(sizes, 10_000))

    def test_points_of_several_periods_are_those_of_one(self):
        sizes = cohort_sizes.Sizes(20_000)
        sizes.learn(250, 250 * 24, 250 * 24 * 100)
        self.assertEqual(200, self.cut(sizes, 10_000))

    def test_claims_of_long_tasks_grow(self):
        """Ten tasks of 24 periods are followed by more, not by fewer."""
        sizes = cohort_sizes.Sizes(20_000)
        periods = sizes.size // 24 * 24
        for _ in range(3):
            sizes.learn(periods // 24, periods, 10 * periods)
            self.assertGreaterEqual(sizes.size, periods)
            periods = sizes.size // 24 * 24
        self.assertEqual(2000, sizes.size)

    def test_scopes_without_points_grow_step_by_step(self):
        sizes = cohort_sizes.Sizes(20_000)
        sizes.learn(250, 250, 0)
        self.assertEqual(2000, self.cut(sizes, 10_000))

    def test_failures_limit_it_until_they_are_forgotten(self):
        sizes = cohort_sizes.Sizes(20_000)
        sizes.shrink(10)
        sizes.learn(10, 10, 10)
        self.assertEqual(10, self.cut(sizes, 10_000))
        sizes.forget_failures()
        sizes.learn(10, 10, 10)
        self.assertEqual(80, self.cut(sizes, 10_000))
