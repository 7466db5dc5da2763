# SPDX-License-Identifier: Apache-2.0
"""A processor is suspended in the middle of a write and loses its claim.

Another processor completes the task with another price. Then the first one
goes on: the points stay those of the second one.
"""

import datetime
import os
import signal

from cloudkitty.storage import base as storage_base
from cloudkitty.tests import base
from cloudkitty.tests import holding_proxy
from cloudkitty.tests import influxdb
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.functional.storage import influxdb_case
from cloudkitty.tests.functional.storage import test_opensearch

HOURS = 8
SCOPE = "project-a"
#: Points of a period and periods of a chunk of the scope.
POINTS, PERIODS = 4, 2
SECONDS = 300
FIRST_PRICE, SECOND_PRICE = 3, 5


class _LostClaims:
    #: End of the path of a request that writes.
    path: str

    def setUp(self):
        super().setUp()
        self.storage = self.make_storage()
        self.storage.init()
        self.place = deployment.Deployment(
            self, hours=HOURS, chunk_points=POINTS * PERIODS
        )
        self.direct = self.place.config.read_text()
        self.proxy = self.useFixture(
            holding_proxy.HoldingProxy(self.server_url(), self.path)
        )
        self.configure(self.server_port())

    def configure(self, port):
        """Let the next processor use this port of the server."""
        text = self.direct.replace("= sqlalchemy", f"= {self.backend}")
        self.place.config.write_text(text + self.options(port))

    def start_first(self, *, before):
        """Return a processor that is suspended in its second chunk."""
        place = self.place
        place.set_price(1)
        live = place.start()
        place.wait_until_rated(SECONDS)
        live.kill()
        place.set_price(FIRST_PRICE)
        self.proxy.hold(2, before=before)
        self.configure(self.proxy.port)
        self.task_id = place.schedule(SCOPE, place.window)
        first = place.start()
        place.wait_for("the write", self.proxy.held.is_set, SECONDS)
        os.killpg(first.process.pid, signal.SIGSTOP)
        self.assertEqual(PERIODS, place.task(self.task_id).periods_done)
        return first

    def complete(self):
        """Complete the task with another processor and another price."""
        place = self.place
        place.set_price(SECOND_PRICE)
        # The locks of the first one have expired as well.
        self.direct = self.direct.replace("/locks", "/other-locks")
        self.configure(self.server_port())
        place.start()
        place.wait_until_done(self.task_id, SECONDS)
        self.assertEqual(self.expected(), self.prices())

    def go_on(self, first):
        """Wake the first one up, and wait until it has given up."""
        self.proxy.release()
        os.killpg(first.process.pid, signal.SIGCONT)
        self.place.wait_for(
            "the end of the first processor's write",
            lambda: any(
                words in self.place.log_text()
                for words in ("claim lost", "task lost", "a later write")
            ),
            SECONDS,
        )

    def expected(self, late=()):
        """Return the price of a unit in each period.

        :param late: periods with the price of the first processor.
        """
        # The first chunk was complete before the claim was lost.
        prices = [FIRST_PRICE] * PERIODS
        prices += [SECOND_PRICE] * (HOURS - PERIODS)
        for index in late:
            prices[index] = FIRST_PRICE
        return [{price} for price in prices]

    def prices(self):
        """Return the prices of a unit in each period of the scope."""
        query = storage_base.Query(
            window=self.place.window, filters={"project_id": [SCOPE]}
        )
        found = [set() for _ in range(HOURS)]
        count = 0
        for frame in self.storage.retrieve(query).frames:
            index = (frame.start - self.place.window.begin) // _HOUR
            for _, point in frame.iterpoints():
                found[index].add(point.price / point.qty)
                count += 1
        self.assertEqual(HOURS * POINTS, count)
        return found

    def test_suspended_after_a_request(self):
        """The server has executed it; the answer comes later."""
        first = self.start_first(before=False)
        self.complete()
        self.go_on(first)
        self.assertEqual(self.expected(), self.prices())


_HOUR = datetime.timedelta(hours=1)


class TestInfluxDB(_LostClaims, influxdb_case.InfluxDB, base.TestCase):
    backend = "influxdb"
    path = "/write"

    def server_port(self):
        return self.server.port

    def server_url(self):
        return f"http://127.0.0.1:{self.server.port}"

    def options(self, port):
        return (
            f"[storage_influxdb]\nhost = 127.0.0.1\nport = {port}\n"
            f"database = {influxdb.DATABASE}\n"
        )

    def test_suspended_within_a_request(self):
        """The server gets one request late: the log names its periods."""
        first = self.start_first(before=True)
        self.complete()
        self.go_on(first)
        late = range(PERIODS, 2 * PERIODS)
        self.assertEqual(self.expected(late), self.prices())
        self.place.wait_for_log("claim lost while points were written")
        begin = self.place.window.begin + PERIODS * _HOUR
        self.place.wait_for_log(f"begin={begin.isoformat()}")
        # As the log says, a reprocess repairs them.
        self.task_id = self.place.schedule(SCOPE, self.place.window)
        self.place.wait_until_done(self.task_id, SECONDS)
        self.assertEqual([{SECOND_PRICE}] * HOURS, self.prices())


class TestOpenSearch(_LostClaims, test_opensearch.Case, base.TestCase):
    backend = "opensearch"
    path = "/_bulk"

    def server_port(self):
        return int(self.url.rpartition(":")[2])

    def server_url(self):
        return self.url

    def options(self, port):
        return (
            f"[storage_opensearch]\nhost = http://127.0.0.1:{port}\n"
            f"index_name = {self.index}\n"
        )

    def test_suspended_within_a_request(self):
        """The server rejects the late request: its version is older."""
        first = self.start_first(before=True)
        self.complete()
        self.go_on(first)
        self.assertEqual(self.expected(), self.prices())
