# SPDX-License-Identifier: Apache-2.0
"""Request each route as each persona, with the identity in headers.

``test_roles`` sends more requests, with tokens of a Keystone.
"""

import json

from cloudkitty import policies
from cloudkitty.policies import base as base_rules
from cloudkitty.tests import base
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api import roles
from cloudkitty.tests.unit.api import test_routes

#: Headers of the personas of ``roles.ALLOWED``.
PERSONAS = {
    "admin": api.persona("admin", "manager", "member", "reader"),
    "member": api.persona("member", "reader"),
    "reader": api.persona("reader"),
    "service": api.persona("service"),
    "reader of another project": api.persona("reader", project="project-2"),
    "no role on a project": api.persona(project=None),
    "admin of the system": api.persona("admin", "reader", system=True),
    "admin of a domain": api.persona("admin", "reader", domain="default"),
    # The names of roles are compared exactly.
    "Admins": api.persona("Admins", "ADMINISTRATOR", "read"),
}


class Unreadable:
    """A body that must not be read."""

    def read(self, *arguments):
        raise AssertionError("the body was read")

    readline = readlines = __iter__ = read


class TestPolicies(base.TestCase):
    def setUp(self):
        super().setUp()
        free = api.make_services(self, rpc=rpc.FakeRpc())
        self.routes = routes.find(free)
        conf = self.make_conf(default={"auth_strategy": "keystone"})
        services = api.make_services(self, conf, rpc=rpc.FakeRpc())
        data.fill(services)
        self.app = api.make_app(
            self,
            conf=conf,
            database=services.database,
            storage=services.storage,
            rpc=services.rpc,
        )
        self.operations = routes.operations(conf)

    def walk(self, headers):
        """Yield (rules, route, answer) of each route and method."""
        for route in self.routes:
            for method in route.methods:
                if (method, route.path) in test_routes.PUBLIC:
                    continue
                key = method, routes.without_alias(route.path)
                answer = self.app.request(
                    route.sample,
                    method=method,
                    body=b"" if method == "GET" else json.dumps({}).encode(),
                    headers={"Content-Type": "application/json", **headers},
                    expect_errors=True,
                )
                self.assertLess(answer.status_int, 500, key)
                yield self.operations[key], route, answer

    def test_each_persona(self):
        for name, headers in PERSONAS.items():
            for rules, route, answer in self.walk(headers):
                allowed = all(
                    name in roles.ALLOWED[rule.check_str]
                    # An unknown role satisfies only the empty check.
                    or (name == "Admins" and rule.check_str == "")
                    for rule in rules
                )
                self.assertEqual(
                    allowed, answer.status_int != 403, (name, route.path)
                )
                if allowed:
                    # The policy allowed the request; the body is empty.
                    self.assertIn(answer.status_int, (200, 204, 400, 404, 409))
                    continue
                error = answer.json["errors"][0]
                self.assertEqual("rating.policy.forbidden", error["code"])
                for rule in rules:
                    self.assertNotIn(rule.name, answer.text)

    def test_refused_body_is_not_read(self):
        """A body that is sent slowly must not hold a thread."""
        refused = 0
        for route in self.routes:
            for method in set(route.methods) - {"GET"}:
                key = method, routes.without_alias(route.path)
                if all(rule.check_str == "" for rule in self.operations[key]):
                    continue
                answer = self.app.request(
                    route.sample,
                    method=method,
                    environ={"wsgi.input": Unreadable()},
                    headers={
                        "Content-Type": "application/json",
                        "Content-Length": "1000",
                        **api.persona(),
                    },
                    status=403,
                )
                self.assertEqual(
                    "rating.policy.forbidden", answer.json["errors"][0]["code"]
                )
                refused += 1
        self.assertGreater(refused, 20)

    def test_invalid_body_is_not_read(self):
        for route in self.routes:
            for method in set(route.methods) - {"GET"}:
                for headers, statuses in (
                    ({"Content-Length": str(1 << 30)}, (413,)),
                    ({"Content-Type": "text/plain"}, (415, 400, 404, 409)),
                ):
                    answer = self.app.request(
                        route.sample,
                        method=method,
                        environ={"wsgi.input": Unreadable()},
                        headers={
                            "Content-Type": "application/json",
                            "Content-Length": "1000",
                            **PERSONAS["admin"],
                            **headers,
                        },
                        expect_errors=True,
                    )
                    self.assertIn(
                        answer.status_int, statuses, (method, route.path)
                    )

    def test_each_rule_has_a_route(self):
        named = {
            rule.name for rules in self.operations.values() for rule in rules
        }
        self.assertEqual(
            {rule.name for rule in policies.list_rules()}
            - {rule.name for rule in base_rules.RULES},
            named & {rule.name for rule in policies.list_rules()},
        )
