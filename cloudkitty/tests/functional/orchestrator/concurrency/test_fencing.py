# SPDX-License-Identifier: Apache-2.0
"""A processor that slept past its lease cannot write."""

import os
import signal
import time

from cloudkitty.common import periods
from cloudkitty.tests import databases
from cloudkitty.tests.functional.orchestrator import deployment

#: Seconds of a pause: longer than the other's start, the lease and the time
#: between two looks for tasks together.
PAUSE = 10
TRIES = 20


@databases.on_each(databases.SERVERS)
class _Fencing:
    """Run on each database that has a server.

    A process that is stopped while it holds a lock of an SQLite file blocks
    all others, readers too, so no other process can take over from it.
    """

    backend: str

    def test_expired_claims_write_no_points(self):
        place = deployment.Deployment(
            self, hours=400, backend=self.backend, chunk_points=8
        )
        place.set_price(1)
        live = place.start()
        place.wait_until_rated()
        live.kill()
        before = place.dump()
        place.set_price(2)
        task_id = place.schedule("project-a", place.window)
        sleeper = place.start()
        place.wait_for("a claim", lambda: place.task(task_id).periods_done)
        # An attempt reads its rules once: this one still has the old price
        # when it wakes up. So the price of a period identifies its writer.
        place.set_price(3)
        os.killpg(sleeper.process.pid, signal.SIGSTOP)
        # The lock service gave its locks away too: the other has its own.
        other = self.start_with_own_locks(place)
        stopped_at = self.pause_until_taken_over(place, sleeper, task_id)
        os.killpg(sleeper.process.pid, signal.SIGCONT)
        place.wait_until_done(task_id)
        place.wait_for_log("task lost")
        other.kill()
        sleeper.kill()
        self.check(place, before, stopped_at)

    def start_with_own_locks(self, place):
        text = place.config.read_text()
        config = place.folder / "other.conf"
        config.write_text(text.replace("/locks", "/locks-of-the-other"))
        processor = deployment.Processor(config, place.folder / "other.log")
        self.addCleanup(processor.kill)
        return processor

    def pause_until_taken_over(self, place, sleeper, task_id):
        """Stop the sleeper; return the last cursor that it is known to have.

        One that is stopped in a transaction holds the rows locked, and so
        cannot be replaced: it gets another chance. The other may also take
        over in the moment in which the sleeper runs: the cursor of that
        moment is the other's.
        """
        # It was stopped by the caller, before the other was started.
        own = place.task(task_id)
        for _ in range(TRIES):
            os.killpg(sleeper.process.pid, signal.SIGSTOP)
            give_up_at = time.monotonic() + PAUSE
            while time.monotonic() < give_up_at:
                now = place.task(task_id)
                if now.lease_token > own.lease_token:
                    return own.current_at
                self.assertEqual("running", now.state, place.log_text())
                own = now
                time.sleep(0.02)
            os.killpg(sleeper.process.pid, signal.SIGCONT)
            time.sleep(0.05)
        self.fail("no processor took over")

    def check(self, place, before, stopped_at):
        """Each period has one price, and never an older one again."""
        after = place.dump()
        inside, outside = place.select(after, "project-a", place.window)
        was_inside, was_outside = place.select(
            before, "project-a", place.window
        )
        self.assertEqual(was_outside, outside)
        self.assertEqual(
            [deployment.without_price(row) for row in was_inside],
            [deployment.without_price(row) for row in inside],
        )
        prices = deployment.prices_by_begin(inside)
        in_order = [prices[begin] for begin in sorted(prices)]
        self.assertEqual([{2}, {3}], _runs(in_order))
        done = periods.Window(
            place.window.begin, periods.floor(stopped_at, 3600)
        )
        for period in done.periods(3600):
            self.assertEqual({2}, prices[str(period.begin)])


def _runs(values):
    """Return ``values`` without repeats in a row."""
    return [
        value
        for index, value in enumerate(values)
        if not index or values[index - 1] != value
    ]
