# SPDX-License-Identifier: Apache-2.0
"""A Prometheus that drips takes no thread from the processor for long."""

import time
import urllib.request

from cloudkitty.tests import base
from cloudkitty.tests import http_stub
from cloudkitty.tests import prometheus
from cloudkitty.tests.functional.orchestrator import deployment

MORE = """
[orchestrator]
max_threads = 2
reprocess_backoff = 1
reprocess_max_backoff = 1
[collector_prometheus]
timeout = {timeout}
"""


class DrippingProxy(http_stub.StubServer):
    """Stands before a server until ``heal``.

    Until then one metric fails at once, and the answer for the other drips
    without an end.

    :param server: URL of the server's API, ``/api/v1`` included.
    :param failing: whether the one fails; False lets it drip too.
    """

    def __init__(self, server, failing):
        super().__init__(http_stub.Answer())
        self._server = server.removesuffix("/api/v1")
        self._failing = failing
        self._healed = False
        self.dripping = 0

    def heal(self):
        self._healed = True

    def _play(self, handler, answer):
        if self._healed:
            with urllib.request.urlopen(self._server + handler.path) as real:
                answer = http_stub.Answer(real.read().decode())
        elif self._failing and "volume_size_gb" in handler.path:
            answer = http_stub.Answer("away", status=500)
        else:
            self.dripping += 1
            answer = http_stub.Answer(fault="tiny-chunks")
        super()._play(handler, answer)


class TestStuckBackend(base.TestCase):
    def heal_after(self, dripping, *, timeout, failing):
        """Return the seconds from the healing to the task's success."""
        self.need("prometheus", prometheus.installed())
        samples = deployment.Deployment(self, ("project-a",), hours=48)
        server = self.useFixture(
            prometheus.PrometheusFixture(
                (samples.folder / "samples.om").read_text(),
                self.make_folder(),
            )
        )
        proxy = self.useFixture(DrippingProxy(server.url, failing))
        place = deployment.Deployment(
            self,
            ("project-a",),
            hours=48,
            end=samples.window.end,
            collector="prometheus",
            prometheus_url=f"{proxy.url}/api/v1",
            max_workers=0,
        )
        with place.config.open("a") as config:
            config.write(MORE.format(timeout=timeout))
        place.set_price("1")
        task_id = place.schedule("project-a", place.window)
        place.start()
        place.wait_for("the drip", lambda: proxy.dripping >= dripping)
        proxy.heal()
        began = time.monotonic()
        place.wait_until_done(task_id)
        self.assertGreater(len(place.dump()), 48)
        return time.monotonic() - began

    def test_cancelled_requests_free_their_threads(self):
        """Each attempt fails by one metric, while the other one drips."""
        seconds = self.heal_after(3, timeout=600, failing=True)
        self.assertLess(seconds, 40)

    def test_deadline_frees_the_threads(self):
        seconds = self.heal_after(3, timeout=2, failing=False)
        self.assertLess(seconds, 40)
