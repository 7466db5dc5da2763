# SPDX-License-Identifier: Apache-2.0
"""The Prometheus fetcher: its query, its answers, its errors."""

from cloudkitty.common import exceptions
from cloudkitty.fetcher import base as fetcher_base
from cloudkitty.fetcher import prometheus
from cloudkitty.tests import base
from cloudkitty.tests import http_stub
from cloudkitty.tests.fakes import fetcher as fake


class TestPrometheus(base.TestCase):
    def make(self, **options):
        return prometheus.PrometheusFetcher(
            self.make_conf(
                fetcher_prometheus={
                    "prometheus_url": "http://127.0.0.1:1/api/v1",
                    "metric": "up",
                    **options,
                }
            )
        )

    def start(self, *answers):
        stub = self.useFixture(http_stub.StubServer(*answers))
        return stub, self.make(prometheus_url=f"{stub.url}/api/v1/")

    def test_query(self):
        self.assertEqual("max(up{}) by (project_id)", self.make().query)
        self.assertEqual(
            'max(up{a="1", b="x\\"} or m{y=\\""}) by (tenant)',
            self.make(
                scope_attribute="tenant",
                filters={"a": "1", "b": 'x"} or m{y="'},
            ).query,
        )

    def test_scopes(self):
        stub, fetcher = self.start(
            http_stub.vector(
                *(
                    {"metric": labels, "value": [1, "1"]}
                    for labels in (
                        {"project_id": "b"},
                        {},
                        {"project_id": ""},
                        {"project_id": "a"},
                        {"project_id": "b"},
                    )
                )
            )
        )
        self.assertEqual(["a", "b"], fetcher.get_scopes())
        [request] = stub.requests
        self.assertEqual("/api/v1/query", request.path)
        self.assertEqual({"query": fetcher.query}, request.parameters)

    def test_nothing_there(self):
        _stub, fetcher = self.start(http_stub.vector())
        self.assertEqual([], fetcher.get_scopes())

    def test_no_answer_is_not_no_scopes(self):
        for answer, words in (
            (http_stub.Answer("", status=503), "HTTP 503"),
            (http_stub.matrix(), "a matrix instead of a vector"),
            (http_stub.vector(warnings=["half"]), "a partial answer"),
            (http_stub.Answer("x", fault="reset"), "cannot be reached"),
        ):
            _stub, fetcher = self.start(answer)
            err = self.assertRaises(
                fetcher_base.FetchError, fetcher.get_scopes
            )
            self.assertIn(words, str(err))

    def test_refused_at_start(self):
        for options, words in (
            ({"metric": None}, "metric is not set"),
            ({"metric": "a b"}, "'a b' is not"),
            ({"scope_attribute": "a) or (b"}, "scope_attribute"),
            ({"filters": {"a-b": "1"}}, "'a-b' is not"),
            ({"prometheus_url": ""}, "prometheus_url is not set"),
        ):
            err = self.assertRaises(
                exceptions.InvalidConfiguration, self.make, **options
            )
            self.assertIn("[fetcher_prometheus]", str(err))
            self.assertIn(words, str(err))


class TestFake(base.TestCase):
    def test_as_told(self):
        fetcher = fake.FakeFetcher(self.make_conf(), ["a"])
        fetcher.fail("down")
        self.assertRaises(fetcher_base.FetchError, fetcher.get_scopes)
        self.assertEqual(["a"], fetcher.get_scopes())
        self.assertEqual(2, fetcher.calls)
