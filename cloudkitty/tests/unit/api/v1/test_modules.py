# SPDX-License-Identifier: Apache-2.0
"""Rating modules in both versions of the API."""

import json

from cloudkitty.api import error_codes
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc

V1 = "/v1/rating/modules"
V2 = "/v2/rating/modules"
JSON = {"Content-Type": "application/json"}


class ModulesCase(base.TestCase):
    url = V1
    #: The only key with different spellings in the two versions.
    hot = "hot-config"

    def setUp(self):
        super().setUp()
        self.rpc = rpc.FakeRpc()
        self.app = api.make_app(self, rpc=self.rpc)

    def put(self, content, name="hashmap", status=None):
        return self.app.put(
            f"{self.url}/{name}",
            json.dumps(content).encode(),
            headers=JSON,
            status=status,
        )

    def get(self, name="hashmap", status=200):
        return self.app.get(f"{self.url}/{name}", status=status).json

    def refuse(self, code, content, name="hashmap", status=400):
        answer = self.put(content, name, status).json
        self.assertEqual(code, answer["errors"][0]["code"])
        self.assertEqual([], self.rpc.changes)


class SharedTests:
    """Common behaviour of both versions."""

    def test_list(self):
        got = self.app.get(f"{self.url}/").json["modules"]
        own = {item["module_id"]: item for item in got}
        self.assertEqual(sorted(own), [item["module_id"] for item in got])
        self.assertEqual(
            {"module_id", "description", "enabled", self.hot, "priority"},
            set(own["hashmap"]),
        )
        self.assertIs(False, own["hashmap"]["enabled"])
        self.assertIs(True, own["hashmap"][self.hot])
        self.assertIs(True, own["noop"]["enabled"])
        self.assertIs(False, own["noop"][self.hot])

    def test_one(self):
        got = self.app.get(f"{self.url}/").json["modules"]
        for item in got:
            self.assertEqual(item, self.get(item["module_id"]))

    def test_missing_module(self):
        for name in ("x", "a/b", "%00", "%C3%A9", "x" * 5000):
            self.get(name, status=(404, 400))
        self.assertEqual(
            error_codes.MODULE_NOT_FOUND,
            self.get("x", 404)["errors"][0]["code"],
        )
        self.refuse(error_codes.MODULE_NOT_FOUND, {"enabled": True}, "x", 404)

    def test_enable_and_disable(self):
        self.put({"enabled": True})
        self.assertIs(True, self.get()["enabled"])
        self.put({"enabled": True})
        self.put({"enabled": "false"})
        self.assertIs(False, self.get()["enabled"])
        self.assertEqual(
            [("hashmap", True), ("hashmap", False)], self.rpc.changes
        )

    def test_priority(self):
        self.put({"priority": 7})
        self.assertEqual(7, self.get()["priority"])
        self.put({"priority": -3, "enabled": True})
        self.assertEqual(-3, self.get()["priority"])
        self.assertEqual(
            [("hashmap", None), ("hashmap", True)], self.rpc.changes
        )

    def test_nothing_to_change(self):
        self.put({})
        self.put({"priority": 1, "enabled": False})
        self.assertEqual([], self.rpc.changes)

    def test_noop_cannot_be_changed(self):
        self.put({"enabled": True, "priority": 1}, "noop")
        for content in ({"enabled": False}, {"priority": 2}):
            self.refuse(error_codes.MODULE_ALWAYS_ON, content, "noop", 409)

    def test_invalid_values(self):
        for content in (
            {"enabled": None},
            {"enabled": "maybe"},
            {"enabled": []},
            {"priority": None},
            {"priority": 0},
            {"priority": "0"},
            {"priority": 1.5},
            {"priority": True},
            {"priority": 2**31},
            {"priority": -(2**31)},
            {"priority": 10**30},
        ):
            self.refuse(error_codes.ARGUMENT_INVALID, content)
        self.refuse(error_codes.ARGUMENT_UNKNOWN, {"x": 1})
        self.refuse(error_codes.BODY_INVALID, [])

    def test_change_without_message_bus(self):
        self.app = api.make_app(self, rpc=rpc.unavailable())
        self.put({"enabled": True})
        self.assertIs(True, self.get()["enabled"])


class TestVersionOne(SharedTests, ModulesCase):
    def test_change_returns_the_module(self):
        got = self.put({"enabled": True, "priority": 3}).json
        self.assertEqual(self.get(), got)
        self.assertEqual(3, got["priority"])

    def test_change_with_the_whole_module(self):
        module = self.get()
        module |= {"enabled": True, "description": "", "hot-config": False}
        got = self.put(module).json
        self.assertIs(True, got["hot-config"])
        self.assertNotEqual("", got["description"])
        self.assertIs(True, got["enabled"])

    def test_id_in_path_and_body(self):
        self.app.get(f"{V1}/hashmap/?module_id=hashmap", status=200)
        self.app.get(f"{V1}/hashmap/?module_id=noop", status=400)
        self.refuse(
            error_codes.ARGUMENT_REPEATED,
            {"module_id": "noop", "enabled": True},
        )

    def test_hot_config_is_unknown(self):
        self.refuse(error_codes.ARGUMENT_UNKNOWN, {"hot_config": True})


class TestVersionTwo(SharedTests, ModulesCase):
    url = V2
    hot = "hot_config"

    def test_change_returns_no_body(self):
        got = self.put({"enabled": True}, status=204)
        self.assertEqual(b"", got.body)
        self.assertNotIn("Content-Type", got.headers)

    def test_only_changeable_keys_are_known(self):
        self.refuse(error_codes.ARGUMENT_UNKNOWN, {"module_id": "hashmap"})
        self.app.get(f"{V2}?module_id=hashmap", status=400)
        self.app.put(f"{V2}/hashmap?enabled=1", b"{}", JSON, status=400)


class TestPersonas(base.TestCase):
    def test_list_is_for_administrators(self):
        conf = self.make_conf(default={"auth_strategy": "keystone"})
        app = api.make_app(self, conf=conf)
        for url in (V1, V2, f"{V1}/noop", f"{V2}/noop", f"{V1}/x"):
            for headers in (api.persona("reader", "member"), {}):
                app.get(url, headers=headers, status=403)
        app.get(V2, headers=api.persona("admin"), status=200)
