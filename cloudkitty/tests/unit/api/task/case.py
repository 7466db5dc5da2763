# SPDX-License-Identifier: Apache-2.0
"""Common parts of the tests of tasks in the API."""

import datetime
import json

from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_scopes
from cloudkitty.tests import new_tasks
from cloudkitty.tests.fakes import api as fake_api

URL = "/v2/task/reprocesses"
#: Beginning of the last rated period of each scope.
LAST = base.utc("2021-07-01T00:00")
BODY = {
    "scope_ids": "a",
    "start_reprocess_time": "2021-06-01 00:00:00+00:00",
    "end_reprocess_time": "2021-06-01 23:00:00+00:00",
    "reason": "Reprocessing test",
}


def add_scopes(database, *identifiers, last=LAST) -> None:
    """Insert active scopes."""
    with database.writer() as session:
        for identifier in identifiers:
            scope_updates.create(
                session,
                new_scopes.make(identifier),
                last,
            )


class TaskCase(base.TestCase):
    """The API with the scopes ``a`` and ``b``."""

    auth_strategy = "noauth"

    def setUp(self):
        super().setUp()
        self.conf = self.make_conf(
            default={"auth_strategy": self.auth_strategy}
        )
        self.database = databases.make_database(self, conf=self.conf)
        add_scopes(self.database, "a", "b")
        self.app = fake_api.make_app(
            self, conf=self.conf, database=self.database
        )

    def post(self, status=200, headers=None, **changes):
        """Send ``BODY`` with changes, without the keys that are None."""
        body = {
            key: value
            for key, value in {**BODY, **changes}.items()
            if value is not None
        }
        return self.app.post(
            URL,
            json.dumps(body),
            content_type="application/json",
            headers=headers,
            status=status,
        )

    def refuse(self, code, *words, **changes):
        """Assert 400, the code, parts of the message, and no new task."""
        before = self.tasks()
        answer = self.post(status=400, **changes).json
        self.assertEqual(code, answer["errors"][0]["code"], answer)
        self.assertEqual(answer["message"], answer["errors"][0]["detail"])
        for word in ("send", *words):
            self.assertIn(word.lower(), answer["message"].lower())
        self.assertEqual(before, self.tasks())

    def tasks(self):
        with self.database.reader() as session:
            return task_queries.find(session, ascending=True)

    def insert(self, *tasks: new_tasks.NewTask) -> None:
        with self.database.writer() as session:
            new_tasks.insert(session, tasks, fake_api.NOW)

    def insert_many(self, count: int, scope_id="a") -> None:
        """Insert tasks of one period each."""
        step = datetime.timedelta(hours=1)
        self.insert(
            *(
                new_tasks.make(
                    scope_id,
                    LAST - n * step,
                    reason=f"number {n}",
                    batch_id=f"batch-{n % 2}",
                )
                for n in range(count)
            )
        )
