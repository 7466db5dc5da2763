# SPDX-License-Identifier: Apache-2.0
"""Three scopes in a database, what races need to see of them."""

import os

from cloudkitty.db.scopes import updates as scope_updates
from cloudkitty.db.tasks import events as task_events
from cloudkitty.db.tasks import queries as task_queries
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests import figures
from cloudkitty.tests import new_scopes

POSTERS = 8
#: ``CLOUDKITTY_TEST_RACES=500`` for a campaign.
ROUNDS = int(os.environ.get("CLOUDKITTY_TEST_RACES", "6"))
NAMES = "abc"
#: Beginning of the last rated period: far enough for all windows.
LAST = base.utc("2030-11-20T00:00")
LISTS = (["a", "b"], ["b", "c"], ["b"], ["ALL"])


class Arena:
    """Three rated scopes; the tests run with ``databases.on_each``."""

    backend: str

    def setUp(self):
        super().setUp()
        self.conf = self.make_conf(default={"auth_strategy": "noauth"})
        self.database = databases.make_database(self, self.backend, self.conf)
        self.url = self.database.engine.url.render_as_string(False)
        with self.database.writer() as session:
            for name in NAMES:
                scope_updates.create(
                    session,
                    new_scopes.make(name),
                    LAST,
                )

    def overlapping_windows(self, number):
        """Return (scope ids, first hour, hours) for each poster.

        All share the scope b and the tenth hour of the round.
        """
        return [
            (LISTS[n % len(LISTS)], 20 * number + n, 11 - n)
            for n in range(POSTERS)
        ]

    def tasks(self):
        with self.database.reader() as session:
            return task_queries.find(session, ascending=True)

    def events(self, task_id):
        """Return what happened to a task: (from, to)."""
        with self.database.reader() as session:
            return [
                (event.from_state, event.to_state)
                for event in task_events.find(session, task_id)
            ]

    def check_events(self, tasks):
        """Each event goes on where the one before ended."""
        for task in tasks:
            events = self.events(task.id)
            states = [None] + [to for _, to in events]
            self.assertEqual(states[:-1], [was for was, _ in events])
            self.assertEqual(task.state, states[-1])

    def tell(self, **given):
        """Keep figures with the test."""
        text = " ".join(f"{name}={value}" for name, value in given.items())
        figures.tell(self, text)
