# SPDX-License-Identifier: Apache-2.0
"""Readers of totals during a reprocess see old or new ones, never a dip."""

import os
import threading
import time

import requests

from cloudkitty.common import clock
from cloudkitty.db import facade
from cloudkitty.storage import base as storage_base
from cloudkitty.storage import loader as storage_loader
from cloudkitty.tests import databases
from cloudkitty.tests import figures
from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api as fake_api
from cloudkitty.tests.functional.orchestrator import deployment

#: Periods of the task; 900 for a campaign.
HOURS = int(os.environ.get("CLOUDKITTY_TEST_READER_HOURS", "240"))
#: Seconds between two looks of one reader.
PAUSE = 0.003
SCOPE = "project-a"


class Reader(threading.Thread):
    """Looks again and again, and remembers what was new to it.

    :param look: returns (qty, price) by period, as texts or numbers.
    :ivar polls: looks so far.
    :ivar seen: the answers that differed from the one before.
    """

    def __init__(self, look):
        super().__init__(daemon=True)
        self._look = look
        self._over = threading.Event()
        self.polls = 0
        self.seen = []
        self.error = None

    def run(self):
        try:
            while not self._over.wait(PAUSE):
                answer = self._look()
                self.polls += 1
                if not self.seen or self.seen[-1] != answer:
                    self.seen.append(answer)
        except Exception as error:
            self.error = error

    def end(self):
        self._over.set()
        self.join()
        if self.error is not None:
            raise self.error


@databases.on_each()
class _Readers:
    backend: str

    def setUp(self):
        super().setUp()
        self.place = deployment.Deployment(
            self, hours=HOURS, backend=self.backend, chunk_points=1
        )
        self.place.conf.set_override("auth_strategy", "noauth")
        # A pool of its own, as a reader's own process has it.
        self.database = facade.Database(self.place.conf)
        self.addCleanup(self.database.dispose)
        self.storage = storage_loader.load(self.place.conf, self.database)

    def look_at_storage(self):
        totals = self.storage.total(
            storage_base.Query(
                window=self.place.window, filters={"project_id": [SCOPE]}
            ),
            ["time"],
        )
        return {
            row.begin.isoformat(): (row.qty, row.rate) for row in totals.rows
        }

    def api_look(self):
        services = fake_api.services_of(
            self.place.conf,
            self.database,
            self.storage,
            clock.SystemClock(),
        )
        api = self.useFixture(live_api.LiveApi(fake_api.wsgi_of(services)))
        session = requests.Session()
        self.addCleanup(session.close)
        parameters = {
            "groupby": "time",
            "filters": f"project_id:{SCOPE}",
            "begin": self.place.window.begin.isoformat(),
            "end": self.place.window.end.isoformat(),
            "limit": "1000",
        }

        def look():
            answer = session.get(
                f"{api.url}/v2/summary", params=parameters, timeout=60
            )
            answer.raise_for_status()
            return {
                begin: (qty, rate)
                for begin, _, qty, rate in answer.json()["results"]
            }

        return look

    def test_totals_are_old_or_new(self):
        self.place.set_price(1)
        self.place.start()
        self.place.wait_until_rated()
        looks = {"storage": self.look_at_storage, "api": self.api_look()}
        old = {name: look() for name, look in looks.items()}
        self.place.set_price(3)
        readers = {name: Reader(look) for name, look in looks.items()}
        for reader in readers.values():
            reader.start()
        began = time.monotonic()
        task_id = self.place.schedule(SCOPE, self.place.window)
        self.place.wait_until_done(task_id, 180)
        seconds = time.monotonic() - began
        for name, reader in readers.items():
            reader.end()
            self.check(old[name], looks[name](), reader)
        told = ", ".join(
            f"{name}: {reader.polls} polls, {len(reader.seen)} answers"
            for name, reader in readers.items()
        )
        figures.tell(self, f"{told} in {seconds:.1f} s")

    def check(self, old, new, reader):
        hours = sorted(old)
        self.assertEqual(HOURS, len(hours))
        self.assertEqual(hours, sorted(new))
        for hour in hours:
            self.assertEqual(old[hour][0], new[hour][0])
            self.assertEqual(3 * old[hour][1], new[hour][1])
        # The reader must have read in the middle of the task.
        self.assertGreater(len(reader.seen), 10)
        edges = [self.edge(answer, old, new, hours) for answer in reader.seen]
        self.assertEqual(sorted(edges), edges)

    def edge(self, answer, old, new, hours):
        """Return how many periods are new: the first ones, and no others."""
        self.assertEqual(hours, sorted(answer))
        count = sum(answer[hour] == new[hour] for hour in hours)
        expected = {
            hour: (new if place < count else old)[hour]
            for place, hour in enumerate(hours)
        }
        self.assertEqual(expected, answer)
        return count
