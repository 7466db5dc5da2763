# SPDX-License-Identifier: Apache-2.0
"""Claims respect ``not_before``, run windows and ``max_running``."""

import concurrent.futures
import datetime
import threading

import sqlalchemy as sa

from cloudkitty.conf import types
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import purge
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import states
from cloudkitty.tasks import actions
from cloudkitty.tasks import governance
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_claims
from cloudkitty.tests import new_tasks
from cloudkitty.tests import statements
from cloudkitty.tests.fakes import clock

START = base.utc("2026-11-01T00:00")
NOW = base.utc("2026-11-24T12:00")
HOUR = datetime.timedelta(hours=1)
NIGHT = governance.Rules(run_windows=(types.DailyWindow()("22:00-06:00"),))


@databases.on_each()
class GovernedClaims:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = clock.FakeClock(NOW)
        self.claims = self.make_claims("one")
        self.other = self.make_claims("two")

    def make_claims(self, owner, **options):
        return new_claims.make(self.database, self.clock, owner, **options)

    def add(self, names, batch_id="batch", **fields):
        new = [
            new_tasks.make(name, START, batch_id=batch_id, **fields)
            for name in names
        ]
        self.database.write(lambda s: new_tasks.insert(s, new, NOW))

    def running(self):
        with self.database.reader() as session:
            return task_queries.count(session, states=["running"])

    def scopes(self, tasks):
        return "".join(task.scope_id for task in tasks)

    def test_not_before(self):
        self.add("a", not_before=NOW + HOUR)
        self.add("b", "other")
        self.assertEqual("b", self.claims.claim_next().scope_id)
        self.assertIsNone(self.claims.claim_next())
        self.clock.advance(3600)
        self.assertEqual("a", self.claims.claim_next().scope_id)

    def test_not_before_ends_an_idle_wait(self):
        self.assertEqual(([], None), self.claims.look(9))
        self.assertIsNone(self.claims.next_due())
        self.add("a", not_before=NOW + HOUR)
        self.assertEqual(([], NOW + HOUR), self.claims.look(9))
        self.assertEqual(NOW + HOUR, self.claims.next_due())
        self.clock.advance(3600)
        self.assertIsNone(self.claims.next_due())
        tasks, next_due = self.claims.look(9)
        self.assertEqual("a", self.scopes(tasks))
        self.assertIsNone(next_due)

    def test_a_cohort_waits_for_not_before(self):
        self.add("abc", not_before=NOW + HOUR)
        self.assertEqual([], self.claims.look(9).tasks)
        self.clock.advance(3600)
        self.assertEqual("abc", self.scopes(self.claims.look(9).tasks))

    def test_a_resumed_task_waits_too(self):
        self.add("a", not_before=NOW + HOUR)
        with self.database.reader() as session:
            [task] = task_queries.find(session)
        for state in (states.State.PAUSED, states.State.SCHEDULED):
            actions.change_state(
                self.database, self.clock, 3600, task.id, state
            )
        self.assertIsNone(self.claims.claim_next())

    def test_run_windows(self):
        self.add("a")
        claims = self.make_claims("three", rules=NIGHT)
        self.assertEqual([], claims.look(9).tasks)
        self.assertEqual(base.utc("2026-11-24T22:00"), claims.next_due())
        self.clock.advance(10 * 3600)
        self.assertEqual("a", claims.claim_next().scope_id)

    def test_task_of_a_dead_processor_waits_for_the_window(self):
        self.add("a")
        self.claims.claim_next()
        self.clock.advance(3600)
        claims = self.make_claims("three", rules=NIGHT)
        self.assertIsNone(claims.claim_next())
        # Not each second.
        self.assertEqual(base.utc("2026-11-24T22:00"), claims.next_due())

    def test_max_running(self):
        self.add("abc", max_running=2)
        first = self.claims.claim_next()
        self.assertIsNotNone(self.other.claim_next())
        self.assertIsNone(self.other.claim_next())
        self.claims.release_failed(first, "x", moved=False, final=True)
        self.assertEqual("c", self.other.claim_next().scope_id)

    def test_cohort_up_to_max_running(self):
        self.add("abcde", max_running=3)
        self.assertEqual("abc", self.scopes(self.claims.look(9).tasks))
        self.assertEqual([], self.other.look(9).tasks)
        self.assertEqual(3, self.running())

    def test_other_batches_go_on(self):
        self.add("ab", max_running=1)
        self.add("cd", "other")
        self.assertEqual("a", self.scopes(self.claims.look(9).tasks))
        self.assertEqual("cd", self.scopes(self.claims.look(9).tasks))

    def test_taken_over_at_the_limit(self):
        self.add("ab", max_running=1)
        self.claims.claim_next()
        self.clock.advance(61)
        self.assertEqual("a", self.other.claim_next().scope_id)
        self.assertIsNone(self.other.claim_next())

    def test_hidden_from_upstream(self):
        self.add("a", max_running=1)
        self.add("b", "later", not_before=NOW)
        self.add("c", "plain")
        table = task_models.Reprocess.__table__.c
        with self.database.reader() as session:
            cursors = session.execute(
                sa.select(table.identifier, table.current_reprocess_time)
            ).all()
            found = task_queries.find(session, ascending=True)
        self.assertEqual(
            {"a": START, "b": START, "c": None}, dict(map(tuple, cursors))
        )
        self.assertEqual(
            [("scheduled", None)] * 3,
            [(task.state, task.current_at) for task in found],
        )
        task = self.claims.claim_next()
        self.assertEqual(("running", None), (task.state, task.current_at))

    def test_an_idle_look_takes_few_statements(self):
        self.add("abcdef", max_running=1)
        self.add("g", "later", not_before=NOW + HOUR)
        self.claims.claim_next()
        with statements.recorded(self.database.engine) as seen:
            look = self.other.look(9)
        self.assertEqual([], look.tasks)
        self.assertIsNotNone(look.next_due)
        found = [text for text in seen if text.startswith("SELECT")]
        self.assertEqual(2, len(found), seen)

    def test_many_processors_at_once(self):
        self.add([f"s{n}" for n in range(20)], max_running=3)
        start = threading.Barrier(6)

        def claim(number):
            claims = self.make_claims(f"w{number}")
            start.wait()
            return len(claims.look(2).tasks) + len(claims.look(2).tasks)

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            claimed = sum(pool.map(claim, range(6)))
        self.assertEqual((3, 3), (claimed, self.running()))

    def test_the_purge_deletes_the_limit(self):
        self.add("a", max_running=1)
        task = self.claims.claim_next()
        self.claims.release_failed(task, "x", moved=False, final=True)
        list(purge.delete(self.database, NOW + HOUR))
        with self.database.reader() as session:
            rows = session.scalars(sa.select(task_models.TaskBatch)).all()
        self.assertEqual([], rows)

    def test_window_that_closes_while_a_claim_is_retried(self):
        """A claim waits for the database, and its window ends."""
        self.add("a")
        self.clock.advance(17 * 3600 + 1800)
        claims = self.make_claims("three", rules=NIGHT)
        write = self.database.write

        def later(work):
            self.clock.advance(3600)
            return write(work)

        self.patch(self.database, "write", later)
        self.assertEqual([], claims.look(9).tasks)
        self.assertEqual(0, self.running())
