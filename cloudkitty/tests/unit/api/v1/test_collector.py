# SPDX-License-Identifier: Apache-2.0
import json

from cloudkitty.api import error_codes
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api

MAPPINGS = "/v1/collector/mappings"
STATES = "/v1/collector/states"


class CollectorCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.app = api.make_app(self)

    def send(self, method, path, content=None, status=200):
        got = self.app.request(
            path,
            method=method,
            body=b"" if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
            status=status,
        )
        return got.json if got.body else None

    def refuse(self, code, *request, status=400):
        got = self.send(*request, status=status)
        self.assertEqual(code, got["errors"][0]["code"])


class TestMappings(CollectorCase):
    def create(self, service, collector):
        made = self.send(
            "POST", MAPPINGS, {"service": service, "collector": collector}
        )
        self.assertEqual({"service": service, "collector": collector}, made)
        return made

    def listed(self, query=""):
        return self.send("GET", f"{MAPPINGS}/{query}")["mappings"]

    def test_list(self):
        self.assertEqual([], self.listed())
        b = self.create("b", "gnocchi")
        a = self.create("a", "prometheus")
        self.assertEqual([a, b], self.listed())
        self.assertEqual([b], self.listed("?collector=gnocchi"))
        self.assertEqual([], self.listed("?collector=x"))

    def test_one(self):
        made = self.create("a/b", "gnocchi")
        self.assertEqual(made, self.send("GET", f"{MAPPINGS}/a/b"))
        self.refuse(
            error_codes.MAPPING_NOT_FOUND, "GET", f"{MAPPINGS}/x", status=404
        )

    def test_second_mapping_replaces_the_first(self):
        self.create("a", "gnocchi")
        made = self.create("a", "prometheus")
        self.assertEqual([made], self.listed())

    def test_arguments_in_the_query(self):
        self.send("POST", f"{MAPPINGS}?service=a&collector=b")
        self.assertEqual([{"service": "a", "collector": "b"}], self.listed())

    def test_collector_and_service_in_the_path(self):
        for path, service in (
            ("gnocchi/cpu", "cpu"),
            ("gnocchi/cpu/", "cpu"),
            ("gnocchi/a/b", "a/b"),
            ("gnocchi/a%20b", "a b"),
        ):
            made = self.send("POST", f"{MAPPINGS}/{path}")
            expected = {"service": service, "collector": "gnocchi"}
            self.assertEqual(expected, made)
            self.assertEqual(made, self.send("GET", f"{MAPPINGS}/{service}"))
            self.send("DELETE", f"{MAPPINGS}/{service}", status=204)
        self.send("POST", f"{MAPPINGS}/a/b", {"service": "b"})
        for name, value in (("service", "c"), ("collector", "c")):
            self.refuse(
                error_codes.ARGUMENT_REPEATED,
                "POST",
                f"{MAPPINGS}/a/b",
                {name: value},
            )
        self.refuse(error_codes.ARGUMENT_INVALID, "POST", f"{MAPPINGS}/a/%20")
        self.refuse(
            error_codes.ARGUMENT_INVALID, "POST", f"{MAPPINGS}/{'x' * 246}/a"
        )
        self.send("POST", f"{MAPPINGS}/a", status=405)

    def test_delete_by_path_or_body(self):
        for request in (
            (f"{MAPPINGS}/a",),
            (MAPPINGS, {"service": "a"}),
            (f"{MAPPINGS}?service=a",),
            (f"{MAPPINGS}/a/", {"service": "a"}),
        ):
            self.create("a", "gnocchi")
            self.assertIsNone(self.send("DELETE", *request, status=204))
            self.assertEqual([], self.listed())
            self.refuse(
                error_codes.MAPPING_NOT_FOUND, "DELETE", *request, status=404
            )

    def test_invalid_values(self):
        for content in (
            {},
            {"service": "a"},
            {"service": "a", "collector": None},
        ):
            self.refuse(
                error_codes.ARGUMENT_MISSING, "POST", MAPPINGS, content
            )
        for value in ("", " ", 1, [], "\0", "x" * 246):
            for name, other in (
                ("service", "collector"),
                ("collector", "service"),
            ):
                self.refuse(
                    error_codes.ARGUMENT_INVALID,
                    "POST",
                    MAPPINGS,
                    {name: value, other: "a"},
                )
        self.refuse(error_codes.ARGUMENT_MISSING, "DELETE", MAPPINGS)
        self.refuse(
            error_codes.ARGUMENT_REPEATED,
            "DELETE",
            f"{MAPPINGS}/a",
            {"service": "b"},
        )
        self.refuse(
            error_codes.ARGUMENT_UNKNOWN, "GET", f"{MAPPINGS}?service=a"
        )

    def test_root(self):
        self.assertIsNone(self.send("GET", "/v1/collector/", status=204))


class TestStates(CollectorCase):
    def test_unknown_collector_is_disabled(self):
        expected = {"name": "gnocchi", "enabled": False}
        self.assertEqual(expected, self.send("GET", f"{STATES}/gnocchi"))

    def test_name_in_path_query_or_body(self):
        for request in (
            (f"{STATES}/gnocchi", {"enabled": True}),
            (STATES, {"name": "gnocchi", "enabled": "yes"}),
            (f"{STATES}/?name=gnocchi", {"enabled": 1}),
            ("/v1/collector/gnocchi/states", {"enabled": True}),
            ("/v1/collector/gnocchi/states/?enabled=true",),
        ):
            self.send("PUT", f"{STATES}/gnocchi", {"enabled": False})
            expected = {"name": "gnocchi", "enabled": True}
            self.assertEqual(expected, self.send("PUT", *request))
            for asked in (
                (f"{STATES}/gnocchi",),
                (f"{STATES}?name=gnocchi",),
                (f"{STATES}/", {"name": "gnocchi"}),
                ("/v1/collector/gnocchi/states",),
                ("/v1/collector/gnocchi/states/", {"name": "gnocchi"}),
            ):
                self.assertEqual(expected, self.send("GET", *asked))

    def test_names_that_equal_segments_of_the_path(self):
        self.send("PUT", f"{STATES}/states", {"enabled": True})
        self.send("PUT", "/v1/collector/a/b/states", {"enabled": True})
        self.assertEqual(
            {"name": "a/b", "enabled": True},
            self.send("GET", f"{STATES}/a/b"),
        )
        for path in ("a", "a/state", "a/states/b"):
            self.send("GET", f"/v1/collector/{path}", status=404)
        self.refuse(
            error_codes.ARGUMENT_REPEATED,
            "GET",
            "/v1/collector/a/states?name=b",
        )
        self.refuse(
            error_codes.ARGUMENT_MISSING, "PUT", "/v1/collector/a/states", {}
        )
        self.refuse(
            error_codes.ARGUMENT_INVALID, "GET", "/v1/collector/%20/states"
        )

    def test_state_is_no_rating_module(self):
        self.send("PUT", f"{STATES}/hashmap", {"enabled": True})
        got = self.send("GET", "/v1/rating/modules/hashmap")
        self.assertIs(False, got["enabled"])
        self.send("GET", "/v1/rating/modules/collector_hashmap", status=404)

    def test_invalid_values(self):
        self.refuse(error_codes.ARGUMENT_MISSING, "GET", STATES)
        self.refuse(error_codes.ARGUMENT_MISSING, "PUT", f"{STATES}/a", {})
        for value in ("", "maybe", 2, []):
            self.refuse(
                error_codes.ARGUMENT_INVALID,
                "PUT",
                f"{STATES}/a",
                {"enabled": value},
            )
        self.refuse(
            error_codes.ARGUMENT_INVALID, "GET", f"{STATES}/{'x' * 246}"
        )
        self.send("PUT", f"{STATES}/{'x' * 245}", {"enabled": True})


class TestPersonas(base.TestCase):
    def test_only_administrators_have_access(self):
        conf = self.make_conf(default={"auth_strategy": "keystone"})
        app = api.make_app(self, conf=conf)
        for path in (
            "/v1/collector",
            MAPPINGS,
            f"{MAPPINGS}/a",
            STATES,
            f"{STATES}/a",
            f"{MAPPINGS}/a/b",
            "/v1/collector/a/states",
        ):
            app.get(path, headers=api.persona("reader", "member"), status=403)
        for method, path in (
            ("PUT", "/v1/collector/a/states"),
            ("POST", f"{MAPPINGS}/a/b"),
            ("DELETE", f"{MAPPINGS}/a/b"),
        ):
            app.request(
                path,
                method=method,
                headers=api.persona("reader", "member"),
                status=403,
            )
