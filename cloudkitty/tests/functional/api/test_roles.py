# SPDX-License-Identifier: Apache-2.0
"""Request each route and method with tokens of a Keystone."""

import collections
import json

import webob

from cloudkitty.tests import routes
from cloudkitty.tests.functional.api import roles
from cloudkitty.tests.unit.api import test_routes


class TestRoles(roles.RolesCase):
    def test_matrix(self):
        """Request each route as each persona, in all spellings of its path."""
        seen = collections.Counter()
        for method, route in self.walk():
            for persona in self.tokens:
                for path, raw in self.spellings(route):
                    answer = self.check(persona, method, route, path, raw)
                    seen[persona, answer.status_int] += 1
                if method == "GET":
                    self.check(persona, "HEAD", route, route.sample)
        # Each persona sent requests.
        self.assertEqual(set(self.tokens), {name for name, _ in seen})

    def test_options(self):
        """OPTIONS returns 200 to all: browsers send it without a token."""
        for route in self.routes:
            allowed = set()
            for persona in self.tokens:
                answer = self.ask(persona, "OPTIONS", route.sample)
                self.assertEqual(200, answer.status_int, route.path)
                self.assertEqual(b"", answer.body)
                allow = answer.headers.get("Allow")
                public = ("GET", route.path) in test_routes.PUBLIC
                if persona in roles.STRANGERS and not public:
                    self.assertIsNone(allow, route.path)
                elif allow is not None:
                    allowed.add(allow)
            [methods] = allowed
            self.assertEqual(
                {"OPTIONS", *route.methods},
                set(methods.split(", ")) - {"HEAD"},
            )

    def test_encoded_slash(self):
        for method, route in self.walk():
            parts = route.sample.split("/")
            for cut in range(2, len(parts)):
                raw = "/".join(parts[:cut]) + "%2F" + "/".join(parts[cut:])
                for persona in ("no token", "no role on a project"):
                    answer = self.ask(persona, method, route.sample, raw)
                    self.assertIn(answer.status_int, (401, 403, 404, 405), raw)

    def test_table_contains_all_checks(self):
        checks = {
            rule.check_str
            for rules in self.operations.values()
            for rule in rules
        }
        self.assertEqual(set(), checks - roles.ALLOWED.keys())

    def test_refusals_do_not_reveal_what_exists(self):
        """Existing and missing resources get the same response."""
        ids = [
            (self.projects[1], "f" * 32),
            (str(self.task.id), "999999"),
            ("batch-1", "batch-9"),
        ]
        for method, route in self.walk():
            if routes.ID not in route.path:
                continue
            for persona in self.tokens:
                if not self.verdict(persona, method, route):
                    continue
                for ident, other in ids:
                    self.assertEqual(
                        *(
                            self.content(
                                self.ask(
                                    persona,
                                    method,
                                    route.path.replace(routes.ID, each),
                                )
                            )
                            for each in (ident, other)
                        ),
                        (persona, method, route.path),
                    )

    def test_other_projects_are_refused(self):
        found = list(self.own_only())
        self.assertEqual(
            set(roles.OWN_ONLY),
            {routes.without_alias(route.path) for _, route, _ in found},
        )
        own, other = self.projects
        for method, route, parameter in found:
            for persona in ("member", "reader"):
                answers = {
                    ident: self.ask(
                        persona,
                        method,
                        f"{route.sample}?{parameter.format(ident)}",
                    )
                    for ident in (own, other, "f" * 32)
                }
                self.assertEqual(200, answers[own].status_int, route.path)
                self.assertEqual(403, answers[other].status_int, route.path)
                self.assertEqual(
                    self.content(answers[other], other),
                    self.content(answers["f" * 32], "f" * 32),
                )

    def test_only_own_data_are_shown(self):
        for method, route, _ in self.own_only():
            for persona, mine, others in (
                ("reader", *self.projects),
                ("reader of another project", *reversed(self.projects)),
            ):
                answer = self.ask(persona, method, route.sample)
                self.assertNotIn(others, answer.text, route.path)
                if "/dataframes" in route.path:
                    self.assertIn(mine, answer.text, route.path)
            refused = self.ask("no role on a project", method, route.sample)
            for project in self.projects:
                self.assertNotIn(project, refused.text)

    def test_headers_grant_no_role(self):
        for method, route in self.walk():
            request = webob.Request.blank(route.sample, method=method)
            request.headers["X-Auth-Token"] = self.tokens["reader"]
            request.headers["X-Roles"] = "admin"
            request.headers["X-Project-Id"] = self.projects[1]
            request.headers["X-Is-Admin-Project"] = "True"
            answer = request.get_response(self.wsgi)
            expected = self.verdict("reader", method, route)
            got = answer.status_int if answer.status_int == 403 else 0
            self.assertEqual(expected, got, (method, route.path))
            self.assertNotIn(self.projects[1], answer.text)

    def test_errors_are_json(self):
        for method, route in self.walk():
            for persona in ("no token", "service"):
                answer = self.ask(persona, method, route.sample)
                if answer.status_int >= 400:
                    error = json.loads(answer.body)["errors"][0]
                    self.assertEqual(answer.status_int, error["status"])
