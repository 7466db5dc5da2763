# SPDX-License-Identifier: Apache-2.0
"""The oldest due task, while another processor is claiming one too."""

import datetime

import sqlalchemy as sa

from cloudkitty.db.tasks import due as due_tasks
from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import new_tasks

NOW = base.utc("2026-11-27T12:00")
LATER = NOW + datetime.timedelta(hours=1)


@databases.on_each(databases.SERVERS)
class DueTasks:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        new = [new_tasks.make(name, NOW) for name in "abc"]
        self.database.write(lambda s: new_tasks.insert(s, new, NOW))
        with self.database.reader() as session:
            self.ids = [
                task.id for task in task_queries.find(session, ascending=True)
            ]
        # The other processor.
        self.other = self.database.engine.connect()
        self.addCleanup(self.other.close)

    def lock_elsewhere(self, task_ids):
        # One by one: of several, MariaDB would lock whatever it looks at.
        for task_id in task_ids:
            self.other.execute(
                sa.select(task_models.Reprocess.id)
                .where(task_models.Reprocess.id == task_id)
                .with_for_update(nowait=True)
            ).one()

    def found(self, skip=()):
        with self.database.writer() as session:
            found = due_tasks.lock_oldest(session, LATER, skip)
        return found and found.task.id

    def test_the_oldest(self):
        self.assertEqual(self.ids[0], self.found())

    def test_what_is_locked_is_passed_over(self):
        self.lock_elsewhere(self.ids[:1])
        self.assertEqual(self.ids[1], self.found())

    def test_many_locked_ones_are_passed_over(self):
        self.lock_elsewhere(self.ids[:2])
        self.assertEqual(self.ids[2], self.found())

    def test_none_where_all_are_locked(self):
        self.lock_elsewhere(self.ids)
        self.assertIsNone(self.found())
        self.other.rollback()
        self.assertEqual(self.ids[0], self.found())

    def test_what_is_to_be_left_alone(self):
        self.lock_elsewhere(self.ids[1:2])
        self.assertEqual(self.ids[2], self.found(skip=self.ids[:1]))
        self.assertIsNone(self.found(skip=self.ids))

    def test_one_row_is_locked(self):
        with self.database.writer() as session:
            due_tasks.lock_oldest(session, LATER, ())
            # That fails at once where a row is locked.
            self.lock_elsewhere(self.ids[1:])
