# SPDX-License-Identifier: Apache-2.0
"""Which windows are changing, and which are taken, on each database."""

import datetime

from cloudkitty.common import periods
from cloudkitty.db.tasks import overlap as task_overlap
from cloudkitty.tests import base
from cloudkitty.tests import claiming
from cloudkitty.tests import databases
from cloudkitty.tests import new_tasks

HOUR = datetime.timedelta(hours=1)
NOW = base.utc("2026-11-23T12:00")
BEGIN = base.utc("2026-11-01T00:00")
END = BEGIN + 3 * HOUR
PERIOD = 3600
#: Some that a database may take for another.
NAMES = ("a", "A", "a ", "ä", "b", "c")
#: More than are asked for by name.
MANY = [f"other-{number}" for number in range(50)]


@databases.on_each()
class Windows:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        tasks = [new_tasks.make(name, BEGIN, 3) for name in NAMES]
        with self.database.writer() as session:
            new_tasks.insert(session, tasks, NOW)

    def run_oldest(self, count):
        for _ in range(count):
            self.database.write(
                lambda session: claiming.claim_next(
                    session, owner="me", now=NOW, lease_seconds=60
                )
            )

    def names(self, query, *args, **kwargs):
        with self.database.reader() as session:
            found = query(session, PERIOD, *args, **kwargs)
        return [task.scope_id for task in found]

    def test_only_what_runs_is_changing(self):
        self.assertEqual([], self.names(task_overlap.running))
        self.run_oldest(3)
        self.assertEqual(["a", "A", "a "], self.names(task_overlap.running))

    def test_names_are_exact_however_many_are_asked_for(self):
        self.run_oldest(4)
        for more in ([], MANY):
            for asked in (["A"], ["a "], ["ä", "a"], ["B"], ["b"], []):
                self.assertEqual(
                    [name for name in NAMES[:4] if name in asked],
                    self.names(
                        task_overlap.running, scope_ids=[*asked, *more]
                    ),
                )

    def test_only_windows_that_share_periods(self):
        self.run_oldest(1)
        for begin, end, found in (
            (BEGIN - HOUR, BEGIN, []),
            (BEGIN - HOUR, BEGIN + HOUR, ["a"]),
            (END - HOUR, END + HOUR, ["a"]),
            (END, END + HOUR, []),
        ):
            window = periods.Window(begin, end)
            self.assertEqual(
                found, self.names(task_overlap.running, window=window)
            )

    def test_what_waits_is_taken(self):
        self.run_oldest(1)
        window = periods.Window(BEGIN, END)
        for asked in (["a", "A", "C"], ["a", "A", *MANY]):
            self.assertEqual(
                ["a", "A"], self.names(task_overlap.taken, window, asked)
            )
