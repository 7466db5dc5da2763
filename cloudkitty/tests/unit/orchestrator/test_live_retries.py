# SPDX-License-Identifier: Apache-2.0
"""Failed scopes are tried again, and each cycle is logged."""

import logging

from oslo_db import exception as db_exception

from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import live
from cloudkitty.rating import base as rating_base
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import world

LAST = "2026-11-02T04:00"
DUE = world.hours("2026-11-02T05:00", 3)
DONE = "2026-11-02T07:00"


class TestLiveRetries(base.TestCase):
    def setUp(self):
        super().setUp()
        self.world = world.World(self)
        self.live = live.LiveRating(self.world.resources, self.world.stop)
        self.records = []
        handler = logging.Handler()
        handler.emit = self.records.append
        for module in ("live", "cycle", "failures"):
            logger = logging.getLogger(f"cloudkitty.orchestrator.{module}")
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.INFO)
            logger.addHandler(handler)
            self.addCleanup(logger.removeHandler, handler)

    def add(self, *scope_ids):
        for scope_id in scope_ids:
            self.world.add_scope(scope_id, LAST)
            self.world.put("cpu", scope_id, DUE)
        self.world.fetcher.scopes = list(scope_ids)

    def break_chain(self, error):
        """Let every attempt fail with ``error``; return what mends it."""
        resources = self.world.resources
        load_chain = resources.load_chain
        self.attempts = 0

        def broken(scope_id):
            self.attempts += 1
            raise error

        object.__setattr__(resources, "load_chain", broken)
        return lambda: object.__setattr__(resources, "load_chain", load_chain)

    def pending_seconds(self):
        at = self.live.pending_at()
        return at and (at - self.world.clock.now()).total_seconds()

    def logged(self, level):
        return [
            record.getMessage()
            for record in self.records
            if record.levelno == level
        ]

    def check_retried(self, error):
        self.add("a")
        mend = self.break_chain(error)
        self.live.work()
        pauses = []
        for _ in range(3):
            pauses.append(self.pending_seconds())
            self.world.clock.advance(pauses[-1])
            self.live.work_pending()
        # The last pause lasts for two looks for resets.
        self.assertEqual([5, 10, 10], pauses)
        self.assertEqual(LAST, self.world.last("a"))
        mend()
        self.world.clock.advance(self.pending_seconds())
        self.live.work_pending()
        self.assertEqual(DONE, self.world.last("a"))
        self.assertEqual(live.RESET_POLL_SECONDS, self.pending_seconds())

    def test_rating_error(self):
        self.check_retried(rating_base.RatingError("no rules"))

    def test_database_error(self):
        self.check_retried(db_exception.DBError())

    def test_unreachable_database(self):
        self.check_retried(db_exception.DBConnectionError())

    def test_unreachable_lock_backend(self):
        self.check_retried(failures.coordination.ToozConnectionError("x"))

    def test_bug(self):
        self.check_retried(ZeroDivisionError())

    def test_scope_is_not_tried_before_its_pause_is_over(self):
        self.add("a")
        self.break_chain(rating_base.RatingError("no rules"))
        self.live.work()
        self.world.clock.advance(4)
        self.live.work_pending()
        self.assertEqual(1, self.attempts)

    def test_unreachable_database_ends_the_sweep(self):
        self.add("a", "b", "c")
        mend = self.break_chain(db_exception.DBConnectionError())
        self.live.work()
        self.assertEqual(1, self.attempts)
        mend()
        self.world.clock.advance(5)
        self.live.work_pending()
        self.assertEqual([DONE] * 3, [self.world.last(x) for x in "abc"])

    def test_next_cycle_begins_anew(self):
        self.add("a")
        self.break_chain(rating_base.RatingError("no rules"))
        for _ in range(3):
            self.live.work()
        self.assertEqual(5, self.pending_seconds())

    def test_cycle_is_one_line(self):
        self.add("a", "b")
        self.live.work()
        lines = [x for x in self.logged(logging.INFO) if "cycle" in x]
        self.assertEqual(1, len(lines))
        self.assertIn(
            "scopes=2 rated=2 failed=0 busy=0 lost=0 deferred=0 periods=6 "
            "points=6",
            lines[0],
        )

    def test_no_scopes_is_a_warning_with_the_source(self):
        self.live.work()
        self.assertEqual(
            ["no scopes found fetcher=source"], self.logged(logging.WARNING)
        )

    def test_metric_that_no_scope_had_is_named_once(self):
        self.add("a", "b")
        self.live.work()
        self.assertEqual(
            ["no rated scope had samples of these metrics: disk"],
            self.logged(logging.WARNING),
        )

    def test_lost_claim_is_no_error(self):
        self.add("a")
        self.break_chain(task_errors.LostClaim("gone"))
        self.live.work()
        self.assertEqual([], self.logged(logging.ERROR))
        self.assertIn(
            "scope was moved by another processor scope_id=a",
            self.logged(logging.INFO),
        )
        (cycle,) = [x for x in self.logged(logging.INFO) if "cycle" in x]
        self.assertIn("failed=0 busy=0 lost=1", cycle)
        self.assertEqual(1, self.pending_seconds())

    def test_reset_scope_is_rated_before_the_next_cycle(self):
        self.add("a")
        self.live.work()
        state = self.world.state("a")
        self.world.database.write(
            lambda session: scope_updates.rewind(
                session, state.id, base.utc(LAST), world.HOUR
            )
        )
        self.world.clock.advance(self.pending_seconds())
        self.live.work_pending()
        self.assertEqual(DONE, self.world.last("a"))
