# SPDX-License-Identifier: Apache-2.0
"""Queries on tasks mean the same on each database."""

import threading

import sqlalchemy as sa

from cloudkitty.db.tasks import claims as task_claims
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import base
from cloudkitty.tests import claiming
from cloudkitty.tests import databases
from cloudkitty.tests import new_tasks
from cloudkitty.tests.functional.db import query_case

NOW = query_case.NOW
HOUR = query_case.HOUR
NAMES = query_case.NAMES


def new_task(identifier, begin="2026-11-01T00:00", hours=3, **more):
    start_at = base.utc(begin)
    return new_tasks.make(identifier, start_at, hours, **more)


@databases.on_each()
class Queries(query_case.QueryCase):
    def claim(self, now=NOW, owner="me", **more):
        return self.write(
            claiming.claim_next,
            owner=owner,
            now=now,
            lease_seconds=60,
            **more,
        )

    def insert(self, *tasks):
        self.write(new_tasks.insert, tasks, NOW)

    def upstream_task(self, current_at):
        """Insert a row as upstream writes it."""
        with self.database.writer() as session:
            session.execute(
                sa.insert(task_models.Reprocess.__table__).values(
                    identifier="up",
                    start_reprocess_time=base.utc("2026-11-01T00:00"),
                    end_reprocess_time=base.utc("2026-11-01T02:00"),
                    current_reprocess_time=current_at,
                    reason="upstream's",
                )
            )

    def test_tasks_come_newest_first_and_in_pages(self):
        self.insert(*(new_task(name) for name in NAMES))
        found = self.read(task_queries.find)
        self.assertEqual(NAMES[::-1], tuple(t.scope_id for t in found))
        self.assertEqual(
            found[2:4], self.read(task_queries.find, offset=2, limit=2)
        )
        self.assertEqual(found[4:], self.read(task_queries.find, offset=4))
        self.assertEqual(
            found[::-1][1:3],
            self.read(task_queries.find, ascending=True, offset=1, limit=2),
        )
        self.assertEqual(
            [found[2].id],
            [
                task.id
                for task in self.read(
                    task_queries.find_listed,
                    scope_ids=NAMES[1:],
                    states=["scheduled"],
                    marker=found[0].id,
                    offset=1,
                    limit=1,
                )
            ],
        )
        self.assertEqual(
            found[3:], self.read(task_queries.find, marker=found[2].id)
        )
        self.assertEqual(
            found[::-1], self.read(task_queries.find, ascending=True)
        )
        for name in NAMES:
            mine = self.read(task_queries.find, scope_ids=[name])
            self.assertEqual([name], [task.scope_id for task in mine])
            latest = self.read(task_queries.latest, name)
            self.assertEqual(mine[0].id, latest.id)
            self.assertEqual(
                1, self.read(task_queries.count, scope_ids=[name])
            )
            self.assertEqual(mine, self.read(task_queries.unfinished, [name]))
        for name in ("b", "a\x00", "\ud800"):
            self.assertIsNone(self.read(task_queries.latest, name))

    def test_a_task_keeps_what_was_asked(self):
        self.insert(
            new_task(
                "a",
                metrics=('b"\\', "ä"),
                allow_empty=True,
                batch_id="batch",
                created_by="me",
                project_id="mine",
                request_id="req-1",
            )
        )
        task = self.read(task_queries.find)[0]
        self.assertEqual(('b"\\', "ä"), task.metrics)
        self.assertIs(True, task.allow_empty)
        self.assertEqual(
            ("batch", "me", "mine", "req-1"),
            (task.batch_id, task.created_by, task.project_id, task.request_id),
        )
        self.assertEqual(("scheduled", 0), (task.state, task.periods_done))
        self.assertEqual(NOW, task.created_at)

    def test_a_claim_takes_the_oldest_and_fences(self):
        self.insert(new_task("a"), new_task("b"))
        first = self.claim()
        self.assertEqual(("a", "running", 1), _gist(first))
        second = self.claim()
        self.assertEqual(("b", "running", 1), _gist(second))
        self.assertIsNone(self.claim())
        # The first one's lease expires, another worker takes over.
        again = self.claim(now=NOW + 2 * HOUR, owner="other")
        self.assertEqual(("a", "running", 2), _gist(again))
        moved = [
            self.write(
                task_claims.advance,
                first.id,
                token,
                current_at=first.start_at,
                periods_done=1,
                lease_expires_at=NOW + HOUR,
                now=NOW,
            )
            for token in (first.lease_token, again.lease_token)
        ]
        self.assertEqual([False, True], moved)
        self.assertFalse(
            self.write(task_claims.renew, first.id, first.lease_token, NOW)
        )
        self.assertFalse(
            self.write(
                task_claims.release,
                first.id,
                first.lease_token,
                state="failed",
                now=NOW,
            )
        )
        task = self.read(task_queries.get, first.id)
        self.assertEqual(("running", 1), (task.state, task.periods_done))

    def test_what_is_put_off_is_not_due_before(self):
        self.insert(new_task("a"), new_task("b"))
        task = self.claim()
        self.write(
            task_claims.release,
            task.id,
            task.lease_token,
            state="scheduled",
            now=NOW,
            last_error="why",
            next_attempt_at=NOW + HOUR,
            attempts=1,
        )
        self.assertEqual("b", self.claim().scope_id)
        self.assertIsNone(self.claim())
        # By then the other one's lease has expired, but this one is older.
        task = self.claim(now=NOW + HOUR)
        self.assertEqual(("a", "running", 2), _gist(task))
        self.assertEqual((1, "why"), (task.attempts, task.last_error))

    def test_what_is_skipped_is_left_alone(self):
        self.insert(new_task("a"), new_task("b"))
        oldest = self.read(task_queries.find)[-1]
        self.assertEqual("b", self.claim(skip=[oldest.id]).scope_id)

    def test_what_has_ended_is_not_due(self):
        self.insert(new_task("a"))
        task = self.claim()
        self.write(
            task_claims.release,
            task.id,
            task.lease_token,
            state="succeeded",
            now=NOW,
        )
        self.assertIsNone(self.claim(now=NOW + 100 * HOUR))
        task = self.read(task_queries.get, task.id)
        self.assertEqual((NOW, None), (task.finished_at, task.lease_owner))
        self.assertEqual([], self.read(task_queries.unfinished, ["a"]))

    def test_upstreams_tasks_are_read_from_their_cursor(self):
        begin = base.utc("2026-11-01T00:00")
        for current_at, state in (
            (None, "scheduled"),
            (begin, "running"),
            (begin + 2 * HOUR, "succeeded"),
        ):
            self.upstream_task(current_at)
            task = self.read(task_queries.find)[0]
            self.assertEqual(
                (state, current_at), (task.state, task.current_at)
            )
            found = self.read(task_queries.find, states=[state])
            self.assertEqual([task], found)
        unfinished = self.read(task_queries.unfinished, ["up"])
        self.assertEqual(
            ["scheduled", "running"], [task.state for task in unfinished]
        )
        self.assertEqual(unfinished[0].id, self.claim().id)
        task = self.claim()
        self.assertEqual((unfinished[1].id, begin), (task.id, task.current_at))
        self.assertIsNone(self.claim())

    def test_the_latest_task_is_the_unfinished_one(self):
        self.assertIsNone(self.read(task_queries.latest, "a"))
        self.insert(new_task("a"), new_task("a", "2026-11-02T00:00"))
        task = self.claim()
        self.assertEqual(task.id, self.read(task_queries.latest, "a").id)
        for state in ("succeeded", "failed"):
            self.write(
                task_claims.release,
                task.id,
                task.lease_token,
                state=state,
                now=NOW,
            )
            last, task = task, self.claim()
        self.assertIsNone(task)
        self.assertEqual(last.id, self.read(task_queries.latest, "a").id)
        self.assertIsNone(self.read(task_queries.latest, "A"))

    def test_each_task_is_claimed_once_whoever_comes(self):
        self.insert(*(new_task(f"scope-{number}") for number in range(40)))
        claimed, failures = [], []

        def work():
            try:
                while (task := self.claim()) is not None:
                    claimed.append(task.id)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)
        self.assertEqual(sorted(set(claimed)), sorted(claimed))
        self.assertEqual(40, len(claimed))


def _gist(task):
    return task.scope_id, task.state, task.lease_token
