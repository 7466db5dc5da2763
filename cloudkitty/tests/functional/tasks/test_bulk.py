# SPDX-License-Identifier: Apache-2.0
"""Changes of all tasks that match a filter."""

import datetime
import threading

import sqlalchemy as sa

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tasks import bulk
from cloudkitty.tasks import errors
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests import statements
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.fakes import notifications

NOW = base.utc("2026-11-24T12:00")
START = base.utc("2026-11-01T00:00")
HOUR = datetime.timedelta(hours=1)
State = states.State
_ROW = task_models.Reprocess


@databases.on_each()
class Bulk:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = fake_clock.FakeClock(NOW)
        self.told = notifications.FakeNotifications()
        self.claims = new_claims.make(self.database, self.clock)
        with self.database.writer() as session:
            for name in "abcd":
                scope_updates.create(session, new_scopes.make(name), NOW)

    def insert(self, batch, *scope_ids, start=START, length=10, **fields):
        fields.setdefault("period_seconds", 3600)
        new = [
            new_tasks.make(name, start, length, batch_id=batch, **fields)
            for name in scope_ids
        ]
        self.database.write(
            lambda session: new_tasks.insert(session, new, NOW)
        )

    def change(self, target, *, by=None, why=None, **filters):
        return bulk.change_states(
            self.database,
            self.clock,
            3600,
            bulk.Change(filters=filters, target=target, by=by, why=why),
            notifications=self.told,
        )

    def tasks(self, **filters):
        with self.database.reader() as session:
            return task_queries.find(session, ascending=True, **filters)

    def states(self):
        return [task.state for task in self.tasks()]

    def write(self, *conditions, **values):
        with self.database.writer() as session:
            session.execute(
                sa.update(_ROW).where(*conditions).values(**values)
            )

    def fail_all(self):
        while (task := self.claims.claim_next()) is not None:
            self.claims.release_failed(task, "down", moved=False)

    def test_numbers(self):
        self.insert("one", "a", "b", "c")
        self.insert("two", "a", "d", mode="preview")
        self.write(_ROW.identifier == "c", state="failed")
        outcome = self.change(State.PAUSED, batch_ids=["one"])
        self.assertEqual((3, 2), (outcome.matched, outcome.changed))
        self.assertEqual(
            ["paused", "paused", "failed", "scheduled", "scheduled"],
            self.states(),
        )
        outcome = self.change(State.CANCELLED, states=["paused", "failed"])
        self.assertEqual((3, 2), (outcome.matched, outcome.changed))
        outcome = self.change(State.PAUSED, scope_ids=["a"], reason="test")
        self.assertEqual((2, 1), (outcome.matched, outcome.changed))
        self.assertEqual(
            ["cancelled", "cancelled", "failed", "paused", "scheduled"],
            self.states(),
        )

    def test_nothing_matches(self):
        self.insert("one", "a")
        for filters in (
            {"batch_ids": ["ONE"]},
            {"reason": "Test"},
            {"scope_ids": ["\U0001f40d"]},
            {"states": ["running"]},
        ):
            self.assertEqual(
                bulk.Outcome(matched=0, changed=0),
                self.change(State.CANCELLED, **filters),
            )
        self.assertEqual(["scheduled"], self.states())

    def test_dry_run(self):
        self.insert("one", "a", "b", "c")
        self.write(_ROW.identifier == "c", state="failed")
        before = self.tasks()
        for target, counts in (
            (State.PAUSED, (3, 2)),
            (State.SCHEDULED, (3, 1)),
        ):
            change = bulk.Change(filters={"batch_ids": ["one"]}, target=target)
            outcome = bulk.count(self.database, change)
            self.assertEqual(counts, (outcome.matched, outcome.changed))
        self.assertEqual(before, self.tasks())
        outcome = self.change(State.PAUSED, batch_ids=["one"])
        self.assertEqual(2, outcome.changed)

    def test_events_and_notifications(self):
        self.insert("one", "a", "b")
        self.claims.claim_next()
        self.change(State.CANCELLED, batch_ids=["one"], by="ann", why="stop")
        events = []
        with self.database.reader() as session:
            for task in self.tasks():
                event = task_events.find(session, task.id)[-1]
                events.append((event.from_state, event.to_state))
                self.assertEqual(("ann", "stop"), (event.by, event.why))
        self.assertEqual(
            [("running", "cancelled"), ("scheduled", "cancelled")], events
        )
        self.assertEqual(
            [("rating.task.cancelled", "cancelled")] * 2,
            [(event, told["state"]) for event, told in self.told.sent],
        )

    def test_processor_of_a_changed_task_writes_nothing_more(self):
        self.insert("one", "a")
        task = self.claims.claim_next()
        self.change(State.PAUSED, scope_ids=["a"])
        self.assertRaises(
            errors.LostClaim, self.claims.release_succeeded, task
        )
        self.assertEqual(["paused"], self.states())

    def test_task_that_leaves_the_states_is_not_changed(self):
        self.insert("one", "a", "b")
        outcome = bulk.change_states(
            Interleaved(self.database, self.claims.claim_next),
            self.clock,
            3600,
            bulk.Change(
                filters={"states": ["scheduled"]}, target=State.CANCELLED
            ),
        )
        self.assertEqual((2, 1), (outcome.matched, outcome.changed))
        self.assertEqual(["running", "cancelled"], self.states())
        # Without the filter, what runs is cancelled too.
        self.change(State.CANCELLED, batch_ids=["one"])
        self.assertEqual(["cancelled"] * 2, self.states())

    def test_task_that_has_ended_meanwhile_is_not_changed(self):
        self.insert("one", "a")
        task = self.claims.claim_next()
        outcome = bulk.change_states(
            Interleaved(
                self.database, lambda: self.claims.release_succeeded(task)
            ),
            self.clock,
            3600,
            bulk.Change(filters={"batch_ids": ["one"]}, target=State.PAUSED),
        )
        self.assertEqual((1, 0), (outcome.matched, outcome.changed))
        self.assertEqual(["succeeded"], self.states())

    def test_claims_at_the_same_time(self):
        count = 3 * bulk.PIECE // 2
        self.insert("one", *(f"scope-{n}" for n in range(count)), length=1)
        stop = threading.Event()
        claimed = []

        def claim():
            while not stop.is_set():
                found = self.claims.look(7).tasks
                claimed.extend(task.id for task in found)
                if not found:
                    return

        thread = threading.Thread(target=claim)
        thread.start()
        try:
            outcome = self.change(State.CANCELLED, states=["scheduled"])
        finally:
            stop.set()
            thread.join()
        tasks = self.tasks()
        cancelled = {task.id for task in tasks if task.state == "cancelled"}
        self.assertEqual(outcome.changed, len(cancelled))
        self.assertEqual(set(), cancelled & set(claimed))
        self.assertEqual({task.id for task in tasks}, cancelled | set(claimed))
        row = task_models.TaskEvent
        with self.database.reader() as session:
            events = session.scalars(
                sa.select(row.task_id).where(row.to_state == "cancelled")
            ).all()
        self.assertEqual(sorted(cancelled), sorted(events))

    def test_tasks_of_upstream(self):
        """Its progress is kept beside the cursor that upstream reads."""
        self.insert(None, "a", period_seconds=None)
        self.write(
            state=None,
            periods_total=None,
            periods_done=None,
            current_reprocess_time=START + 3 * HOUR,
        )
        outcome = self.change(State.PAUSED, scope_ids=["a"])
        self.assertEqual((1, 1), (outcome.matched, outcome.changed))
        [task] = self.tasks()
        self.assertEqual(
            ("paused", 10, 4, START + 3 * HOUR),
            (
                task.state,
                task.periods_total,
                task.periods_done,
                task.current_at,
            ),
        )
        with self.database.reader() as session:
            shown = session.scalar(sa.select(_ROW.current_reprocess_time))
        self.assertEqual(task.end_at, shown)
        self.change(State.SCHEDULED, scope_ids=["a"])
        self.assertEqual(START + 3 * HOUR, self.tasks()[0].current_at)

    def test_window_that_is_taken_is_refused(self):
        self.insert("one", "a", "b", "c")
        self.fail_all()
        self.insert("two", "b", start=START + 9 * HOUR)
        outcome = self.change(State.SCHEDULED, states=["failed"])
        self.assertEqual((3, 2), (outcome.matched, outcome.changed))
        [refused] = outcome.refused
        self.assertEqual("b", refused.scope_id)
        self.assertIn("b (", refused.why)
        self.assertEqual(
            ["scheduled", "failed", "scheduled", "scheduled"], self.states()
        )

    def test_scope_that_was_reset_is_refused(self):
        self.insert("one", "a", "b")
        self.insert("two", "b", start=START + 20 * HOUR)
        self.fail_all()

        def reset(session):
            state = scope_queries.get(session, new_scopes.make("b"))
            scope_updates.rewind(session, state.id, START + 15 * HOUR, 3600)

        self.database.write(reset)
        outcome = self.change(State.SCHEDULED, states=["failed"])
        self.assertEqual((3, 2), (outcome.matched, outcome.changed))
        self.assertIn("not rated any more", outcome.refused[0].why)
        self.assertEqual(["scheduled", "scheduled", "failed"], self.states())

    def test_two_failed_tasks_of_one_window(self):
        """Only the older one is retried: both would rate the same periods."""
        self.insert("one", "a")
        self.fail_all()
        self.insert("two", "a")
        self.fail_all()
        self.insert("three", "a", start=START + 5 * HOUR)
        self.fail_all()
        outcome = self.change(State.SCHEDULED, states=["failed"])
        self.assertEqual((3, 1), (outcome.matched, outcome.changed))
        self.assertEqual(["scheduled", "failed", "failed"], self.states())
        self.assertEqual(2, len(outcome.refused))

    def test_previews_of_one_window_are_all_retried(self):
        for batch in ("one", "two"):
            self.insert(batch, "a", mode="preview")
        self.fail_all()
        outcome = self.change(State.SCHEDULED, states=["failed"])
        self.assertEqual((2, ()), (outcome.changed, outcome.refused))

    def test_statements(self):
        """A few for each piece, whatever its size."""
        count = 2 * bulk.PIECE + 1
        self.insert("one", *(f"scope-{n}" for n in range(count)))
        for target in (State.PAUSED, State.SCHEDULED, State.CANCELLED):
            with statements.recorded(self.database.engine) as executed:
                outcome = self.change(target, batch_ids=["one"])
            self.assertEqual(count, outcome.changed)
            # Those of SQLite's transactions are counted too.
            self.assertLess(len(executed), 60, target)
        self.assertEqual({"cancelled"}, set(self.states()))


class Interleaved:
    """A database where something happens before each writing transaction."""

    def __init__(self, database, act):
        self._database = database
        self._act = act
        self.reader = database.reader

    def write(self, work):
        self._act()
        return self._database.write(work)
