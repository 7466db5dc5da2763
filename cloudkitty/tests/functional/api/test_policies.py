# SPDX-License-Identifier: Apache-2.0
"""Every declared route, walked by everybody."""

import itertools
import json
import re

from cloudkitty import policies
from cloudkitty.api import loading
from cloudkitty.policies import base as base_rules
from cloudkitty.tests import base
from cloudkitty.tests.fakes import api
from cloudkitty.tests.fakes import rpc
from cloudkitty.tests.functional.api import data

#: Rules that a reader of a project satisfies.
FOR_READERS = {
    "dataframes:get",
    "report:get_summary",
    "report:get_total",
    "storage:list_data_frames",
    "summary:get_summary",
}
#: Rules that every token of a project satisfies.
FOR_ALL = {
    "info:get_config",
    "info:get_metric_info",
    "info:get_service_info",
    "info:list_metrics_info",
    "info:list_services_info",
    "rating:quote",
}
#: What stands for the variables of a path.
_VALUES = {
    "scope_id": "project-1",
    "id": "1",
    "batch_id": "batch-1",
    "metric_id": "volume.size",
    "module_id": "noop",
    "name": "gnocchi",
    "service_id": "cpu",
}


def operations(conf):
    """Yield (rule, method, path) of all rules of the loaded modules."""
    modules = loading.load_modules(conf)
    rules = itertools.chain(
        policies.list_rules(), *(each.rules for each in modules.values())
    )
    for rule in rules:
        for operation in getattr(rule, "operations", ()):
            yield rule, operation["method"], operation["path"]


def filled(path):
    """Return ``path`` with a value for each variable in it."""
    return re.sub(r"{(\w+)}", lambda name: _VALUES[name[1]], path)


class PoliciesTest(base.TestCase):
    def setUp(self):
        super().setUp()
        conf = self.make_conf(default={"auth_strategy": "keystone"})
        services = api.make_services(self, conf)
        data.fill(services)
        self.app = api.make_app(
            self,
            conf=conf,
            database=services.database,
            storage=services.storage,
            rpc=rpc.FakeRpc(),
        )
        self.operations = list(operations(conf))

    def walk(self, headers):
        """Yield each rule with the status that its route answers."""
        for rule, method, path in self.operations:
            answer = self.app.request(
                filled(path),
                method=method,
                body=json.dumps({}).encode() if method != "GET" else b"",
                headers={"Content-Type": "application/json", **headers},
                expect_errors=True,
            )
            self.assertLess(answer.status_int, 500)
            yield rule, answer

    def refused(self, headers):
        """Return the names of the rules that refuse."""
        names = set()
        for rule, answer in self.walk(headers):
            if answer.status_int == 403:
                names.add(rule.name)
                error = answer.json["errors"][0]
                self.assertEqual("rating.policy.refused", error["code"])
                self.assertNotIn(rule.name, answer.text)
        return names

    def test_each_rule_of_a_route_has_one(self):
        named = {rule.name for rule, _, _ in self.operations}
        self.assertEqual(
            {rule.name for rule in policies.list_rules()}
            - {rule.name for rule in base_rules.RULES},
            named,
        )

    def test_an_administrator_is_refused_nothing(self):
        self.assertEqual(set(), self.refused(api.persona("admin")))
        for rule, answer in self.walk(api.persona("admin")):
            # Past the policy: what is missing is the body's content.
            self.assertIn(answer.status_int, (200, 204, 400, 404), rule.name)

    def test_a_plain_user_may_do_what_all_may(self):
        everything = {rule.name for rule, _, _ in self.operations}
        for roles in ((), ("member",), ("service",), ("Admins",)):
            self.assertEqual(
                everything - FOR_ALL, self.refused(api.persona(*roles))
            )

    def test_a_reader_may_read_the_summary(self):
        everything = {rule.name for rule, _, _ in self.operations}
        self.assertEqual(
            everything - FOR_READERS - FOR_ALL,
            self.refused(api.persona("reader", "member")),
        )

    def test_tokens_of_system_and_domain_are_refused_all(self):
        everything = {rule.name for rule, _, _ in self.operations}
        for headers in (
            api.persona("admin", "reader", system=True),
            api.persona("admin", "reader", domain="default"),
        ):
            self.assertEqual(everything, self.refused(headers))

    def test_without_a_role_there_is_what_all_may(self):
        everything = {rule.name for rule, _, _ in self.operations}
        self.assertEqual(everything - FOR_ALL, self.refused({}))
