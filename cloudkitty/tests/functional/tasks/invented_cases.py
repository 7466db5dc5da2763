# SPDX-License-Identifier: Apache-2.0
"""Tests of two invented states; ``invented_states`` runs them.

A task in either state is unfinished and waits for a processor. Upstream's
processor must leave a task alone that is ``held``; one that is ``ready`` it
may continue.
"""

import datetime
import os

import fixtures
import sqlalchemy as sa

from cloudkitty.api import error_codes
from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.fakes import clock as fake_clock
from cloudkitty.tests.functional.tasks import invented_states

HOUR = datetime.timedelta(hours=1)
START = base.utc("2026-11-01T00:00")
#: Beginning of the last of ten periods.
END = START + 9 * HOUR
URL = "/v2/task/reprocesses"
_TASKS = task_models.Reprocess.__table__


class Invented:
    """The same for each state.

    :cvar open: whether upstream's processor may continue the task.
    """

    state: str
    open: bool

    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.database = databases.make_database(
            self, os.environ[invented_states.BACKEND], conf
        )
        self.clock = fake_clock.FakeClock(fake_api.NOW)
        self.app = fake_api.make_app(
            self, conf=conf, database=self.database, clock=self.clock
        )
        self.claims = new_claims.make(
            self.database,
            self.clock,
        )
        with self.database.writer() as session:
            scope_updates.create(
                session,
                new_scopes.make("a"),
                fake_api.NOW,
            )

    def post(self, status=200):
        body = {
            "scope_ids": "a",
            "start_reprocess_time": START.isoformat(),
            "end_reprocess_time": END.isoformat(),
            "reason": "test",
        }
        return self.app.post_json(URL, body, status=status)

    def put(self, ended=False):
        """Bring a new task into the state after two periods; show it."""
        self.post()
        task = self.claims.claim_next()
        self.advance(task, 2)
        if ended:
            self.claims.release_failed(task, "down", moved=True)
        else:
            self.patch(task.id, "paused")
        return self.patch(task.id, self.state)

    def advance(self, task, done):
        self.database.write(
            lambda session: self.claims.advance(
                session,
                task,
                current_at=START + (done - 1) * HOUR,
                periods_done=done,
                last=done == 10,
            )
        )

    def patch(self, where, state, status=200):
        return self.app.patch_json(
            f"/v2/task/{where}", {"state": state}, status=status
        ).json

    def show(self, task_id):
        return self.app.get(f"/v2/task/{task_id}").json

    def ids(self, **which):
        """Return the ids of a list, whose total is their number."""
        answer = self.app.get(URL, {**which, "limit": 10}).json
        self.assertEqual(len(answer["results"]), answer["total"])
        return [task["id"] for task in answer["results"]]

    def cursor(self, task_id):
        with self.database.engine.connect() as connection:
            return connection.scalar(
                sa.select(_TASKS.c.current_reprocess_time).where(
                    _TASKS.c.id == task_id
                )
            )

    def refused(self, answer, code):
        self.assertEqual(code, answer["errors"][0]["code"], answer)

    def test_transitions(self):
        task = self.put()
        event = task["events"][-1]
        self.assertEqual(
            (self.state, "paused", self.state),
            (task["state"], event["from_state"], event["to_state"]),
        )
        self.assertIsNone(task["finished_at"])
        refused = self.patch(task["id"], "scheduled", status=409)
        self.refused(refused, error_codes.TASK_STATE_CONFLICT)
        self.assertIn("can become: cancelled", refused["message"])
        self.patch(task["id"], "cancelled")
        self.patch(task["id"], self.state, status=409)

    def test_the_window_is_taken(self):
        task = self.put()
        refused = self.post(status=400).json
        self.refused(refused, error_codes.TASK_OVERLAPS)
        with self.database.reader() as session:
            unfinished = task_queries.unfinished(session, ["a"])
        self.assertEqual([task["id"]], [each.id for each in unfinished])
        self.assertEqual(task["id"], self.app.get(f"{URL}/a").json["id"])
        self.patch(task["id"], "cancelled")
        self.post()

    def test_a_task_may_be_accepted_in_it(self):
        self.useFixture(
            fixtures.MockPatchObject(
                states, "ACCEPTED", states.State(self.state)
            )
        )
        self.post()
        [task_id] = self.ids(state=self.state)
        self.assertEqual(None if self.open else END, self.cursor(task_id))
        shown = self.show(task_id)
        self.assertEqual(
            (0, None, self.state),
            (
                shown["periods_done"],
                shown["current_reprocess_time"],
                shown["events"][0]["to_state"],
            ),
        )
        self.assertEqual(task_id, self.claims.claim_next().id)
        self.assertIsNone(self.cursor(task_id))

    def test_a_window_that_was_given_away_is_not_taken_back(self):
        task = self.put(ended=True)
        self.patch(task["id"], "cancelled")
        self.post()
        failed = self.claims.claim_next()
        self.claims.release_failed(failed, "down", moved=True)
        self.post()
        batch = f"batches/{self.show(failed.id)['batch_id']}"
        for where in (failed.id, batch):
            refused = self.patch(where, self.state, status=409)
            self.refused(refused, error_codes.TASK_OVERLAPS)

    def test_lists(self):
        task_id = self.put()["id"]
        self.assertEqual([task_id], self.ids(state=self.state))
        self.assertEqual([task_id], self.ids(state=f"{self.state},paused"))
        for other in set(states.State) - {self.state}:
            self.assertEqual([], self.ids(state=str(other)), other)

    def test_batches(self):
        task = self.put()
        url = f"batches/{task['batch_id']}"
        shown = self.app.get(f"/v2/task/{url}").json
        always = [
            state.value
            for state, rule in states.RULES.items()
            if not rule.by_option
        ]
        self.assertEqual(
            {**dict.fromkeys(always, 0), self.state: 1}, shown["states"]
        )
        self.assertEqual(
            (1, 2, 0.2),
            (shown["total"], shown["periods_done"], shown["progress"]),
        )
        self.patch(url, "paused", status=409)
        self.assertEqual(0, self.patch(url, self.state)["changed"])
        self.assertEqual(1, self.patch(url, "cancelled")["changed"])

    def test_a_batch_is_brought_into_the_state(self):
        self.post()
        task = self.claims.claim_next()
        self.claims.release_failed(task, "down", moved=False)
        url = f"batches/{self.show(task.id)['batch_id']}"
        self.assertEqual(1, self.patch(url, self.state)["states"][self.state])

    def test_progress(self):
        task = self.put()
        self.assertEqual(
            (2, 0.2, "2026-11-01 01:00:00+00:00", 1, None),
            (
                task["periods_done"],
                task["progress"],
                task["current_reprocess_time"],
                task["place_in_queue"],
                task["seconds_left"],
            ),
        )

    def test_it_is_claimed_and_continued(self):
        task_id = self.put()["id"]
        task = self.claims.claim_next()
        self.assertEqual(
            (task_id, "running", 2, START + HOUR),
            (task.id, task.state, task.periods_done, task.current_at),
        )
        shown = self.show(task_id)
        self.assertEqual(
            ("running", 2, self.state),
            (
                shown["state"],
                shown["periods_done"],
                shown["events"][-1]["from_state"],
            ),
        )
        self.assertIsNone(self.claims.claim_next())
        self.assertEqual(START + HOUR, self.cursor(task_id))
        self.advance(task, 10)
        shown = self.show(task_id)
        self.assertEqual(
            ("succeeded", 10), (shown["state"], shown["periods_done"])
        )

    def test_a_claim_of_a_busy_scope_is_given_back(self):
        task_id = self.put()["id"]
        due_at = self.claims.release_busy(self.claims.claim_next())
        self.assertIsNone(self.claims.claim_next())
        self.assertEqual(2, self.show(task_id)["periods_done"])
        self.clock.advance((due_at - self.clock.now()).total_seconds())
        self.assertEqual(task_id, self.claims.claim_next().id)

    def test_upstream_sees_the_cursor_of_an_open_task_alone(self):
        task_id = self.put()["id"]
        seen = START + HOUR if self.open else END
        self.assertEqual(seen, self.cursor(task_id))

    def test_upstream_may_finish_an_open_task(self):
        task_id = self.put()["id"]
        with self.database.engine.begin() as connection:
            connection.execute(
                sa.update(_TASKS)
                .where(_TASKS.c.id == task_id)
                .values(current_reprocess_time=END)
            )
        state, done = ("succeeded", 10) if self.open else (self.state, 2)
        shown = self.show(task_id)
        self.assertEqual(
            (state, done), (shown["state"], shown["periods_done"])
        )
        self.assertEqual([task_id], self.ids(state=state))
        claimed = self.claims.claim_next()
        self.assertEqual(self.open, claimed is None)


class TestHeld(Invented, base.TestCase):
    state = "held"
    open = False


class TestReady(Invented, base.TestCase):
    state = "ready"
    open = True
