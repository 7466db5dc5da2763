# SPDX-License-Identifier: Apache-2.0
"""Each column of the tasks' table is read, into a field of its own."""

import dataclasses
import datetime

import sqlalchemy as sa

from cloudkitty.db.tasks import models as task_models
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.db.tasks import records as task_records
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import fields

_TABLE = task_models.Reprocess.__table__
#: Fields whose columns have upstream's names.
COLUMNS = {
    "scope_id": "identifier",
    "start_at": "start_reprocess_time",
    "end_at": "end_reprocess_time",
    "current_at": "current_reprocess_time",
}


def row(task: task_records.Task) -> dict[str, object]:
    """Return the columns of a task."""
    columns = {
        COLUMNS.get(name, name): getattr(task, name)
        for name in (field.name for field in dataclasses.fields(task))
    }
    return columns | {"metrics": list(task.metrics)}


class TestColumns(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)

    def store(self, task):
        """Store a task as the only one; return it as read, and as listed."""
        with self.database.engine.begin() as connection:
            connection.execute(sa.delete(_TABLE))
            connection.execute(sa.insert(_TABLE), row(task))
        with self.database.reader() as session:
            [listed] = task_queries.find_listed(session)
            return task_queries.get(session, task.id), listed

    def test_each_column_belongs_to_a_field(self):
        names = {field.name for field in dataclasses.fields(task_records.Task)}
        self.assertEqual(
            {column.name for column in _TABLE.columns},
            {COLUMNS.get(name, name) for name in names},
        )

    def test_each_column_is_read_into_its_field(self):
        # No metrics and no known mode: upstream does not see such a task.
        # Two periods, of which one is done: that gives the cursor.
        start = base.utc("2026-11-01T00:00")
        whole = fields.sample(
            task_records.Task,
            start_at=start,
            end_at=start + datetime.timedelta(hours=5),
            current_at=start,
            periods_total=6,
        )
        self.assertEqual(whole, self.store(whole)[0])
        for name, other in fields.changes(whole):
            if name in ("current_at", "start_at", "end_at", "periods_total"):
                continue
            if name == "periods_done":
                hour = datetime.timedelta(hours=1)
                other = dataclasses.replace(other, current_at=start + hour)
            task, listed = self.store(other)
            self.assertEqual(other, task, name)
            for field in dataclasses.fields(task_records.ListedTask):
                self.assertEqual(
                    getattr(other, field.name), getattr(listed, field.name)
                )
