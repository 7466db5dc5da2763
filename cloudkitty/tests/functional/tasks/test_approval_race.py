# SPDX-License-Identifier: Apache-2.0
"""Users of two API servers approve or cancel one request at once."""

import collections
import concurrent.futures
import datetime
import threading

import requests
import sqlalchemy as sa

from cloudkitty.api import error_codes
from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.db.tasks import approvals as task_approvals
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import models as task_models
from cloudkitty.tests import databases
from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.fakes import notifications as fake_notifications
from cloudkitty.tests.functional.tasks import arena
from cloudkitty.tests.functional.tasks import racer

SCOPES = ["a", "b"]
#: Each sends the approval twice: a client repeats it without a response.
USERS = ("ann", "bob", "cem", "dee")


def user(name):
    """Return the headers of an administrator."""
    return {**fake_api.persona("admin"), "X-User-Id": name}


@databases.on_each()
class _ApprovalRace(arena.Arena):
    def setUp(self):
        super().setUp()
        self.conf.set_override("auth_strategy", "keystone")
        self.conf.set_override("approval_above", 3, group="reprocess")
        self.told = []
        self.urls = [self.start_api() for _ in range(2)]
        self.pool = concurrent.futures.ThreadPoolExecutor(2 * len(USERS))
        self.addCleanup(self.pool.shutdown)

    def start_api(self):
        """Return the address of an API with connections of its own."""
        database = facade.Database(self.conf)
        self.addCleanup(database.dispose)
        self.told.append(fake_notifications.FakeNotifications())
        services = fake_api.services_of(
            self.conf,
            database,
            clock=clock.SystemClock(),
            told=self.told[-1],
        )
        wsgi = fake_api.wsgi_of(services)
        return self.useFixture(live_api.LiveApi(wsgi)).url

    def send(self, method, path, body=None, name="author", api=0):
        return requests.request(
            method,
            f"{self.urls[api]}/v2/task/{path}",
            json=body,
            headers=user(name),
            timeout=120,
        )

    def ask(self, number, **changes):
        """Send a request of four periods, return its batch."""
        start = racer.START + datetime.timedelta(hours=2 * number)
        answer = self.send(
            "POST",
            "reprocesses",
            {
                "scope_ids": SCOPES,
                "start_reprocess_time": start.isoformat(),
                "end_reprocess_time": (
                    start + datetime.timedelta(hours=1)
                ).isoformat(),
                "reason": "race",
                **changes,
            },
        )
        self.assertEqual(200, answer.status_code, answer.text)
        return answer.headers["Location"].rpartition("=")[2]

    def request(self, number):
        """Return a batch that awaits approval, and the approval's body."""
        preview = self.ask(number, mode="preview")
        with self.database.writer() as session:
            session.execute(
                sa.update(task_models.Reprocess)
                .where(task_models.Reprocess.batch_id == preview)
                .values(state="succeeded")
            )
        digest = self.send("GET", f"batches/{preview}").json()["digest"]
        body = {"preview_batch_id": preview, "digest": digest}
        return self.ask(number), body

    def at_once(self, calls):
        """Send requests at once, every second one to the other API."""
        barrier = threading.Barrier(len(calls))

        def send(index, call):
            barrier.wait()
            return self.send(*call, api=index % 2)

        futures = [
            self.pool.submit(send, index, call)
            for index, call in enumerate(calls)
        ]
        return [future.result() for future in futures]

    def of_batch(self, batch):
        """Return the tasks of a batch with the events after the first."""
        mine = [task for task in self.tasks() if task.batch_id == batch]
        with self.database.reader() as session:
            return [
                (task, task_events.find(session, task.id)[1:]) for task in mine
            ]

    def test_one_approver_wins(self):
        counts = collections.Counter()
        for number in range(arena.ROUNDS):
            batch, body = self.request(number)
            path = f"batches/{batch}/approve"
            # Both requests of a user meet the same API, or different ones.
            names = USERS * 2 if number % 2 else sorted(USERS * 2)
            answers = self.at_once(
                [("POST", path, body, name) for name in names]
            )
            self.check_one_winner(batch, body, names, answers)
            counts.update(answer.status_code for answer in answers)
        sent = [event for told in self.told for event, _ in told.sent]
        self.assertEqual(
            len(SCOPES) * arena.ROUNDS, sent.count("rating.task.approved")
        )
        self.tell(rounds=arena.ROUNDS, statuses=dict(counts))

    def check_one_winner(self, batch, body, names, answers):
        """One user approved the batch; the others got 409."""
        texts = [answer.text for answer in answers]
        with self.database.reader() as session:
            stored = task_approvals.find(session, batch)
        self.assertEqual(
            (body["preview_batch_id"], body["digest"]),
            (stored.preview_id, stored.digest),
        )
        changed = []
        for name, answer in zip(names, answers, strict=True):
            if name == stored.by:
                self.assertEqual(200, answer.status_code, texts)
                changed.append(answer.json()["changed"])
                continue
            self.assertEqual(409, answer.status_code, texts)
            [error] = answer.json()["errors"]
            self.assertEqual(error_codes.TASK_STATE_CONFLICT, error["code"])
        # The repetition changed nothing.
        self.assertEqual([0, len(SCOPES)], sorted(changed), texts)
        tasks = self.of_batch(batch)
        self.assertEqual(len(SCOPES), len(tasks))
        for task, events in tasks:
            self.assertEqual("scheduled", task.state)
            self.assertEqual(
                [("awaiting_approval", "scheduled", stored.by)],
                [(each.from_state, each.to_state, each.by) for each in events],
            )

    def test_approval_and_cancellation(self):
        counts = collections.Counter()
        for number in range(arena.ROUNDS):
            batch, body = self.request(number)
            calls = [
                ("POST", f"batches/{batch}/approve", body, "ann"),
                ("PATCH", f"batches/{batch}", {"state": "cancelled"}, "bob"),
            ]
            approved, cancelled = self.at_once(calls)
            self.assertEqual(200, cancelled.status_code, cancelled.text)
            self.assertIn(approved.status_code, (200, 409), approved.text)
            counts[approved.status_code] += 1
            expected = [("awaiting_approval", "cancelled", "bob")]
            if approved.status_code == 200:
                expected = [
                    ("awaiting_approval", "scheduled", "ann"),
                    ("scheduled", "cancelled", "bob"),
                ]
            for task, events in self.of_batch(batch):
                self.assertEqual("cancelled", task.state)
                self.assertEqual(
                    expected,
                    [(one.from_state, one.to_state, one.by) for one in events],
                )
        self.tell(rounds=arena.ROUNDS, approvals=dict(counts))
