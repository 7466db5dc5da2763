# SPDX-License-Identifier: Apache-2.0
"""Requests that come at the same instant: one is accepted, each time."""

import concurrent.futures
import datetime
import threading

from cloudkitty.common import clock
from cloudkitty.common import scopes
from cloudkitty.db import reprocesses
from cloudkitty.db import scope_states
from cloudkitty.tasks import accept
from cloudkitty.tasks import errors
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base
from cloudkitty.tests import databases

PERIOD = 3600
POSTERS = 8
ROUNDS = 6
START = base.utc("2026-11-01T00:00")
LAST = base.utc("2026-11-20T00:00")


class Race:
    """One backend; the subclasses name it."""

    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)
        with self.database.writer() as session:
            for name in "abc":
                scope_states.create(
                    session,
                    scopes.Scope(
                        identifier=name,
                        scope_key="project_id",
                        fetcher="source",
                        collector="openmetrics",
                    ),
                    LAST,
                )

    def post_at_once(self, requests):
        """Send all at one instant; return "accepted" or the error's type."""
        barrier = threading.Barrier(len(requests))

        def post(request):
            barrier.wait()
            try:
                accept.accept(
                    self.database, clock.SystemClock(), PERIOD, request
                )
            except Exception as error:
                return type(error)
            return "accepted"

        with concurrent.futures.ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(post, requests))

    def request(self, scope_ids, hour, hours=1):
        start = START + datetime.timedelta(hours=hour)
        return task_request.Request(
            scope_ids=scope_ids,
            start_at=start,
            end_at=start + datetime.timedelta(hours=hours - 1),
            reason="race",
        )

    def tasks(self):
        with self.database.reader() as session:
            return reprocesses.find(session)

    def check(self, results):
        others = [result for result in results if result != "accepted"]
        self.assertEqual([errors.OverlapsActiveTask] * (POSTERS - 1), others)

    def test_the_same_window(self):
        for number in range(ROUNDS):
            results = self.post_at_once(
                [self.request(["a"], number)] * POSTERS
            )
            self.check(results)
            self.assertEqual(number + 1, len(self.tasks()))

    def test_windows_and_scopes_that_overlap_in_part(self):
        lists = (["a", "b"], ["b", "c"], ["b"], ["ALL"])
        for number in range(ROUNDS):
            # All share the scope b and the tenth hour of the round.
            results = self.post_at_once(
                [
                    self.request(
                        lists[n % len(lists)], 20 * number + n, 11 - n
                    )
                    for n in range(POSTERS)
                ]
            )
            self.check(results)

    def test_different_scopes_do_not_disturb_each_other(self):
        for number in range(ROUNDS):
            results = self.post_at_once(
                [self.request([name], number) for name in "abc"]
            )
            self.assertEqual(["accepted"] * 3, results)
        self.assertEqual(3 * ROUNDS, len(self.tasks()))


class TestSQLite(Race, base.TestCase):
    backend = "sqlite"


class TestMariaDB(Race, base.TestCase):
    backend = "mariadb"


class TestPostgreSQL(Race, base.TestCase):
    backend = "postgresql"
