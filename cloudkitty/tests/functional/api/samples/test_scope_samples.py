# SPDX-License-Identifier: Apache-2.0
"""The API accepts and returns the samples of the API reference."""

import json
import pathlib

import cloudkitty
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc as fake_rpc

SAMPLES = (
    pathlib.Path(cloudkitty.__file__).parents[1] / "api-ref/source/samples"
)


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


def kinds(value):
    """Return the shape of JSON: its keys in order, and their types."""
    if isinstance(value, dict):
        return [(key, kinds(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [kinds(item) for item in value]
    return type(value)


class TestScopeSamples(base.TestCase):
    def setUp(self):
        super().setUp()
        if not SAMPLES.is_dir():
            self.skipTest("this test runs in the source tree only")
        conf = self.make_conf(
            default={"auth_strategy": "noauth"},
            collect={"collector": "prometheus"},
            fetcher={"backend": "prometheus"},
        )
        self.rpc = fake_rpc.FakeRpc()
        self.services = api.make_services(self, conf, rpc=self.rpc)
        self.listed = sample("scopes")
        row = self.listed["results"][0]
        # The samples are of a later day than the clock shows.
        self.services.clock.advance(3600 * 24)
        self.app = api.make_app(
            self,
            conf=conf,
            database=self.services.database,
            storage=self.services.storage,
            clock=self.services.clock,
            rpc=self.rpc,
        )
        self.app.post_json(
            "/v2/scope",
            {
                name: row[name]
                for name in ("scope_id", "last_processed_timestamp")
            },
        )

    def check(self, name, answer):
        """The answer equals the sample, except for the times."""
        expected = sample(name)
        self.assertEqual(kinds(expected), kinds(answer))
        toggled = "scope_activation_toggle_date"
        self.assertEqual(
            {**expected, toggled: None}, {**answer, toggled: None}
        )

    def test_list(self):
        answer = self.app.get("/v2/scope").json
        self.assertEqual(kinds(self.listed), kinds(answer))
        [expected], [row] = self.listed["results"], answer["results"]
        toggled = "scope_activation_toggle_date"
        self.assertEqual({**expected, toggled: None}, {**row, toggled: None})

    def test_post(self):
        request = sample("scope-post-request")
        answer = self.app.post_json("/v2/scope", request).json
        self.check("scope-post-response", answer)

    def test_put(self):
        request = sample("scope-put-request")
        answer = self.app.put_json("/v2/scope", request, status=202)
        self.assertEqual({}, answer.json)
        [([scope], begin)] = self.rpc.resets
        self.assertEqual(request["scope_id"], scope.identifier)
        self.assertEqual(base.utc("2026-11-20T00:00"), begin)

    def test_patch(self):
        request = sample("scope-patch-request")
        answer = self.app.patch_json("/v2/scope", request).json
        self.check("scope-patch-response", answer)
