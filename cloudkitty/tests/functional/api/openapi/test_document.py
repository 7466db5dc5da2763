# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document is valid, complete and equal to the code."""

import subprocess
import sys

import jsonschema
import openapi_spec_validator

from cloudkitty import policies
from cloudkitty.tests import base
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data
from cloudkitty.tests.functional.api.generated import request_names
from cloudkitty.tests.functional.api.openapi import shipped

#: It is no route of the API, but an application beside it.
HEALTH = ("GET", "/healthcheck")
#: Routes without a token: health, and the lists of versions and of modules.
PUBLIC = {HEALTH, ("GET", "/"), ("GET", "/v1"), ("GET", "/v2")}
#: Attributes that the service sets. Clients send them back, and most requests
#: ignore them.
SENT_BACK = {
    "created_at",
    "created_by",
    "deleted",
    "deleted_by",
    "mapping_id",
    "script_id",
    "threshold_id",
    "updated_by",
}
#: Arguments of version 1 with another name in paths.
IN_PATHS = {"collector", "service"}


class DocumentTestCase(base.TestCase):
    """A test that reads the source tree."""

    def setUp(self):
        super().setUp()
        if not shipped.FILE.is_file():
            self.skipTest("these tests run in the source tree only")
        self.document = shipped.read()
        self.operations = shipped.operations(self.document)


class TestFile(DocumentTestCase):
    def test_it_is_current(self):
        done = subprocess.run(
            [sys.executable, "tools/openapi.py", "--check"],
            cwd=shipped.TOP,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_it_is_valid(self):
        self.assertEqual("3.1.0", self.document["openapi"])
        openapi_spec_validator.validate(self.document)

    def test_each_text_is_there(self):
        for key, operation in self.operations.items():
            self.assertTrue(operation["summary"], key)
            for parameter in operation.get("parameters", []):
                self.assertTrue(parameter["description"], key)

    def test_operation_ids_are_unique(self):
        ids = [each["operationId"] for each in self.operations.values()]
        self.assertEqual(sorted(set(ids)), sorted(ids))

    def test_samples_conform(self):
        document = shipped.closed(self.document)
        samples = 0
        for key, operation in shipped.operations(document).items():
            contents = [operation.get("requestBody", {})]
            contents += operation["responses"].values()
            for content in contents:
                media = content.get("content", {}).get("application/json", {})
                for example in media.get("examples", {}).values():
                    samples += 1
                    validator = jsonschema.Draft202012Validator(
                        media["schema"]
                        | {"components": document["components"]}
                    )
                    problems = validator.iter_errors(example["value"])
                    self.assertEqual(
                        [],
                        [f"{e.json_path}: {e.message}" for e in problems],
                        key,
                    )
        self.assertGreater(samples, 90)


class TestRoutes(DocumentTestCase):
    def setUp(self):
        super().setUp()
        self.services = api.make_services(self, rpc=rpc.FakeRpc())
        self.routes = [
            route
            for route in routes.find(self.services)
            if route.path == routes.without_alias(route.path)
        ]
        self.documented = {
            (method, routes.template(path)): operation
            for (method, path), operation in self.operations.items()
        }

    def test_routes_and_operations_are_the_same(self):
        there = {
            (method, route.path)
            for route in self.routes
            for method in route.methods
        }
        self.assertEqual(there | {HEALTH}, self.documented.keys())

    def test_each_operation_names_its_policies(self):
        rules = routes.operations(self.services.conf)
        for key, operation in self.documented.items():
            named = operation.get("x-openstack-policy", [])
            self.assertEqual(
                [(r.name, r.check_str) for r in rules.get(key, [])],
                [(r["rule"], r["default"]) for r in named],
                key,
            )
            self.assertEqual(key in PUBLIC, operation.get("security") == [])
        named = {
            rule["rule"]
            for operation in self.documented.values()
            for rule in operation.get("x-openstack-policy", [])
        }
        checked = {
            rule.name
            for rule in policies.list_rules()
            if getattr(rule, "operations", ())
        }
        self.assertEqual(checked, named)

    def test_arguments_are_those_that_the_api_knows(self):
        data.fill(self.services)
        targets = request_names.learn(api.wsgi_of(self.services), self.routes)
        different = {
            (method, target.path): problems
            for target in targets
            for method in target.methods
            if (problems := self.differences(target, method))
        }
        self.assertEqual({}, different)

    def differences(self, target, method):
        """Return the arguments that the document or the API lacks."""
        operation = self.documented[method, target.path]
        queries, bodies, paths = (
            {
                each["name"]
                for each in operation.get("parameters", [])
                if each["in"] == place
            }
            for place in ("query", "body", "path")
        )
        content = operation.get("requestBody", {}).get("content", {})
        for media in content.values():
            bodies |= media["schema"]["properties"].keys()
        known = set(target.queries[method])
        if target.path.startswith("/v1/"):
            # Each argument may also be in another place.
            unknown = (queries | bodies) - known
            missing = known - queries - bodies - paths
            if method in ("POST", "PUT"):
                missing -= SENT_BACK
            if "{}" in target.path:
                missing -= IN_PATHS
            return unknown | missing
        keys = set(target.bodies[method]) if method != "GET" else set()
        return (queries ^ known) | (bodies ^ keys)
