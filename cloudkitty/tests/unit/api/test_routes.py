# SPDX-License-Identifier: Apache-2.0
"""Each route has a policy rule, and each rule that names a route has one."""

from cloudkitty.api import resource
from cloudkitty.tests import base
from cloudkitty.tests import routes
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc

#: Routes without a token: the lists of versions and of modules.
PUBLIC = {("GET", "/"), ("GET", "/v1"), ("GET", "/v2")}


class TestRoutes(base.TestCase):
    def setUp(self):
        super().setUp()
        self.services = api.make_services(self, rpc=rpc.FakeRpc())
        self.routes = routes.find(self.services)
        self.operations = routes.operations(self.services.conf)

    def test_each_resource_is_found(self):
        reached = {type(route.resource) for route in self.routes}
        self.assertEqual(
            set(), routes.resource_classes() - reached, "never reached"
        )

    def test_routes_are_unique(self):
        paths = [route.path for route in self.routes]
        self.assertEqual(sorted(set(paths)), sorted(paths))

    def test_each_route_has_a_rule(self):
        without = [
            (method, route.path)
            for route in self.routes
            for method in route.methods
            if (method, routes.without_alias(route.path))
            not in self.operations.keys() | PUBLIC
        ]
        self.assertEqual([], without)

    def test_each_operation_of_a_rule_is_a_route(self):
        there = {
            (method, route.path)
            for route in self.routes
            for method in route.methods
        }
        self.assertEqual(set(), self.operations.keys() - there)

    def test_new_route_is_found(self):
        class Leaf(resource.Resource):
            def delete(self):
                pass

        class Other(resource.Resource):
            def put(self):
                pass

        class Item(resource.Resource):
            def child(self, segments):
                # The segment occurs in the source, as in real routes.
                if segments[0] == "reprocesses":
                    return Leaf(), segments[1:]
                return None

        class Items(resource.Resource):
            def get(self):
                pass

            def child(self, segments):
                if segments[0] == "task" and len(segments) > 1:
                    return Leaf(), segments[2:]
                if segments[1:] == ["states"]:
                    return Other(), []
                return Item(), segments[1:]

        root = Items()
        self.assertEqual(
            [
                ("/", ("GET",)),
                ("/{}", ()),
                ("/{}/reprocesses", ("DELETE",)),
                ("/{}/states", ("PUT",)),
                ("/task/{}", ("DELETE",)),
            ],
            [
                (route.path, route.methods)
                for route in routes._walk(root, "", "")
            ],
        )
