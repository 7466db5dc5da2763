# SPDX-License-Identifier: Apache-2.0
"""Mounting of modules, errors and paths without methods in version 1."""

from cloudkitty.api import error_body
from cloudkitty.api import error_codes
from cloudkitty.api import resource
from cloudkitty.api.v2 import base as v2_base
from cloudkitty.common import exceptions
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.unit.api import test_loading

GROUP = "cloudkitty.api.v1.module_config"


class Prices(resource.Resource):
    @resource.answers_json
    def get(self):
        return {"prices": []}


#: What an entry point below names.
MODULE = v2_base.Module(controller=lambda services: Prices())


class TestModuleConfig(test_loading.LoadingCase):
    def serve(self, **options):
        self.install(f"noop = {__name__}:MODULE", group=GROUP)
        conf = self.make_conf(default={"auth_strategy": "keystone"})
        return api.make_app(self, conf=conf, **options)

    def test_part_of_a_module_is_mounted(self):
        served = self.serve()
        for path in (
            "/v1/rating/module_config/noop",
            "/v1/rating/module_config/noop/",
            "/v1/billing/module_config/noop",
        ):
            got = served.get(path, headers=api.persona("admin"))
            self.assertEqual({"prices": []}, got.json)

    def test_policy_is_checked_first(self):
        served = self.serve()
        for name in ("noop", "nothing", "noop/nothing"):
            served.get(
                f"/v1/rating/module_config/{name}",
                headers=api.persona("reader", "member"),
                status=403,
            )

    def test_broken_part_stops_the_start(self):
        self.install("noop = cloudkitty.no_such_module:MODULE", group=GROUP)
        error = self.assertRaises(
            exceptions.InvalidConfiguration, api.make_app, self
        )
        self.assertIn("no_such_module", str(error))


class TestFrame(base.TestCase):
    def setUp(self):
        super().setUp()
        self.rpc = rpc.FakeRpc()
        self.app = api.make_app(self, rpc=self.rpc)

    def test_rating_module_without_rules(self):
        got = self.app.get("/v1/rating/module_config/noop", status=409).json
        self.assertEqual(
            error_codes.MODULE_NOT_CONFIGURABLE, got["errors"][0]["code"]
        )

    def test_missing_rating_module(self):
        got = self.app.get("/v1/rating/module_config/x", status=404).json
        self.assertEqual(
            error_codes.MODULE_NOT_FOUND, got["errors"][0]["code"]
        )

    def test_errors_have_the_keys_of_version_1(self):
        got = self.app.get("/v1/nothing", status=404).json
        detail = got["errors"][0]["detail"]
        self.assertEqual(error_codes.PATH_UNKNOWN, got["errors"][0]["code"])
        self.assertEqual(
            ("Client", detail, None, detail),
            tuple(
                got[key]
                for key in ("faultcode", "faultstring", "debuginfo", "message")
            ),
        )
        self.assertNotIn("faultcode", self.app.get("/v2/x", status=404).json)

    def test_server_error(self):
        self.rpc.error = KeyError("secret")
        got = self.app.get("/v1/rating/reload_modules", status=500).json
        self.assertEqual("Server", got["faultcode"])
        self.assertNotIn("secret", str(got))

    def test_reload_modules(self):
        got = self.app.get("/v1/rating/reload_modules/", status=204)
        self.assertEqual(b"", got.body)
        self.assertEqual(
            [("hashmap", None), ("noop", None)],
            [each for each in self.rpc.changes if each[0] != "pyscripts"],
        )

    def test_reload_modules_without_processors(self):
        served = api.make_app(self, rpc=rpc.unavailable())
        got = served.get("/v1/rating/reload_modules", status=503).json
        self.assertEqual(
            error_codes.SERVICE_UNAVAILABLE, got["errors"][0]["code"]
        )

    def test_paths_without_methods(self):
        for path in ("/v1/rating", "/v1/rating/module_config"):
            got = self.app.get(path, status=405)
            self.assertEqual("OPTIONS", got.headers["allow"])


class TestNoToken(base.TestCase):
    def test_errors_of_the_token_filter_have_the_keys(self):
        for path, key in (("/v1/rating", True), ("/v2/scope", False)):
            got = error_body.for_version_one({"PATH_INFO": path})
            self.assertIs(key, got)
