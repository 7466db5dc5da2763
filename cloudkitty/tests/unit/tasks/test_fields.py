# SPDX-License-Identifier: Apache-2.0
"""No layer between a request and its notifications forgets a field."""

import dataclasses

from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import modes as task_modes
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tasks import accept
from cloudkitty.tasks import notices
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import fields
from cloudkitty.tests import new_scopes
from cloudkitty.tests.fakes import clock as fake_clock

START = base.utc("2026-11-01T00:00")
NOW = base.utc("2026-11-24T12:00")
#: Fields of a task that notifications do not contain: the work of processors,
#: and who may see the project.
NOT_TOLD = {
    "allow_empty",
    "claimed_at",
    "claimed_done",
    "current_at",
    "lease_expires_at",
    "lease_owner",
    "lease_token",
    "max_running",
    "next_attempt_at",
    "not_before",
    "period_seconds",
    "project_id",
    "request_id",
    "updated_at",
}


#: Fields of a request that its batch has, and their columns.
OF_BATCH = {
    "preview_batch_id": "preview_id",
    "preview_digest": "preview_digest",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Later(task_request.Request):
    """A request with a field that the tasks do not have."""

    priority: int = 0


class TestAcceptance(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        with self.database.writer() as session:
            scope_updates.create(
                session,
                new_scopes.make("a"),
                NOW,
            )

    def accept(self, kind):
        """Accept a request whose other fields all have odd values."""
        request = fields.sample(
            kind,
            scope_ids=("a",),
            start_at=START,
            end_at=START,
            mode=task_modes.PREVIEW,
        )
        accept.accept(self.database, fake_clock.FakeClock(NOW), 3600, request)
        return request

    def test_a_task_has_all_that_was_asked_for(self):
        request = self.accept(task_request.Request)
        with self.database.reader() as session:
            [task] = task_queries.find(session)
            batch = session.get(task_models.TaskBatch, task.batch_id)
            of_batch = {
                name: getattr(batch, column)
                for name, column in OF_BATCH.items()
            }
        for field in dataclasses.fields(request):
            if field.name not in task_request.ONLY_ACCEPTED:
                self.assertEqual(
                    getattr(request, field.name),
                    of_batch.get(field.name)
                    or getattr(task, field.name, None),
                    field.name,
                )

    def test_a_field_that_tasks_lack_is_an_error(self):
        self.assertRaises(TypeError, self.accept, Later)


class TestNotifications(base.TestCase):
    def test_each_field_is_told_or_left_out_on_purpose(self):
        self.assertEqual(
            NOT_TOLD,
            fields.unseen(fields.sample(task_records.Task), notices.payload),
        )
