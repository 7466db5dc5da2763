# SPDX-License-Identifier: Apache-2.0
"""Tasks that upstream's processor has moved, and tasks of two periods."""

import datetime

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db.scopes import models as scope_models
from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import overlap as task_overlap
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tasks import actions
from cloudkitty.tasks import batches
from cloudkitty.tasks import errors
from cloudkitty.tests import acceptance
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import clock as fake_clock

NOW = base.utc("2026-11-24T12:00")
START = base.utc("2026-11-01T00:00")
HOUR = datetime.timedelta(hours=1)
END = START + 9 * HOUR
State = states.State


class Case:
    """A scope that is rated up to now, and its operators."""

    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = fake_clock.FakeClock(NOW)
        self.claims = new_claims.make(
            self.database,
            self.clock,
        )
        with self.database.writer() as session:
            scope_updates.create(
                session,
                new_scopes.make("a"),
                NOW,
            )

    def accept(self, start=START, end=END, period=3600, **changes):
        return acceptance.accept(
            self.database,
            self.clock,
            ("a",),
            start,
            end,
            period_seconds=period,
            **changes,
        ).batch_id

    def tasks(self, **which):
        with self.database.reader() as session:
            found = task_queries.find(session, ascending=True, **which)
            listed = task_queries.find_listed(session, ascending=True, **which)
            self.assertEqual(len(found), task_queries.count(session, **which))
        self.assertEqual(
            [(t.id, t.state, t.current_at, t.periods_done) for t in found],
            [(t.id, t.state, t.current_at, t.periods_done) for t in listed],
        )
        return found

    def move(self, at):
        """Move every cursor as upstream does."""
        with self.database.engine.begin() as connection:
            connection.execute(
                sa.update(task_models.Reprocess.__table__).values(
                    current_reprocess_time=at
                )
            )

    def cursor(self):
        with self.database.engine.connect() as connection:
            (text,) = connection.execute(
                sa.text(
                    "SELECT current_reprocess_time "
                    "FROM storage_scope_reprocessing_schedule"
                )
            ).one()
        return str(text)[:19]


@databases.on_each(name="TestMoved")
class Moved(Case):
    """Upstream has moved the cursor of a task of ours."""

    def check_done(self):
        [task] = self.tasks()
        self.assertEqual(
            ("succeeded", END, 10),
            (task.state, task.current_at, task.periods_done),
        )
        self.assertEqual([task], self.tasks(states=["succeeded"]))
        self.assertEqual([], self.tasks(states=list(states.UNFINISHED)))
        self.assertIsNone(self.claims.claim_next())
        self.assertIsNone(self.claims.next_due())
        with self.database.reader() as session:
            window = task.window(3600)
            self.assertEqual([], task_overlap.running(session, 3600))
            self.assertEqual(
                [], task_overlap.taken(session, 3600, window, ["a"])
            )
            self.assertEqual([], task_queries.unfinished(session, ["a"]))
        self.assertRaises(errors.IllegalTransition, self.change, State.PAUSED)
        shown = batches.read(self.database, 3600, self.batch).batch
        self.assertEqual({"succeeded": 1}, dict(shown.states))
        self.assertEqual((10, 10), (shown.periods_total, shown.periods_done))
        self.assertRaises(
            errors.NoWayForAny,
            batches.change_state,
            self.database,
            self.clock,
            3600,
            self.batch,
            State.PAUSED,
        )
        # Its window is free again.
        self.accept()
        self.assertEqual(2, len(self.tasks()))

    def change(self, target):
        [task] = self.tasks()
        return actions.change_state(
            self.database, self.clock, 3600, task.id, target
        )

    def test_to_its_end(self):
        self.batch = self.accept()
        self.move(END)
        self.check_done()

    def test_to_its_end_after_its_processor_died(self):
        self.batch = self.accept()
        self.claims.claim_next()
        self.move(END)
        self.clock.advance(3600)
        self.check_done()

    def test_to_its_only_period(self):
        batch = self.accept(END, END)
        self.move(END)
        [task] = self.tasks(batch_ids=[batch])
        self.assertEqual(("succeeded", 1), (task.state, task.periods_done))

    def test_in_part(self):
        batch = self.accept()
        self.move(START + 3 * HOUR)
        [task] = self.tasks(states=["scheduled"])
        self.assertEqual(
            (START + 3 * HOUR, 4), (task.current_at, task.periods_done)
        )
        shown = batches.read(self.database, 3600, batch).batch
        self.assertEqual((10, 4), (shown.periods_total, shown.periods_done))
        claimed = self.claims.claim_next()
        self.assertEqual((4, 4), (claimed.periods_done, claimed.claimed_done))
        # Nothing hides that upstream went on, not even a pause.
        self.assertEqual(4, self.change(State.PAUSED).periods_done)
        self.assertEqual(str(END)[:19], self.cursor())
        self.assertEqual(4, self.change(State.SCHEDULED).periods_done)
        self.assertEqual(str(START + 3 * HOUR)[:19], self.cursor())

    def test_in_part_and_then_the_batch_is_paused(self):
        batch = self.accept()
        self.move(START + 3 * HOUR)
        for target in (State.PAUSED, State.SCHEDULED):
            batches.change_state(
                self.database, self.clock, 3600, batch, target
            )
            [task] = self.tasks(states=[target])
            self.assertEqual(
                (START + 3 * HOUR, 4), (task.current_at, task.periods_done)
            )

    def test_what_it_must_not_run_shows_it_the_end(self):
        for extra in ({"metrics": ("cpu",)}, {"mode": "preview"}):
            batch = self.accept(**extra)
            self.assertEqual(str(END)[:19], self.cursor())
            [task] = self.tasks(states=["scheduled"])
            self.assertEqual((None, 0), (task.current_at, task.periods_done))
            shown = batches.read(self.database, 3600, batch).batch
            self.assertEqual({"scheduled": 1}, dict(shown.states))
            self.check_work()
            self.forget()

    def check_work(self):
        """Let one period be done, and pause and resume the task."""
        claimed = self.claims.claim_next()
        self.database.write(
            lambda session: self.claims.advance(
                session, claimed, current_at=START, periods_done=1
            )
        )
        for target in (None, State.PAUSED, State.SCHEDULED):
            if target is not None:
                self.change(target)
            self.assertEqual(str(END)[:19], self.cursor())
            [task] = self.tasks(states=[target or "running"])
            self.assertEqual((START, 1), (task.current_at, task.periods_done))

    def forget(self):
        with self.database.engine.begin() as connection:
            connection.execute(
                sa.text("DELETE FROM storage_scope_reprocessing_schedule")
            )


@databases.on_each(name="TestLengths")
class Lengths(Case):
    """Tasks of one period beside requests of another."""

    def test_the_task_has_the_period_of_its_request(self):
        self.accept(period=1800)
        [task] = self.tasks()
        self.assertEqual((1800, 19), (task.period_seconds, task.periods_total))
        self.assertEqual(END + HOUR / 2, task.window(3600).end)

    def test_a_window_that_shares_time_is_refused(self):
        self.accept()
        half = HOUR / 2
        for start, end, period in (
            # The last half hour of the last hour.
            (END + half, END + half, 1800),
            (START - half, START, 1800),
            (START, START, 86400),
        ):
            self.assertRaises(
                errors.OverlapsActiveTask, self.accept, start, end, period
            )
        # They meet, and share nothing.
        self.accept(END + HOUR, END + HOUR, 1800)
        self.accept(START - half, START - half, 1800)
        self.accept(START - 24 * HOUR, START - 24 * HOUR, 43200)

    def test_a_longer_period_takes_all_of_it(self):
        self.accept(START, START, 86400)
        last = START + 23 * HOUR
        for period in (3600, 1800):
            self.assertRaises(
                errors.OverlapsActiveTask, self.accept, last, last, period
            )
        with self.database.reader() as session:
            window = periods.Window(last, last + HOUR)
            self.assertEqual(
                1, len(task_overlap.taken(session, 3600, window, ["a"]))
            )
        self.accept(START + 24 * HOUR, START + 24 * HOUR, 3600)

    def test_what_is_rated_ends_with_its_own_period(self):
        self.rate(NOW, 3600)
        half = HOUR / 2
        self.accept(NOW + half, NOW + half, 1800)
        error = self.assertRaises(
            errors.NotYetRated, self.accept, NOW + HOUR, NOW + HOUR, 1800
        )
        self.assertIn("send 2026-11-24 12:30:00", str(error))
        day = NOW - 12 * HOUR
        error = self.assertRaises(
            errors.NotYetRated, self.accept, day, day, 86400
        )
        self.assertIn("send 2026-11-23 00:00:00", str(error))

    def rate(self, to, seconds):
        def work(session):
            [state] = scope_queries.find(session)
            return scope_updates.advance(session, state, to, seconds)

        return self.database.write(work)

    def state(self):
        with self.database.reader() as session:
            return scope_queries.find(session)[0]

    def test_a_scope_keeps_the_length_until_upstream_moves_it(self):
        self.assertIsNone(self.state().period_seconds)
        self.assertTrue(self.rate(NOW + HOUR, 3600))
        self.assertEqual(3600, self.state().period_seconds)
        self.move_scope(NOW + 5 * HOUR)
        self.assertIsNone(self.state().period_seconds)
        self.assertTrue(self.rate(NOW + 6 * HOUR, 1800))
        self.assertEqual(1800, self.state().period_seconds)

    def test_it_moves_only_from_the_length_it_had(self):
        unknown = self.state()
        self.rate(NOW, 3600)
        known = self.state()
        for wrong in (unknown, self.longer(known)):
            self.assertFalse(
                self.database.write(
                    lambda session, wrong=wrong: scope_updates.advance(
                        session, wrong, NOW + HOUR, 3600
                    )
                )
            )
        self.assertEqual(NOW, self.state().last_processed_at)

    def longer(self, state):
        return type(state)(
            **{
                name: getattr(state, name)
                for name in state.__slots__
                if name != "period_seconds"
            },
            period_seconds=86400,
        )

    def move_scope(self, at):
        with self.database.engine.begin() as connection:
            connection.execute(
                sa.update(scope_models.ScopeState.__table__).values(
                    last_processed_timestamp=at
                )
            )
