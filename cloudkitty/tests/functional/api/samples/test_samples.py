# SPDX-License-Identifier: Apache-2.0
"""The API accepts and returns the samples of the API reference."""

import decimal
import json
import pathlib

import webtest

import cloudkitty
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data

SAMPLES = (
    pathlib.Path(cloudkitty.__file__).parents[1] / "api-ref/source/samples"
)
#: Modules of other packages that a developer may have installed.
OURS = ("hashmap", "noop", "pyscripts")


def sample(name):
    """Return the content of a sample's file."""
    return json.loads((SAMPLES / f"{name}.json").read_text())


class TestSamples(base.TestCase):
    def setUp(self):
        super().setUp()
        if not SAMPLES.is_dir():
            self.skipTest("these tests run in the source tree only")
        self.services = api.make_services(
            self, rpc=rpc.FakeRpc(price=decimal.Decimal("6.5"))
        )
        data.fill(self.services)
        self.app = webtest.TestApp(api.wsgi_of(self.services))

    def get(self, path):
        return self.app.get(path, status=200).json

    def send(self, method, path, name, status=200):
        """Send a sample."""
        return self.app.request(
            path,
            method=method,
            body=json.dumps(sample(name)).encode(),
            headers={"Content-Type": "application/json"},
            status=status,
        )

    def test_rating_modules_of_version_1(self):
        listed = self.get("/v1/rating/modules")["modules"]
        self.assertEqual(
            sample("v1/modules")["modules"],
            [item for item in listed if item["module_id"] in OURS],
        )
        url = "/v1/rating/modules/hashmap"
        self.assertEqual(sample("v1/module"), self.get(url))
        changed = self.send("PUT", url, "v1/module-put-request")
        self.assertEqual(sample("v1/module-put-response"), changed.json)

    def test_quote(self):
        got = self.send("POST", "/v1/rating/quote", "v1/quote-request")
        self.assertEqual(sample("v1/quote"), got.json)

    def test_scripts_of_version_1(self):
        url = "/v1/rating/module_config/pyscripts/scripts"
        made = self.send("POST", url, "v1/pyscripts/script-post-request", 201)
        shown = sample("v1/pyscripts/script")
        # Chosen at random.
        own = {"script_id": made.json["script_id"]}
        self.assertEqual(shown | own, made.json)
        self.assertEqual(shown | own, self.get(made.location))
        self.assertEqual(sample("v1/pyscripts/scripts"), {"scripts": [shown]})
        self.assertEqual({"scripts": [shown | own]}, self.get(url))
        changed = self.send(
            "PUT", made.location, "v1/pyscripts/script-put-request", 201
        )
        self.assertEqual(
            sample("v1/pyscripts/script-put-response") | own, changed.json
        )

    def test_rating_modules(self):
        listed = self.get("/v2/rating/modules")["modules"]
        self.assertEqual(
            sample("rating/modules")["modules"],
            [item for item in listed if item["module_id"] in OURS],
        )
        url = "/v2/rating/modules/hashmap"
        self.assertEqual(sample("rating/module"), self.get(url))
        self.send("PUT", url, "rating/module-put-request", 204)
        changed = sample("rating/module-put-request")
        self.assertEqual(sample("rating/module") | changed, self.get(url))

    def test_reports(self):
        for path, name in (
            ("report/tenants", "report-tenants"),
            ("report/total?tenant_id=project-1", "report-total"),
            (
                "report/summary?all_tenants=1&groupby=tenant_id,res_type",
                "report-summary",
            ),
            (
                "storage/dataframes?tenant_id=project-1"
                "&end=2026-11-01T01:00:00&resource_type=instance",
                "storage-dataframes",
            ),
        ):
            got = self.get(f"/v1/{path}")
            self.assertEqual(sample(f"v1/{name}"), got, name)

    def test_info(self):
        for kind in ("metrics", "services"):
            self.assertEqual(
                sample("v1/info-metrics")["metrics"],
                self.get(f"/v1/info/{kind}")["metrics"][:2],
            )
            self.assertEqual(
                sample("v1/info-metric"), self.get(f"/v1/info/{kind}/instance")
            )
        config = self.get("/v1/info/config")["metrics"]
        shown = sample("v1/info-config")["metrics"]
        self.assertEqual(shown, {name: config[name] for name in shown})

    def test_collector(self):
        url = "/v1/collector/mappings"
        made = self.send("POST", url, "v1/collector-mapping").json
        self.assertEqual(sample("v1/collector-mapping"), made)
        self.assertEqual(made, self.get(f"{url}/{made['service']}"))
        self.assertEqual(sample("v1/collector-mappings"), self.get(url))
        state = sample("v1/collector-state")
        for path in ("states", f"{state['name']}/states"):
            url = f"/v1/collector/{path}"
            got = self.send("PUT", url, "v1/collector-state").json
            self.assertEqual(state, got)
        for path in ("", f"/{state['name']}"):
            url = f"/v1/collector/states{path}"
            got = self.send("PUT", url, "v1/collector-state").json
            self.assertEqual(state, got)
        self.assertEqual(state, self.get(url))

    def test_versions(self):
        for path, name in (
            ("/", "versions"),
            ("/v1", "modules-v1"),
            ("/v2", "modules"),
        ):
            text = json.dumps(self.get(path))
            text = text.replace("http://localhost:80/", "http://localhost/")
            text = text.replace("http://localhost/", "http://controller:8889/")
            self.assertEqual(sample(name), json.loads(text))
