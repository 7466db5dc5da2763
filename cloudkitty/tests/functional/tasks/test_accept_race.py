# SPDX-License-Identifier: Apache-2.0
"""Requests that come at the same instant: one is accepted, each time.

These are threads of one process; ``test_process_race`` has processes.
"""

import concurrent.futures
import datetime
import threading

from cloudkitty.common import clock
from cloudkitty.tasks import accept
from cloudkitty.tasks import errors
from cloudkitty.tasks import request as task_request
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.functional.tasks import arena

PERIOD = 3600
POSTERS = arena.POSTERS
START = base.utc("2026-11-01T00:00")


@databases.on_each()
class Race(arena.Arena):
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

    def check(self, results):
        others = [result for result in results if result != "accepted"]
        self.assertEqual([errors.OverlapsActiveTask] * (POSTERS - 1), others)

    def test_the_same_window(self):
        for number in range(arena.ROUNDS):
            results = self.post_at_once(
                [self.request(["a"], number)] * POSTERS
            )
            self.check(results)
            self.assertEqual(number + 1, len(self.tasks()))

    def test_windows_and_scopes_that_overlap_in_part(self):
        for number in range(arena.ROUNDS):
            self.check(
                self.post_at_once(
                    [
                        self.request(*window)
                        for window in self.overlapping_windows(number)
                    ]
                )
            )

    def test_different_scopes_do_not_disturb_each_other(self):
        for number in range(arena.ROUNDS):
            results = self.post_at_once(
                [self.request([name], number) for name in arena.NAMES]
            )
            self.assertEqual(["accepted"] * 3, results)
        self.assertEqual(3 * arena.ROUNDS, len(self.tasks()))
