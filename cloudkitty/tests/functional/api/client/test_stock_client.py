# SPDX-License-Identifier: Apache-2.0
"""The Python API of python-cloudkittyclient on version 1."""

import decimal

from keystoneauth1 import loading
from keystoneauth1.exceptions import http

from cloudkitty.tests import base
from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data

try:
    from cloudkittyclient import client
except ImportError:
    client = None


class Counting:
    """Counts the requests by method."""

    def __init__(self, wsgi):
        self._wsgi = wsgi
        self.methods = []

    def __call__(self, environ, start_response):
        self.methods.append(environ["REQUEST_METHOD"])
        return self._wsgi(environ, start_response)


class TestClient(base.TestCase):
    """Over the network, without Keystone."""

    version = "1"

    def setUp(self):
        super().setUp()
        self.need("cloudkittyclient", client is not None)
        services = api.make_services(
            self, rpc=rpc.FakeRpc(price=decimal.Decimal("6.5"))
        )
        data.fill(services)
        self.wsgi = Counting(api.wsgi_of(services))
        url = self.useFixture(live_api.LiveApi(self.wsgi)).url
        plugin = loading.get_plugin_loader("cloudkitty-noauth")
        self.client = client.Client(
            self.version, auth=plugin.load_from_options(endpoint=url)
        )

    def test_rating_modules(self):
        listed = self.client.rating.get_module()["modules"]
        self.assertIn("hashmap", [item["module_id"] for item in listed])
        self.wsgi.methods.clear()
        self.client.rating.update_module(module_id="hashmap", enabled=True)
        # No redirect, which it would follow by the same request again.
        self.assertEqual(1, self.wsgi.methods.count("PUT"))
        self.client.rating.update_module(module_id="hashmap", priority=9)
        got = self.client.rating.get_module(module_id="hashmap")
        self.assertEqual((True, 9), (got["enabled"], got["priority"]))
        self.client.rating.reload_modules()
        self.assertRaises(
            http.HttpError, self.client.rating.get_module, module_id="x"
        )

    def test_a_quote(self):
        got = self.client.rating.get_quotation(
            res_data=[{"service": "cpu", "desc": {"ram": 4}, "volume": 1}]
        )
        self.assertEqual(6.5, float(got))

    def test_reports(self):
        report = self.client.report
        window = {
            "begin": base.utc("2026-11-01T00:00"),
            "end": base.utc("2026-12-01T00:00"),
        }
        self.assertEqual(["project-1", "project-2"], report.get_tenants())
        self.assertEqual(9.6, float(report.get_total(**window)))
        self.assertEqual(
            1.8, float(report.get_total(tenant_id="project-2", **window))
        )
        if self.version == "1":
            got = report.get_summary(
                groupby=["tenant_id", "res_type"], all_tenants=True, **window
            )
            self.assertEqual(
                {"7.5", "0.3", "1.5"},
                {item["rate"] for item in got["summary"]},
            )

    def test_data_frames(self):
        got = self.client.storage.get_dataframes(
            begin=base.utc("2026-11-01T00:00"),
            end=base.utc("2026-11-01T01:00"),
            tenant_id="project-2",
            resource_type="volume",
        )
        [frame] = got["dataframes"]
        self.assertEqual("project-2", frame["tenant_id"])
        self.assertEqual(0.1, float(frame["resources"][0]["rating"]))

    def test_info(self):
        listed = self.client.info.get_metric()["metrics"]
        one = self.client.info.get_metric(metric_name="instance")
        self.assertIn(one, listed)
        self.assertIn("metrics", self.client.info.get_config())

    def test_collectors(self):
        collector = self.client.collector
        made = collector.create_mapping(service="cpu", collector="gnocchi")
        self.assertEqual({"service": "cpu", "collector": "gnocchi"}, made)
        self.assertEqual(made, collector.get_mapping(service="cpu"))
        self.assertEqual(
            [made],
            collector.get_mapping(collector="gnocchi")["mappings"],
        )
        collector.delete_mapping(service="cpu")
        self.assertEqual([], collector.get_mapping()["mappings"])
        state = {"name": "gnocchi", "enabled": True}
        self.assertEqual(state, collector.set_state(**state))
        self.assertEqual(state, collector.get_state(name="gnocchi"))


class TestVersionTwo(TestClient):
    """The same calls of a client that prefers version 2."""

    version = "2"

    def test_a_quote(self):
        """This client asks the list of modules for it, which has no POST."""
        error = self.assertRaises(
            http.HttpError, self.client.rating.get_quotation, res_data=[{}]
        )
        self.assertIn("rating.method.not_allowed", str(error))
