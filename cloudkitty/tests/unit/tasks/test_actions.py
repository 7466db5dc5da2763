# SPDX-License-Identifier: Apache-2.0
"""An operator pauses, resumes, retries and cancels."""

import dataclasses
import itertools

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tasks import actions
from cloudkitty.tasks import errors
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import clock

WINDOW = periods.Window(
    base.utc("2026-11-01T00:00"), base.utc("2026-11-01T03:00")
)
State = states.State


class TestActions(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.clock = clock.FakeClock(base.utc("2026-11-02T00:00"))
        self.claims = new_claims.make(
            self.database,
            self.clock,
            "processor",
            lease_seconds=120,
        )
        scope = new_scopes.make("a")
        self.database.write(
            lambda session: scope_updates.create(session, scope, WINDOW.end)
        )

    def add(self):
        """Insert a task and return its id."""
        new = new_tasks.make("a", WINDOW.begin, 3)
        self.database.write(
            lambda session: new_tasks.insert(session, [new], self.clock.now())
        )
        with self.database.reader() as session:
            return task_queries.find(session)[0].id

    def task(self, task_id):
        with self.database.reader() as session:
            return task_queries.get(session, task_id)

    def change(self, task_id, target):
        return actions.change_state(
            self.database, self.clock, 3600, task_id, target
        )

    def advance(self, task):
        self.database.write(
            lambda session: self.claims.advance(
                session, task, current_at=WINDOW.begin, periods_done=1
            )
        )

    def add_in(self, state):
        """Insert a task and bring it into ``state``; return its id."""
        task_id = self.add()
        match state:
            case State.PAUSED | State.CANCELLED:
                self.change(task_id, state)
            case State.RUNNING:
                self.claims.claim_next()
            case State.SUCCEEDED:
                self.claims.release_succeeded(self.claims.claim_next())
            case State.FAILED:
                self.claims.release_failed(
                    self.claims.claim_next(), "down", moved=False
                )
            case State.AWAITING_APPROVAL:
                with self.database.writer() as session:
                    session.execute(
                        sa.update(task_models.Reprocess)
                        .where(task_models.Reprocess.id == task_id)
                        .values(state=state.value)
                    )
        self.assertEqual(state, self.task(task_id).state)
        return task_id

    def test_every_way_there_is_and_every_one_there_is_not(self):
        allowed = {
            (source, target)
            for target, sources in states.ACTIONS.items()
            for source in sources
        }
        for source, target in itertools.product(State, states.ACTIONS):
            with self.subTest(source=source, target=target):
                task_id = self.add_in(source)
                if (source, target) in allowed or source == target:
                    changed = self.change(task_id, target)
                    self.assertEqual(target, changed.state)
                    self.assertEqual(changed, self.task(task_id))
                else:
                    before = self.task(task_id)
                    self.assertRaises(
                        errors.IllegalTransition, self.change, task_id, target
                    )
                    self.assertEqual(before, self.task(task_id))
            # Remaining tasks must not affect the next one.
            with self.database.writer() as session:
                session.execute(task_models.Reprocess.__table__.delete())

    def test_a_processor_at_work_writes_nothing_any_more(self):
        for target in (State.PAUSED, State.CANCELLED):
            task_id = self.add()
            task = self.claims.claim_next()
            self.advance(task)
            changed = self.change(task_id, target)
            for write in (
                lambda task=task: self.advance(task),
                lambda task=task: self.claims.renew(task),
                lambda task=task: self.claims.release_succeeded(task),
                lambda task=task: self.claims.release(task),
            ):
                self.assertRaises(task_errors.LostClaim, write)
            self.assertEqual(changed, self.task(task_id))
            self.assertEqual(
                (1, WINDOW.begin), (changed.periods_done, changed.current_at)
            )
            self.assertIsNone(self.claims.claim_next())

    def test_a_resumed_task_goes_on_where_it_stood(self):
        task_id = self.add()
        self.advance(self.claims.claim_next())
        self.change(task_id, State.PAUSED)
        self.change(task_id, State.SCHEDULED)
        task = self.claims.claim_next()
        self.assertEqual(
            (task_id, 1, WINDOW.begin),
            (task.id, task.periods_done, task.current_at),
        )
        # The table shows upstream the same.
        with self.database.reader() as session:
            row = session.get(task_models.Reprocess, task_id)
            self.assertEqual(WINDOW.begin, row.current_reprocess_time)

    def test_a_failed_task_is_retried_with_all_attempts(self):
        task_id = self.add_in(State.FAILED)
        task = self.change(task_id, State.SCHEDULED)
        self.assertEqual(
            (0, None, "down"),
            (task.attempts, task.finished_at, task.last_error),
        )
        self.assertEqual(task_id, self.claims.claim_next().id)

    def test_a_window_that_was_given_away_is_not_retried(self):
        task_id = self.add_in(State.FAILED)
        other = self.add()
        error = self.assertRaises(
            errors.OverlapsActiveTask, self.change, task_id, State.SCHEDULED
        )
        self.assertIn("a (", str(error))
        self.assertEqual("failed", self.task(task_id).state)
        self.change(other, State.CANCELLED)
        self.change(task_id, State.SCHEDULED)

    def reset(self, to):
        def work(session):
            state = scope_queries.get(session, new_scopes.make("a"))
            scope_updates.rewind(session, state.id, to, 3600)

        self.database.write(work)

    def test_a_task_of_a_scope_that_was_reset_is_not_retried(self):
        task_id = self.add_in(State.FAILED)
        self.reset(WINDOW.begin)
        error = self.assertRaises(
            errors.NoLongerRated, self.change, task_id, State.SCHEDULED
        )
        self.assertIn(f"a (up to {WINDOW.begin})", str(error))
        self.assertEqual("failed", self.task(task_id).state)
        # The last period of the window.
        self.reset(base.utc("2026-11-01T02:00"))
        self.change(task_id, State.SCHEDULED)

    def switch(self, active):
        self.database.write(
            lambda session: session.execute(
                sa.update(scope_models.ScopeState).values(active=active)
            )
        )

    def test_a_scope_that_is_switched_off_may_have_been_reset(self):
        task_id = self.add_in(State.FAILED)
        self.switch(active=False)
        self.reset(WINDOW.begin)
        self.assertRaises(
            errors.NoLongerRated, self.change, task_id, State.SCHEDULED
        )
        # Attempts fail until it is switched on.
        self.reset(base.utc("2026-11-01T02:00"))
        self.change(task_id, State.SCHEDULED)

    def test_an_old_row_that_is_switched_off_does_not_count(self):
        task_id = self.add_in(State.FAILED)
        self.database.write(
            lambda session: scope_updates.create(
                session,
                dataclasses.replace(new_scopes.make("a"), collector="old"),
                WINDOW.begin,
                period_seconds=3600,
            )
        )
        self.database.write(
            lambda session: session.execute(
                sa.update(scope_models.ScopeState)
                .where(scope_models.ScopeState.collector == "old")
                .values(active=False)
            )
        )
        self.change(task_id, State.SCHEDULED)

    def test_a_change_that_comes_too_late_is_told(self):
        task_id = self.add()
        read = self.task(task_id)
        self.claims.claim_next()
        changed = self.database.write(
            lambda session: task_queries.transition(
                session, read, "cancelled", self.clock.now()
            )
        )
        self.assertFalse(changed)
        self.assertEqual("running", self.task(task_id).state)

    def test_an_unknown_task(self):
        self.assertRaises(errors.NoSuchTask, self.change, 999, State.CANCELLED)
