# SPDX-License-Identifier: Apache-2.0
"""Requests with a key: one of them makes tasks, whatever comes at once."""

import concurrent.futures
import dataclasses
import datetime
import threading

from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import idempotency_keys
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tasks import accept
from cloudkitty.tasks import errors
from cloudkitty.tasks import idempotency
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import clock as fake_clock

NOW = base.utc("2026-11-24T12:00")
START = base.utc("2026-11-01T00:00")
POSTERS = 8
REQUEST = task_request.Request(
    scope_ids=("a",),
    start_at=START,
    end_at=START,
    reason="test",
    created_by="ann",
    project_id="p",
)


@databases.on_each()
class Idempotency:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        self.clock = fake_clock.FakeClock(NOW)
        with self.database.writer() as session:
            for name in "abcdefgh":
                scope_updates.create(
                    session,
                    new_scopes.make(name),
                    NOW,
                )

    def accept(self, key="k", **changes):
        request = dataclasses.replace(REQUEST, **changes)
        return accept.accept(self.database, self.clock, 3600, request, key=key)

    def tasks(self):
        with self.database.reader() as session:
            return task_queries.find(session)

    def test_sent_again_it_makes_no_second_task(self):
        first = self.accept()
        self.assertEqual(first, self.accept(request_id="another"))
        self.assertEqual(1, len(self.tasks()))

    def test_the_same_in_another_order(self):
        wanted = {"scope_ids": ("a", "b"), "metrics": ("cpu", "ram")}
        first = self.accept(**wanted)
        turned = {name: value[::-1] for name, value in wanted.items()}
        self.assertEqual(first, self.accept(**turned))

    def test_the_same_in_other_words(self):
        first = self.accept()
        elsewhere = datetime.timezone(datetime.timedelta(hours=5))
        again = self.accept(
            scope_ids=["a", "a"],
            reason=" test ",
            start_at=START.astimezone(elsewhere),
        )
        self.assertEqual(first, again)

    def test_after_its_tasks_have_ended(self):
        first = self.accept()
        self.database.write(
            lambda session: task_queries.transition(
                session, self.tasks()[0], "cancelled", NOW
            )
        )
        self.assertEqual(first, self.accept())
        self.assertNotEqual(first, self.accept(key="another"))

    def test_another_request_needs_another_key(self):
        self.accept()
        for changes in (
            {"scope_ids": ("b",)},
            {"reason": "another"},
            {"end_at": START + datetime.timedelta(hours=1)},
            {"metrics": ("cpu",)},
            {"mode": "preview"},
            {"allow_empty": True},
        ):
            self.assertRaises(errors.KeyReused, self.accept, **changes)
        self.assertEqual(1, len(self.tasks()))

    def test_a_key_is_its_users_own(self):
        self.accept()
        other = self.accept(created_by="bob", scope_ids=("b",))
        third = self.accept(project_id="q", scope_ids=("c",))
        self.assertNotEqual(other.batch_id, third.batch_id)

    def test_what_was_refused_is_not_remembered(self):
        self.assertRaises(
            errors.UnknownScopes, self.accept, scope_ids=("nobody",)
        )
        self.accept()

    def test_keys_are_forgotten_in_time(self):
        self.accept()
        self.clock.advance(idempotency.KEPT.total_seconds() + 1)
        self.accept(key="another", scope_ids=("b",))
        identity = idempotency.Identity.of("k", REQUEST)
        with self.database.reader() as session:
            known = idempotency_keys.get(session, identity.key_digest, NOW)
            self.assertIsNone(known)

    def test_a_key_of_long_ago_is_a_new_one(self):
        first = self.accept()
        self.clock.advance(idempotency.KEPT.total_seconds())
        self.assertEqual(first, self.accept())
        self.clock.advance(1)
        second = self.accept(scope_ids=("b",))
        self.assertNotEqual(first, second)
        self.assertEqual(second, self.accept(scope_ids=("b",)))

    def at_once(self, *changes):
        barrier = threading.Barrier(len(changes))

        def post(change):
            barrier.wait()
            try:
                return self.accept(**change)
            except errors.TaskError as error:
                return type(error)

        with concurrent.futures.ThreadPoolExecutor(len(changes)) as pool:
            return list(pool.map(post, changes))

    def test_at_one_instant(self):
        for number in range(4):
            found = self.at_once(
                *[{"key": f"k{number}", "scope_ids": ("abcd"[number],)}]
                * POSTERS
            )
            self.assertEqual(1, len(set(found)), found)
        self.assertEqual(4, len(self.tasks()))

    def test_one_key_for_other_scopes_at_one_instant(self):
        # No row of a scope makes these wait for each other.
        found = self.at_once(*({"scope_ids": (name,)} for name in "abcdefgh"))
        self.assertEqual(7, found.count(errors.KeyReused), found)
        self.assertEqual(1, len(self.tasks()))
