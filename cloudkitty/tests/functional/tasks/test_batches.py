# SPDX-License-Identifier: Apache-2.0
"""All tasks of one request, changed at once."""

import datetime

import sqlalchemy as sa

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tasks import actions
from cloudkitty.tasks import batches
from cloudkitty.tasks import errors
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tests import acceptance
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.fakes import notifications

NOW = base.utc("2026-11-24T12:00")
START = base.utc("2026-11-01T00:00")
HOUR = datetime.timedelta(hours=1)
State = states.State


@databases.on_each()
class Batches:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = fake_clock.FakeClock(NOW)
        self.told = notifications.FakeNotifications()
        with self.database.writer() as session:
            for name in "abcd":
                scope_updates.create(
                    session,
                    new_scopes.make(name),
                    NOW,
                )
        self.batch = self.accept("ALL")
        self.claims = new_claims.make(
            self.database,
            self.clock,
        )

    def accept(self, *scope_ids, **changes):
        return acceptance.accept(
            self.database,
            self.clock,
            scope_ids,
            START,
            START + 9 * HOUR,
            **changes,
        ).batch_id

    def change(self, target, **said):
        return batches.change_state(
            self.database,
            self.clock,
            3600,
            self.batch,
            target,
            notifications=self.told,
            **said,
        )

    def tasks(self, batch=None):
        with self.database.reader() as session:
            return task_queries.find(
                session, batch_ids=[batch or self.batch], ascending=True
            )

    def states(self):
        return [task.state for task in self.tasks()]

    def advance(self, task, done):
        def work(session):
            self.claims.advance(
                session,
                task,
                current_at=START + (done - 1) * HOUR,
                periods_done=done,
            )

        self.database.write(work)

    def test_it_is_shown(self):
        task = self.claims.claim_next()
        self.advance(task, 5)
        shown = batches.read(self.database, 3600, self.batch).batch
        self.assertEqual({"running": 1, "scheduled": 3}, dict(shown.states))
        self.assertEqual((40, 5), (shown.periods_total, shown.periods_done))
        self.assertEqual(("test", "reprocess"), (shown.reason, shown.mode))

    def test_one_nobody_has(self):
        self.batch = "no such batch"
        self.refuse_batch()

    def refuse_batch(self):
        for call in (
            lambda: batches.read(self.database, 3600, self.batch),
            lambda: self.change(State.PAUSED),
        ):
            self.assertRaises(errors.NoSuchBatch, call)

    def test_one_whose_id_only_resembles(self):
        # Some collations fold case and pad with blanks.
        for resembling in (self.batch.upper(), f"{self.batch} ", "\U0001f40d"):
            self.batch = resembling
            self.refuse_batch()

    def test_what_has_ended_is_left_alone(self):
        self.claims.release_succeeded(self.claims.claim_next())
        self.claims.release_failed(
            self.claims.claim_next(), "down", moved=False
        )
        self.claims.claim_next()
        self.assertEqual(2, self.change(State.CANCELLED))
        self.assertEqual(
            ["succeeded", "failed", "cancelled", "cancelled"], self.states()
        )
        self.assertEqual(0, self.change(State.CANCELLED))
        self.assertRaises(errors.NoWayForAny, self.change, State.PAUSED)

    def test_other_batches_are_left_alone(self):
        other = self.accept("a", mode="preview")
        self.change(State.CANCELLED)
        self.assertEqual(["scheduled"], [t.state for t in self.tasks(other)])

    def test_who_works_on_one_writes_nothing_more(self):
        task = self.claims.claim_next()
        self.advance(task, 5)
        self.change(State.PAUSED)
        self.assertRaises(task_errors.LostClaim, self.advance, task, 6)
        self.assertRaises(
            task_errors.LostClaim, self.claims.release_succeeded, task
        )
        paused = self.tasks()[0]
        self.assertEqual(
            ("paused", 5, START + 4 * HOUR),
            (paused.state, paused.periods_done, paused.current_at),
        )

    def test_it_goes_on_from_each_ones_cursor(self):
        for done in (5, 2):
            self.advance(self.claims.claim_next(), done)
        self.change(State.PAUSED)
        self.assertIsNone(self.claims.claim_next())
        self.assertEqual(4, self.change(State.SCHEDULED))
        self.assertEqual(
            [START + 4 * HOUR, START + HOUR, None, None],
            [task.current_at for task in self.tasks()],
        )
        self.assertEqual(self.tasks()[0].id, self.claims.claim_next().id)

    def test_it_writes_what_a_change_of_one_task_writes(self):
        for target in (State.PAUSED, State.SCHEDULED, State.CANCELLED):
            self.change(target)
            first = self.tasks()[0]
            other = self.accept("b", mode="preview")
            [single] = self.tasks(other)
            for each in (State.PAUSED, State.SCHEDULED, State.CANCELLED):
                actions.change_state(
                    self.database, self.clock, 3600, single.id, each
                )
                if each is target:
                    break
            [single] = self.tasks(other)
            for field in (
                "state",
                "attempts",
                "finished_at",
                "lease_owner",
                "lease_token",
                "next_attempt_at",
                "periods_done",
                "updated_at",
            ):
                self.assertEqual(
                    getattr(single, field), getattr(first, field), field
                )

    def test_upstream_sees_what_it_must_not_run_as_done(self):
        self.change(State.PAUSED)
        row = task_models.Reprocess
        with self.database.reader() as session:
            shown = session.scalars(sa.select(row.current_reprocess_time))
            self.assertEqual({START + 9 * HOUR}, set(shown))

    def test_each_has_its_event(self):
        self.claims.claim_next()
        self.change(State.CANCELLED, by="ann", why="enough")
        events = []
        with self.database.reader() as session:
            for task in self.tasks():
                event = task_events.find(session, task.id)[-1]
                events.append((event.from_state, event.to_state))
                self.assertEqual(("ann", "enough"), (event.by, event.why))
        self.assertEqual(
            [("running", "cancelled")] + [("scheduled", "cancelled")] * 3,
            events,
        )

    def test_the_cancelled_ones_are_told(self):
        self.claims.release_succeeded(self.claims.claim_next())
        self.change(State.PAUSED)
        self.change(State.CANCELLED)
        self.assertEqual(
            [("rating.task.cancelled", "cancelled")] * 3,
            [(event, told["state"]) for event, told in self.told.sent],
        )

    def fail_all(self):
        while (task := self.claims.claim_next()) is not None:
            self.claims.release_failed(task, "down", moved=False)

    def test_failed_ones_are_tried_again(self):
        self.fail_all()
        self.assertEqual(4, self.change(State.SCHEDULED))
        self.assertEqual(
            [("scheduled", 0)] * 4,
            [(task.state, task.attempts) for task in self.tasks()],
        )

    def test_a_window_that_somebody_has_now_is_not_taken(self):
        self.fail_all()
        self.accept("c")
        error = self.assertRaises(
            errors.OverlapsActiveTask, self.change, State.SCHEDULED
        )
        self.assertIn("c", str(error))
        self.assertEqual(["failed"] * 4, self.states())

    def reset(self, name, to):
        def work(session):
            state = scope_queries.get(session, new_scopes.make(name))
            scope_updates.rewind(session, state.id, to, 3600)

        self.database.write(work)

    def test_scopes_that_were_reset_are_not_retried(self):
        self.fail_all()
        self.reset("c", START + 8 * HOUR)
        error = self.assertRaises(
            errors.NoLongerRated, self.change, State.SCHEDULED
        )
        self.assertIn(f"c (up to {START + 8 * HOUR})", str(error))
        self.assertEqual(["failed"] * 4, self.states())
        self.reset("c", START + 9 * HOUR)
        self.assertEqual(4, self.change(State.SCHEDULED))

    def add(self, count, length=1):
        """Add a large batch, of windows of ``length`` periods."""
        new = [
            new_tasks.make(f"scope-{number}", START, length, batch_id="large")
            for number in range(count)
        ]
        self.database.write(lambda s: new_tasks.insert(s, new, NOW))
        self.batch = "large"

    def statements(self):
        """Return a list that all statements from now on come into."""
        statements = []
        sa.event.listen(
            self.database.engine,
            "before_cursor_execute",
            lambda conn, cursor, statement, *_: statements.append(statement),
        )
        return statements

    def test_ten_thousand_take_few_statements(self):
        count = 10_000
        self.add(count)
        statements = self.statements()
        for target in (State.PAUSED, State.SCHEDULED, State.CANCELLED):
            statements.clear()
            self.told.sent.clear()
            self.assertEqual(count, self.change(target))
            # A few for each thousand; a statement a task would be seconds.
            self.assertLess(len(statements), 100)

    def test_so_do_those_that_failed_at_different_periods(self):
        count = 1500
        self.add(count, length=count)
        row = task_models.Reprocess
        with self.database.writer() as session:
            session.execute(
                sa.update(row)
                .where(row.batch_id == "large")
                .values(
                    state="failed",
                    periods_done=row.id % count,
                    current_reprocess_time=row.end_reprocess_time,
                )
            )
        statements = self.statements()
        self.assertEqual(count, self.change(State.SCHEDULED))
        self.assertLess(len(statements), 100)
        shown = {task.id: task.current_at for task in self.tasks()}
        for task_id, current_at in shown.items():
            done = task_id % count
            self.assertEqual(
                START + (done - 1) * HOUR if done else None, current_at
            )
