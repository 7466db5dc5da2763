# SPDX-License-Identifier: Apache-2.0
"""Retries of scopes that failed or were busy."""

from oslo_db import exception as db_exception

from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.orchestrator import failures
from cloudkitty.orchestrator import live
from cloudkitty.rating import base as rating_base
from cloudkitty.tests import base
from cloudkitty.tests.unit.orchestrator import live_case
from cloudkitty.tests.unit.orchestrator import world


class TestRetries(live_case.Case):
    def check_retried(self, error):
        self.add("a")
        mend = self.break_chain(error)
        self.live.work()
        pauses = []
        for _ in range(3):
            pauses.append(self.pending_seconds())
            self.world.clock.advance(pauses[-1])
            self.live.work_pending()
        # The last pause lasts for two polls for resets.
        self.assertEqual([5, 10, 10], pauses)
        self.assertEqual(live_case.LAST, self.world.last("a"))
        mend()
        self.world.clock.advance(self.pending_seconds())
        self.live.work_pending()
        self.assertEqual(live_case.DONE, self.world.last("a"))
        self.assertEqual(live.RESET_POLL_SECONDS, self.pending_seconds())

    def test_rating_error(self):
        self.check_retried(rating_base.RatingError("no rules"))

    def test_database_error(self):
        self.check_retried(db_exception.DBError())

    def test_unreachable_database(self):
        self.check_retried(db_exception.DBConnectionError())

    def test_unreachable_lock_backend(self):
        self.check_retried(failures.coordination.ToozConnectionError("x"))

    def test_timeout_of_a_lock_backend(self):
        self.check_retried(failures.coordination.OperationTimedOut("x"))

    def test_bug(self):
        self.check_retried(ZeroDivisionError())

    def test_scope_is_not_tried_before_its_pause_is_over(self):
        self.add("a")
        self.break_chain(rating_base.RatingError("no rules"))
        self.live.work()
        self.world.clock.advance(4)
        self.live.work_pending()
        self.assertEqual(1, self.attempts)

    def test_unreachable_database_ends_the_cycle(self):
        self.add("a", "b", "c")
        mend = self.break_chain(db_exception.DBConnectionError())
        self.live.work()
        self.assertEqual(1, self.attempts)
        mend()
        self.world.clock.advance(5)
        self.live.work_pending()
        self.assertEqual(
            [live_case.DONE] * 3, [self.world.last(x) for x in "abc"]
        )

    def test_next_cycle_begins_anew(self):
        self.add("a")
        self.break_chain(rating_base.RatingError("no rules"))
        for _ in range(3):
            self.live.work()
        self.assertEqual(5, self.pending_seconds())

    def test_reset_scope_is_rated_before_the_next_cycle(self):
        self.add("a")
        self.live.work()
        state = self.world.state("a")
        self.world.database.write(
            lambda session: scope_updates.rewind(
                session, state.id, base.utc(live_case.LAST), world.HOUR
            )
        )
        self.world.clock.advance(self.pending_seconds())
        self.live.work_pending()
        self.assertEqual(live_case.DONE, self.world.last("a"))
