# SPDX-License-Identifier: Apache-2.0
"""The simulated transport fails as a real server makes the client fail."""

import json
import math
from unittest import mock

import urllib3

from cloudkitty.collector import base as collector_base
from cloudkitty.collector.prometheus import collector as prometheus
from cloudkitty.tests import base
from cloudkitty.tests import http_stub
from cloudkitty.tests.contract import collector as contract
from cloudkitty.tests.simulation import deployment
from cloudkitty.tests.simulation import faults
from cloudkitty.tests.simulation import transport
from cloudkitty.tests.simulation import world
from cloudkitty.tests.unit.orchestrator import world as unit_world

WINDOW = unit_world.hours("2026-11-01T00:00", 2)
START = int(WINDOW.begin.timestamp())
SCOPE = world.SCOPES[2]
SERIES = {
    "metric": {"project_id": SCOPE, "resource": "r1"},
    "values": [[START + 3600, "2.25"], [START + 7200, "17"]],
}


def series(quantity):
    """Return the series with another first quantity."""
    return {**SERIES, "values": [[START + 3600, quantity]]}


def cut(answer):
    """Return the answer with the first half of its text."""
    text = json.dumps(answer.body)
    return http_stub.Answer(text[: len(text) // 2])


WHOLE = http_stub.matrix(SERIES)
#: Reaction of a real server that equals the simulated fault.
REAL = {
    "reset": http_stub.Answer(fault="reset"),
    "timeout": http_stub.Answer(fault="stall"),
    "executed-then-timeout": http_stub.Answer(fault="stall"),
    "429": http_stub.Answer("slow down", status=429),
    "500": http_stub.Answer("Internal Server Error", status=500),
    "truncated-json": cut(WHOLE),
    "not-json": http_stub.Answer("<html>welcome</html>"),
    "warned-partial": http_stub.matrix(
        SERIES, warnings=["a store could not be asked"]
    ),
    "nan": http_stub.matrix(series("NaN")),
    "inf": http_stub.matrix(series("+Inf")),
    "drip": http_stub.Answer(WHOLE.body, fault="drip"),
    "endless": http_stub.Answer(fault="endless"),
    "bomb": http_stub.Answer(fault="bomb"),
    "redirect": http_stub.Answer(fault="redirect"),
}


class TestTransport(base.TestCase):
    def make(self, url):
        conf = deployment.make_conf()
        group = "collector_prometheus"
        conf.set_override("prometheus_url", url, group=group)
        conf.set_override("timeout", 0.3, group=group)
        conf.set_override("max_response_size", 1 << 20, group=group)
        return prometheus.PrometheusCollector(conf, deployment.METRIC_LIST)

    def ask(self, collector):
        """Return the answer, or the text of the error without the server."""
        metric = deployment.METRIC_LIST[0]
        try:
            return list(contract.of_scope(collector, metric, SCOPE, WINDOW))
        except collector_base.CollectError as error:
            server = collector._client.server
            return str(error).replace(server, "it")

    def simulated(self, kind):
        seen = {"nan": [series("NaN")], "inf": [series("+Inf")]}

        def send(pool, method, url, **options):
            self.query = transport.parse(url, options.get("body"))
            return transport.respond(seen.get(kind, [SERIES]), kind)

        with mock.patch.object(urllib3.HTTPConnectionPool, "urlopen", send):
            return self.ask(self.make("http://127.0.0.1:9/api/v1"))

    def real(self, answer):
        server = self.useFixture(http_stub.StubServer(answer))
        return self.ask(self.make(server.url))

    def test_faults_read_as_those_of_a_server(self):
        for kind, answer in REAL.items():
            told = self.simulated(kind)
            self.assertIsInstance(told, str, kind)
            self.assertEqual(self.real(answer), told, kind)

    def test_refused(self):
        url = f"http://127.0.0.1:{base.free_port()}"
        self.assertEqual(self.ask(self.make(url)), self.simulated("refused"))

    def test_all_faults_without_an_answer_are_compared(self):
        self.assertEqual(transport.UNUSABLE, REAL.keys() | {"refused"})
        self.assertLess(transport.UNUSABLE, set(faults.COLLECTOR))

    def test_answer_is_that_of_a_server(self):
        self.assertEqual(self.real(WHOLE), self.simulated(None))
        self.assertEqual(
            transport.Query("cpu", (SCOPE,), (START, START + 3600)),
            self.query,
        )

    def test_quantities_become_series(self):
        quantities = {("r1", START): "2.25", ("r1", START + 3600): "17"}
        self.assertEqual([SERIES], transport.answer({SCOPE: quantities}, 3600))

    def test_one_query_for_all_scopes(self):
        found = {
            scope_id: {("r1", START): str(number)}
            for number, scope_id in enumerate(world.SCOPES)
        }
        asked = []

        def send(pool, method, url, **options):
            asked.append(transport.parse(url, options.get("body")))
            return transport.respond(transport.answer(found, 3600), None)

        collector = self.make("http://127.0.0.1:9/api/v1")
        with mock.patch.object(urllib3.HTTPConnectionPool, "urlopen", send):
            collected = list(
                collector.collect(
                    deployment.METRIC_LIST[0], world.SCOPES, WINDOW
                )
            )
        starts = (START, START + 3600)
        self.assertEqual([transport.Query("cpu", world.SCOPES, starts)], asked)
        self.assertEqual(
            {
                scope_id: int(quantity)
                for scope_id, quantities in found.items()
                for quantity in quantities.values()
            },
            {
                item.scope_id: int(point.qty)
                for item in collected
                for point in item.points
            },
        )

    def test_periods_from_a_bad_one_on_do_not_count(self):
        found = {("r1", START): "1", ("r2", START + 3600): "NaN"}
        self.assertEqual(START + 3600, transport.first_bad(found))
        self.assertEqual(math.inf, transport.first_bad({("r1", 0): "1"}))
