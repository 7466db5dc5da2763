# SPDX-License-Identifier: Apache-2.0
"""The samples of hashmap in the API reference are true."""

import json
import pathlib

import cloudkitty
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api

SAMPLES = (
    pathlib.Path(cloudkitty.__file__).parents[1]
    / "api-ref/source/samples/v1/hashmap"
)
HASHMAP = "/v1/rating/module_config/hashmap"


def sample(name):
    """Return the text of a sample's file."""
    return (SAMPLES / f"{name}.json").read_text(encoding="utf-8")


class TestHashmapSamples(base.TestCase):
    def setUp(self):
        super().setUp()
        if not SAMPLES.is_dir():
            self.skipTest("these tests run in the source tree only")
        conf = self.make_conf(default={"auth_strategy": "keystone"})
        self.app = api.make_app(self, conf=conf)
        #: Id of a sample to that of this test.
        self.ids = {}

    def send(self, method, path, name=None, status=200):
        """Send a sample; return the answer's JSON."""
        body = sample(name) if name else ""
        for documented, real in self.ids.items():
            path = path.replace(documented, real)
            body = body.replace(documented, real)
        return self.app.request(
            f"{HASHMAP}/{path}",
            method=method,
            body=body.encode(),
            headers={
                "Content-Type": "application/json",
                **api.persona("admin"),
            },
            status=status,
        ).json

    def check(self, name, answer):
        text = json.dumps(answer)
        for documented, real in self.ids.items():
            text = text.replace(real, documented)
        self.assertEqual(json.loads(sample(name)), json.loads(text))
        # In the order in which the service sends it.
        self.assertEqual(
            list(json.loads(sample(name))), list(json.loads(text))
        )

    def make(self, kind):
        """Create the rule of the samples; return its documented id."""
        documented = json.loads(sample(kind))[f"{kind}_id"]
        made = self.send("POST", f"{kind}s", f"{kind}-post-request", 201)
        self.ids[documented] = made[f"{kind}_id"]
        self.check(kind, made)
        self.check(kind, self.send("GET", f"{kind}s/{documented}"))
        return documented

    def test_all(self):
        self.check("types", self.send("GET", "types"))
        service = self.make("service")
        self.check("services", self.send("GET", "services"))
        field = self.make("field")
        self.check("fields", self.send("GET", f"fields?service_id={service}"))
        self.check("fields", self.send("GET", f"services/{service}/fields"))
        group = self.make("group")
        self.check("groups", self.send("GET", "groups"))
        mapping = self.make("mapping")
        threshold = self.make("threshold")
        for path in (
            "mappings",
            f"groups/{group}/mappings",
            f"groups/mappings?group_id={group}",
        ):
            self.check("mappings", self.send("GET", path))
        for path in (
            f"thresholds?field_id={field}",
            f"groups/{group}/thresholds",
            f"groups/thresholds?group_id={group}",
        ):
            self.check("thresholds", self.send("GET", path))
        for path in (
            f"mappings/{mapping}/group",
            f"mappings/group?mapping_id={mapping}",
            f"thresholds/{threshold}/group",
            f"thresholds/group?threshold_id={threshold}",
        ):
            self.check("group", self.send("GET", path))
        self.check("rules", self.send("GET", "rules"))
        self._check_price(mapping)
        self.check(
            "threshold-price-post-response",
            self.send(
                "POST",
                f"thresholds/{threshold}/price",
                "threshold-price-post-request",
            ),
        )
        for kind, ident in (("mapping", mapping), ("threshold", threshold)):
            changed = self.send(
                "PUT", f"{kind}s/{ident}", f"{kind}-put-request"
            )
            self.check(f"{kind}-put-response", changed)

    def _check_price(self, mapping):
        documented = json.loads(sample("mapping-price-post-response"))["new"]
        changed = self.send(
            "POST",
            f"mappings/{mapping}/price",
            "mapping-price-post-request",
            201,
        )
        for name in ("mapping_id", "name"):
            self.ids[documented[name]] = changed["new"][name]
        self.check("mapping-price-post-response", changed)
