# SPDX-License-Identifier: Apache-2.0
"""The Gnocchi fetcher: its requests, its errors."""

import base64
import json

import fixtures

from cloudkitty.common import exceptions
from cloudkitty.fetcher import base as fetcher_base
from cloudkitty.fetcher import gnocchi
from cloudkitty.tests import base
from cloudkitty.tests import http_stub


class TestGnocchi(base.TestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch(
                "cloudkitty.common.http.retries.WAITS", (0.01, 0.01)
            )
        )

    def make(self, **options):
        return gnocchi.GnocchiFetcher(
            self.make_conf(
                fetcher_gnocchi={
                    "gnocchi_auth_type": "basic",
                    "gnocchi_user": "ädmin",
                    "gnocchi_endpoint": "http://127.0.0.1:1/",
                    **options,
                }
            )
        )

    def start(self, *answers, **options):
        self.stub = self.useFixture(http_stub.StubServer(*answers))
        return self.make(gnocchi_endpoint=self.stub.url, **options)

    def test_requests(self):
        fetcher = self.start(
            http_stub.Answer([{"project_id": "b"}, {"project_id": "a"}]),
            http_stub.Answer([{"project_id": ""}, {"project_id": "c"}]),
            http_stub.Answer([]),
            http_stub.Answer([{"project_id": "a"}]),
            http_stub.Answer([]),
            resource_types=["instance", "volume", "instance"],
        )
        self.assertEqual(["a", "b", "c"], fetcher.get_scopes())
        known = {"not": {"=": {"project_id": None}}}

        def others(*found):
            return {
                "and": [known, {"not": {"in": {"project_id": list(found)}}}]
            }

        self.assertEqual(
            [
                ("/v1/search/resource/instance", known),
                ("/v1/search/resource/instance", others("a", "b")),
                ("/v1/search/resource/instance", others("", "a", "b", "c")),
                ("/v1/search/resource/volume", known),
                ("/v1/search/resource/volume", others("a")),
            ],
            [
                (each.path, json.loads(each.body))
                for each in self.stub.requests
            ],
        )
        request = self.stub.requests[0]
        self.assertEqual({"details": "true"}, request.parameters)
        credentials = request.authorization.removeprefix("Basic ")
        self.assertEqual("ädmin:", base64.b64decode(credentials).decode())

    def test_a_server_that_repeats_itself(self):
        fetcher = self.start(http_stub.Answer([{"project_id": "a"}]))
        self.assertEqual(["a"], fetcher.get_scopes())
        self.assertEqual(2, len(self.stub.requests))

    def test_no_types(self):
        fetcher = self.start(http_stub.Answer([]), resource_types=[])
        self.assertEqual([], fetcher.get_scopes())
        self.assertIn("(none)", fetcher.describe())

    def test_no_answer_is_not_no_scopes(self):
        cause = {"cause": "Resource type does not exist", "detail": "x"}
        for answer, words in (
            (http_stub.Answer("", status=503), "HTTP 503"),
            (http_stub.Answer("no", status=401), "HTTP 401"),
            (
                http_stub.Answer({"description": cause}, status=400),
                "Resource type does not exist",
            ),
            (http_stub.Answer("{}"), "not a JSON list"),
            (http_stub.Answer("[1]"), "a malformed list"),
            (http_stub.Answer('[{"project_id": "a"}'), "not a JSON list"),
            (http_stub.Answer("x", fault="reset"), "cannot be reached"),
            (http_stub.Answer("x", fault="stall"), "did not answer in time"),
            (http_stub.Answer("x", fault="redirect"), "a redirect to 169"),
            (http_stub.Answer("x", fault="bomb"), "max_response_size"),
        ):
            # Older keystoneauth has whole seconds only.
            seconds = 1 if answer.fault == "stall" else 60
            fetcher = self.start(
                answer, max_response_size=1 << 20, timeout=seconds
            )
            err = self.assertRaises(
                fetcher_base.FetchError, fetcher.get_scopes
            )
            self.assertIn(words, str(err))
            self.assertNotIn("secret", str(err))

    def test_refused_at_start(self):
        for options, words in (
            ({"gnocchi_user": ""}, "gnocchi_user is not set"),
            ({"gnocchi_endpoint": ""}, "gnocchi_endpoint is not set"),
            ({"gnocchi_endpoint": "me@x:y"}, "gnocchi_endpoint is not a URL"),
            ({"gnocchi_auth_type": "keystone"}, "auth_type is not set"),
        ):
            err = self.assertRaises(
                exceptions.InvalidConfiguration, self.make, **options
            )
            self.assertIn("[fetcher_gnocchi]", str(err))
            self.assertIn(words, str(err))
