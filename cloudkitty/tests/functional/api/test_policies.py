# SPDX-License-Identifier: Apache-2.0
"""Every route, walked by everybody; identity is what headers say.

``test_roles`` asks the same with tokens of a Keystone, and in more ways.
"""

import json

from cloudkitty import policies
from cloudkitty.policies import base as base_rules
from cloudkitty.tests import base
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api import test_roles
from cloudkitty.tests.unit.api import test_routes

#: The headers of those that ``test_roles.ALLOWED`` speaks of.
PERSONAS = {
    "admin": api.persona("admin", "manager", "member", "reader"),
    "member": api.persona("member", "reader"),
    "reader": api.persona("reader"),
    "service": api.persona("service"),
    "reader of another project": api.persona("reader", project="project-2"),
    "no role on a project": api.persona(project=None),
    "admin of the system": api.persona("admin", "reader", system=True),
    "admin of a domain": api.persona("admin", "reader", domain="default"),
    # A role by another name is another role.
    "Admins": api.persona("Admins", "ADMINISTRATOR", "read"),
}


class Unreadable:
    """A body that never comes."""

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

    def test_everybody(self):
        for name, headers in PERSONAS.items():
            for rules, route, answer in self.walk(headers):
                allowed = all(
                    name in test_roles.ALLOWED[rule.check_str]
                    # Who is nobody in particular may do what all may.
                    or (name == "Admins" and rule.check_str == "")
                    for rule in rules
                )
                self.assertEqual(
                    allowed, answer.status_int != 403, (name, route.path)
                )
                if allowed:
                    # Past the policy: the body says nothing, so it is that.
                    self.assertIn(answer.status_int, (200, 204, 400, 404, 409))
                    continue
                error = answer.json["errors"][0]
                self.assertEqual("rating.policy.forbidden", error["code"])
                for rule in rules:
                    self.assertNotIn(rule.name, answer.text)

    def test_no_body_is_read_of_who_may_not(self):
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

    def test_no_body_is_read_that_is_too_long_or_no_json(self):
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

    def test_each_rule_of_a_route_has_one(self):
        named = {
            rule.name for rules in self.operations.values() for rule in rules
        }
        self.assertEqual(
            {rule.name for rule in policies.list_rules()}
            - {rule.name for rule in base_rules.RULES},
            named & {rule.name for rule in policies.list_rules()},
        )
