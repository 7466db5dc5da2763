# SPDX-License-Identifier: Apache-2.0
"""Eight clients of two API servers post overlapping windows at once."""

import collections
import concurrent.futures
import datetime
import threading

import requests

from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.tests import databases
from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.functional.tasks import arena
from cloudkitty.tests.functional.tasks import racer

URL = "/v2/task/reprocesses"


@databases.on_each()
class _HttpRace(arena.Arena):
    def setUp(self):
        super().setUp()
        self.urls = [self.start_api() + URL for _ in range(2)]
        self.sessions = [requests.Session() for _ in range(arena.POSTERS)]
        for session in self.sessions:
            self.addCleanup(session.close)

    def start_api(self):
        """Return the address of an API with connections of its own."""
        database = facade.Database(self.conf)
        self.addCleanup(database.dispose)
        services = fake_api.services_of(
            self.conf, database, clock=clock.SystemClock()
        )
        wsgi = fake_api.wsgi_of(services)
        return self.useFixture(live_api.LiveApi(wsgi)).url

    def test_posters_of_overlapping_windows(self):
        counts = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(arena.POSTERS) as pool:
            for number in range(arena.ROUNDS):
                answers = self.post_at_once(pool, number)
                self.check(answers)
                counts.update(answer.status_code for answer in answers)
        self.tell(rounds=arena.ROUNDS, statuses=dict(counts))

    def post_at_once(self, pool, number):
        barrier = threading.Barrier(arena.POSTERS)

        def post(index, window):
            scope_ids, hour, hours = window
            start = racer.START + datetime.timedelta(hours=hour)
            end = start + datetime.timedelta(hours=hours - 1)
            barrier.wait()
            return self.sessions[index].post(
                self.urls[index % len(self.urls)],
                json={
                    "scope_ids": scope_ids,
                    "start_reprocess_time": start.isoformat(),
                    "end_reprocess_time": end.isoformat(),
                    "reason": "race",
                },
                timeout=120,
            )

        windows = self.overlapping_windows(number)
        return list(pool.map(post, range(arena.POSTERS), windows))

    def check(self, answers):
        self.assertEqual(
            [200] + [400] * (arena.POSTERS - 1),
            sorted(answer.status_code for answer in answers),
            [answer.text for answer in answers],
        )
        for answer in answers:
            if answer.status_code == 400:
                (error,) = answer.json()["errors"]
                self.assertIn("overlap", error["code"])
