# SPDX-License-Identifier: Apache-2.0
"""Every transition of a task leaves one event, in its own transaction."""

import datetime

from cloudkitty.common import clock
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tasks import actions
from cloudkitty.tasks import claims
from cloudkitty.tasks import errors as task_errors
from cloudkitty.tasks import retries as task_retries
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import clock as fake_clock

HOUR = 3600
NOW = base.utc("2026-11-24T12:00")


@databases.on_each()
class Events:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = fake_clock.FakeClock(NOW)
        new = [
            new_tasks.make(name, NOW, batch_id="b", created_by="admin")
            for name in "ab"
        ]
        self.database.write(lambda s: new_tasks.insert(s, new, NOW))
        with self.database.reader() as session:
            self.first, self.second = (
                task.id for task in task_queries.find(session, ascending=True)
            )

    def claims(self, owner="one", most=2):
        return new_claims.make(
            self.database,
            self.clock,
            owner,
            period_seconds=HOUR,
            retries=task_retries.Retries(most=most),
        )

    def act(self, target, **said):
        return actions.change_state(
            self.database, self.clock, HOUR, self.first, target, **said
        )

    def events(self, task_id=None):
        with self.database.reader() as session:
            found = task_events.find(session, task_id or self.first)
        return [(e.from_state, e.to_state, e.by, e.why) for e in found]

    def test_acceptance_of_each_task_of_a_batch(self):
        accepted = [(None, "scheduled", "admin", None)]
        self.assertEqual(accepted, self.events())
        self.assertEqual(accepted, self.events(self.second))

    def test_the_way_to_success_with_a_failure(self):
        one = self.claims()
        one.release_failed(one.claim_next(), "it rained", moved=False)
        self.clock.advance(60)
        one.release_succeeded(one.claim_next())
        self.assertEqual(
            [
                ("scheduled", "running", "one", None),
                ("running", "scheduled", "one", "it rained"),
                ("scheduled", "running", "one", None),
                ("running", "succeeded", "one", None),
            ],
            self.events()[1:],
        )

    def test_what_an_operator_does(self):
        one = self.claims(most=1)
        one.release_failed(one.claim_next(), "down", moved=False)
        self.act(states.State.SCHEDULED, by="ann", why="it is up again")
        self.act(states.State.PAUSED, by="bob")
        self.act(states.State.CANCELLED, by="ann", why="enough")
        self.assertEqual(
            [
                ("running", "failed", "one", "down"),
                ("failed", "scheduled", "ann", "it is up again"),
                ("scheduled", "paused", "bob", None),
                ("paused", "cancelled", "ann", "enough"),
            ],
            self.events()[2:],
        )

    def test_a_taken_over_task_tells_from_whom(self):
        self.claims().claim_next()
        self.clock.advance(61)
        self.claims("two").claim_next()
        self.assertEqual(
            ("running", "running", "two", "the lease of one had expired"),
            self.events()[-1],
        )

    def test_waiting_for_a_busy_scope_leaves_no_trace(self):
        one = self.claims()
        for _ in range(3):
            one.release_busy(one.claim_next(skip=[self.second]))
            self.clock.advance(claims.BUSY_RETRY_SECONDS)
        self.assertEqual(1, len(self.events()))

    def test_a_claim_taken_over_in_vain_is_told(self):
        self.claims().claim_next()
        self.clock.advance(61)
        two = self.claims("two")
        two.release_busy(two.claim_next())
        self.assertEqual(
            ("running", "scheduled", "two", "the scope is busy"),
            self.events()[-1],
        )

    def test_whoever_lost_the_claim_leaves_none(self):
        one = self.claims()
        lost = one.claim_next()
        self.act(states.State.CANCELLED)
        before = self.events()
        for end in (one.release_succeeded, one.release, one.release_busy):
            self.assertRaises(task_errors.LostClaim, end, lost)
        self.assertEqual(before, self.events())

    def test_the_instant_is_the_clocks(self):
        later = clock.SystemClock().now() + datetime.timedelta(days=1)
        self.clock.advance((later - NOW).total_seconds())
        self.claims().claim_next()
        with self.database.reader() as session:
            event = task_events.find(session, self.first)[-1]
        self.assertLess(abs(event.at - later), datetime.timedelta(seconds=1))
