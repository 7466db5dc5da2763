# SPDX-License-Identifier: Apache-2.0
"""Closed periods are rated again only if it is forced."""

import sqlalchemy as sa

from cloudkitty.db.scopes import queries as scope_queries
from cloudkitty.db.scopes import records as scope_records
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import states
from cloudkitty.scopes import changes as scope_changes
from cloudkitty.scopes import reset as scope_reset
from cloudkitty.tasks import actions
from cloudkitty.tasks import batches
from cloudkitty.tasks import bulk
from cloudkitty.tasks import errors
from cloudkitty.tasks import governance
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.unit.tasks import accept_case

RULES = governance.Rules(closed_before=base.utc("2026-11-01T12:00"))


class ClosedCase(accept_case.AcceptCase):
    def setUp(self):
        super().setUp()
        self.states = [self.add_scope(name) for name in ("a", "b")]

    def close(self, state, before):
        with self.database.writer() as session:
            scope_updates.change(
                session,
                state.id,
                self.clock.now(),
                closing=scope_records.Closing(base.utc(before)),
            )

    def whys(self, task_id):
        with self.database.reader() as session:
            return [event.why for event in task_events.find(session, task_id)]


class TestRequests(ClosedCase):
    def refused(self, start, rules=governance.OFF, scope_ids=("a", "b")):
        """Return the scopes of the refusal; nothing is stored."""
        error = self.assertRaises(
            errors.WindowClosed,
            self.accept,
            scope_ids,
            start,
            "2026-11-01T23:00",
            rules=rules,
        )
        self.assertEqual([], self.tasks())
        return error.scope_ids

    def test_option_closes_all_scopes(self):
        self.assertEqual(("a", "b"), self.refused("2026-11-01T11:00", RULES))

    def test_period_that_begins_at_the_end_is_open(self):
        self.accept(["a"], "2026-11-01T12:00", "2026-11-01T12:00", rules=RULES)
        self.assertEqual([None], self.whys(1))

    def test_scope_has_its_own(self):
        self.close(self.states[1], "2026-11-01T12:30")
        self.assertEqual(("b",), self.refused("2026-11-01T12:00"))
        self.accept(["a"], "2026-11-01T12:00", "2026-11-01T12:00")

    def test_the_later_one_counts(self):
        self.close(self.states[0], "2026-11-01T06:00")
        self.close(self.states[1], "2026-11-01T18:00")
        self.assertEqual(("a", "b"), self.refused("2026-11-01T08:00", RULES))
        self.assertEqual(("b",), self.refused("2026-11-01T17:00", RULES))

    def test_an_inactive_scope_with_the_id_counts(self):
        other = self.add_scope("a", active=False, fetcher="other")
        self.close(other, "2026-11-01T18:00")
        self.assertEqual(("a",), self.refused("2026-11-01T17:00"))

    def test_all_scopes(self):
        self.close(self.states[1], "2026-11-01T12:00")
        self.assertEqual(
            ("b",), self.refused("2026-11-01T11:00", scope_ids=("ALL",))
        )

    def test_forced(self):
        self.accept(
            ["a"],
            "2026-11-01T11:00",
            "2026-11-01T11:00",
            rules=RULES,
            force=True,
        )
        [why] = self.whys(1)
        self.assertIn("forced: periods before 2026-11-01 12:00", why)

    def test_preview(self):
        self.accept(
            ["a"],
            "2026-11-01T11:00",
            "2026-11-01T11:00",
            rules=RULES,
            mode=task_modes.PREVIEW,
        )


class TestChanges(ClosedCase):
    def setUp(self):
        super().setUp()
        self.accept(["a"], "2026-11-01T11:00", "2026-11-01T13:00")
        [self.task] = self.tasks()

    def change(self, target, change=actions.change_state, **options):
        key = self.task.id
        if change is batches.change_state:
            key = self.task.batch_id
        return change(
            self.database,
            self.clock,
            accept_case.PERIOD,
            key,
            target,
            **{"rules": RULES, **options},
        )

    def test_retry_and_resume_are_refused(self):
        for state in (states.State.FAILED, states.State.PAUSED):
            self.set_state(self.task.id, state.value)
            for change in (actions.change_state, batches.change_state):
                self.assertRaises(
                    errors.WindowClosed,
                    self.change,
                    states.State.SCHEDULED,
                    change,
                )
            self.assertEqual([state], [task.state for task in self.tasks()])

    def test_forced(self):
        for change in (actions.change_state, batches.change_state):
            self.set_state(self.task.id, "failed")
            self.change(states.State.SCHEDULED, change, force=True, why="x")
            self.assertIn("x (forced: periods", self.whys(self.task.id)[-1])

    def change_many(self, force):
        return bulk.change_states(
            self.database,
            self.clock,
            accept_case.PERIOD,
            bulk.Change(
                filters={"scope_ids": ["a", "b"]},
                target=states.State.SCHEDULED,
                why="x",
                force=force,
            ),
            rules=RULES,
        )

    def test_change_by_filter(self):
        self.accept(["b"], "2026-11-01T12:00", "2026-11-01T13:00")
        for state in ("failed", "paused"):
            for task in self.tasks():
                self.set_state(task.id, state)
            outcome = self.change_many(force=False)
            self.assertEqual((2, 1), (outcome.matched, outcome.changed))
            [refused] = outcome.refused
            self.assertEqual(
                (self.task.id, "a"), (refused.id, refused.scope_id)
            )
            self.assertIn("are closed", refused.why)
        outcome = self.change_many(force=True)
        self.assertEqual((1, ()), (outcome.changed, outcome.refused))
        self.assertIn("x (forced: periods", self.whys(self.task.id)[-1])

    def test_other_states(self):
        self.change(states.State.PAUSED)
        self.change(states.State.CANCELLED)

    def test_only_remaining_periods_count(self):
        with self.database.writer() as session:
            session.execute(
                sa.update(task_models.Reprocess).values(
                    state="failed", periods_done=1
                )
            )
        self.change(states.State.SCHEDULED)


class TestScopes(ClosedCase):
    def rewind(self, begin, rules=RULES):
        rewind = scope_reset.Rewind.of(
            self.database,
            self.states[0].scope,
            base.utc(begin),
            accept_case.PERIOD,
            rules,
        )
        return self.database.write(rewind.apply)

    def test_reset_into_closed_periods(self):
        error = self.assertRaises(
            scope_reset.PeriodsClosed, self.rewind, "2026-11-01T11:00"
        )
        self.assertIn("2026-11-01 12:00:00+00:00", str(error))
        self.rewind("2026-11-01T12:00")

    def test_reset_of_a_closed_scope(self):
        self.close(self.states[0], "2026-11-01T18:00")
        self.assertRaises(
            scope_reset.PeriodsClosed,
            self.rewind,
            "2026-11-01T17:00",
            governance.OFF,
        )

    def test_reset_checks_before_it_writes(self):
        self.assertRaises(
            scope_reset.PeriodsClosed, self.rewind, "2026-11-01T11:00"
        )
        with self.database.reader() as session:
            [state] = scope_queries.find(session, identifiers=["a"])
        self.assertEqual(accept_case.LAST, state.last_processed_at)

    def add(self, last, rules=RULES):
        return scope_changes.create(
            self.database,
            self.clock,
            accept_case.PERIOD,
            new_scopes.make("a", fetcher="other"),
            base.utc(last),
            rules=rules,
        )

    def test_another_scope_with_the_id(self):
        scope_changes.change(self.database, self.clock, "a", active=False)
        self.assertRaises(
            scope_reset.PeriodsClosed, self.add, "2026-11-01T10:00"
        )
        self.add("2026-11-01T11:00")

    def test_new_scope(self):
        scope_changes.create(
            self.database,
            self.clock,
            accept_case.PERIOD,
            new_scopes.make("new"),
            base.utc("2026-10-01T00:00"),
            rules=RULES,
        )

    def test_open_again(self):
        self.close(self.states[0], "2026-11-01T12:00")
        state = scope_changes.change(
            self.database,
            self.clock,
            "a",
            closing=scope_records.Closing(None),
        )
        self.assertIsNone(state.closed_before)
