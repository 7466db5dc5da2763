# SPDX-License-Identifier: Apache-2.0
"""Claims: only who holds one may write."""

import datetime

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import notes as task_notes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tasks import claims
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import retries as task_retries
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import clock

WINDOW = periods.Window(
    base.utc("2026-11-01T00:00"), base.utc("2026-11-01T03:00")
)
LEASE = 120
RETRIES = task_retries.Retries(most=3, first_seconds=5, longest_seconds=8)


class TestClaims(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.clock = clock.FakeClock(base.utc("2026-11-02T00:00"))
        self.ours = self.make_claims("ours")
        self.theirs = self.make_claims("theirs")

    def make_claims(self, owner):
        return new_claims.make(
            self.database,
            self.clock,
            owner,
            lease_seconds=LEASE,
            retries=RETRIES,
        )

    def add_tasks(self, *scope_ids):
        new = [
            new_tasks.make(scope_id, WINDOW.begin, 3) for scope_id in scope_ids
        ]
        self.database.write(
            lambda session: new_tasks.insert(session, new, self.clock.now())
        )

    def task(self, task):
        with self.database.reader() as session:
            return task_queries.get(session, task.id)

    def advance(self, by, task):
        self.database.write(
            lambda session: by.advance(
                session, task, current_at=WINDOW.begin, periods_done=1
            )
        )

    def test_oldest_first_and_each_once(self):
        self.add_tasks("a", "b")
        claimed = [
            by.claim_next() for by in (self.ours, self.theirs, self.ours)
        ]
        self.assertEqual(
            ["a", "b", None], [task and task.scope_id for task in claimed]
        )
        self.assertEqual("theirs", claimed[1].lease_owner)

    def test_expired_claim_is_taken_over_and_the_old_one_is_worthless(self):
        self.add_tasks("a")
        old = self.ours.claim_next()
        self.assertEqual(
            self.clock.now() + datetime.timedelta(seconds=LEASE),
            self.theirs.next_due(),
        )
        self.clock.advance(LEASE + 1)
        new = self.theirs.claim_next()
        self.assertGreater(new.lease_token, old.lease_token)
        before = self.task(new)
        for write in (
            lambda: self.advance(self.ours, old),
            lambda: self.ours.renew(old),
            lambda: self.ours.release_succeeded(old),
            lambda: self.ours.release(old),
            lambda: self.ours.release_busy(old),
            lambda: self.ours.release_failed(old, "error", moved=False),
        ):
            self.assertRaises(task_errors.LostClaim, write)
            self.assertEqual(before, self.task(new))
        self.advance(self.theirs, new)
        self.assertEqual(1, self.task(new).periods_done)

    def test_every_write_renews_the_claim(self):
        self.add_tasks("a")
        task = self.ours.claim_next()
        for write in (
            lambda: self.ours.renew(task),
            lambda: self.advance(self.ours, task),
        ):
            self.clock.advance(LEASE - 1)
            write()
            self.assertEqual(
                self.clock.now() + datetime.timedelta(seconds=LEASE),
                self.task(task).lease_expires_at,
            )
            self.assertIsNone(self.theirs.claim_next())

    def test_given_back_task_is_due_at_once(self):
        self.add_tasks("a")
        self.ours.release(self.ours.claim_next())
        self.assertIsNone(self.ours.next_due())
        self.assertEqual("a", self.theirs.claim_next().scope_id)

    def test_error_is_kept_until_the_task_succeeds(self):
        self.add_tasks("a")
        task = self.ours.claim_next()
        due_at = self.ours.release_failed(task, "x" * 10000, moved=False)
        self.assertIsNone(self.theirs.claim_next())
        self.clock.advance((due_at - self.clock.now()).total_seconds())
        task = self.theirs.claim_next()
        self.assertEqual("x" * claims.MAX_ERROR, task.last_error)
        self.theirs.release(task)
        task = self.ours.claim_next()
        self.assertEqual("x" * claims.MAX_ERROR, task.last_error)
        self.ours.release_succeeded(task)
        task = self.task(task)
        self.assertEqual(("succeeded", None), (task.state, task.last_error))
        self.assertEqual(self.clock.now(), task.finished_at)

    def test_error_names_no_folder(self):
        self.add_tasks("a")
        task = self.ours.claim_next()
        self.ours.release_failed(
            task,
            "/var/lib/samples.prom: Permission denied",
            moved=False,
            at=WINDOW,
        )
        text = "samples.prom: Permission denied"
        with self.database.reader() as session:
            [note] = task_notes.find(session, task.id)
            event = task_events.find(session, task.id)[-1]
        self.assertEqual(
            [text] * 3, [self.task(task).last_error, event.why, note.detail]
        )

    def fail_once(self, moved=False):
        task = self.ours.claim_next()
        due_at = self.ours.release_failed(task, "down", moved=moved)
        if due_at is not None:
            self.clock.advance((due_at - self.clock.now()).total_seconds())
        return due_at, self.task(task)

    def test_pauses_double_up_to_the_longest(self):
        retries = task_retries.Retries(
            most=99, first_seconds=5, longest_seconds=30
        )
        self.assertEqual(
            [5, 10, 20, 30, 30],
            [retries.pause_seconds(failed) for failed in (1, 2, 3, 4, 10**9)],
        )

    def test_a_task_that_fails_again_and_again_is_given_up(self):
        self.add_tasks("a")
        for failed in (1, 2):
            _, task = self.fail_once()
            self.assertEqual(
                ("scheduled", failed), (task.state, task.attempts)
            )
        due_at, task = self.fail_once()
        self.assertIsNone(due_at)
        self.assertEqual(
            ("failed", 3, "down", self.clock.now(), None),
            (
                task.state,
                task.attempts,
                task.last_error,
                task.finished_at,
                task.lease_owner,
            ),
        )
        self.assertIsNone(self.ours.claim_next())
        with self.database.reader() as session:
            self.assertEqual([], task_queries.unfinished(session, ["a"]))

    def test_attempts_that_get_on_are_not_counted_together(self):
        self.add_tasks("a")
        for _ in range(5):
            _, task = self.fail_once(moved=True)
            self.assertEqual(("scheduled", 1), (task.state, task.attempts))

    def test_upstream_is_shown_the_end_of_what_it_must_not_run(self):
        self.add_tasks("a")
        task = self.ours.claim_next()
        self.advance(self.ours, task)
        for _ in range(3):
            self.clock.advance(LEASE * 2)
            _, task = self.fail_once()
        self.assertEqual("failed", task.state)
        self.assertEqual(
            (1, WINDOW.begin), (task.periods_done, task.current_at)
        )
        with self.database.reader() as session:
            row = session.get(task_models.Reprocess, task.id)
            self.assertEqual(
                row.end_reprocess_time, row.current_reprocess_time
            )

    def test_a_task_of_upstream_gets_its_counters(self):
        with self.database.writer() as session:
            session.execute(
                sa.insert(task_models.Reprocess.__table__).values(
                    identifier="a",
                    start_reprocess_time=WINDOW.begin,
                    end_reprocess_time=WINDOW.last_period(3600),
                    current_reprocess_time=WINDOW.begin,
                    reason="upstream's",
                )
            )
        task = self.ours.claim_next()
        self.assertEqual((3, 1), (task.periods_total, task.periods_done))
        self.assertEqual(task, self.task(task))

    def test_tasks_to_leave_alone_are_passed_over(self):
        self.add_tasks("a", "b")
        first = self.ours.claim_next()
        self.ours.release(first)
        self.assertEqual("b", self.ours.claim_next([first.id]).scope_id)
