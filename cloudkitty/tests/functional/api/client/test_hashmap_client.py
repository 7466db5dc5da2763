# SPDX-License-Identifier: Apache-2.0
"""hashmap's rules by python-cloudkittyclient as it is."""

import json
import pathlib
import subprocess
import sys

from keystoneauth1 import loading
from keystoneauth1.exceptions import http

from cloudkitty.tests import base
from cloudkitty.tests import live_api
from cloudkitty.tests.fakes import api

try:
    from cloudkittyclient import client
except ImportError:
    client = None


class LiveCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("cloudkittyclient", client is not None)
        self.url = self.useFixture(live_api.LiveApi(api.make_wsgi(self))).url


class TestLibrary(LiveCase):
    def setUp(self):
        super().setUp()
        plugin = loading.get_plugin_loader("cloudkitty-noauth")
        auth = plugin.load_from_options(endpoint=self.url)
        self.hashmap = client.Client("1", auth=auth).rating.hashmap
        self.service = self.hashmap.create_service(name="instance")
        self.service_id = self.service["service_id"]
        self.field = self.hashmap.create_field(
            name="flavor", service_id=self.service_id
        )
        self.field_id = self.field["field_id"]
        self.group = self.hashmap.create_group(name="extra")
        self.group_id = self.group["group_id"]

    def test_parents_of_rules(self):
        hashmap = self.hashmap
        self.assertEqual({"flat", "rate"}, set(hashmap.get_mapping_types()))
        for found, expected in (
            (hashmap.get_service(), {"services": [self.service]}),
            (hashmap.get_service(service_id=self.service_id), self.service),
            (
                hashmap.get_field(service_id=self.service_id),
                {"fields": [self.field]},
            ),
            (hashmap.get_field(field_id=self.field_id), self.field),
            (hashmap.get_group(), {"groups": [self.group]}),
            (hashmap.get_group(group_id=self.group_id), self.group),
        ):
            self.assertEqual(expected, found)
        hashmap.delete_field(field_id=self.field_id)
        hashmap.delete_group(group_id=self.group_id)
        hashmap.delete_service(service_id=self.service_id)
        self.assertEqual({"services": []}, hashmap.get_service())

    def test_a_rule_in_force_gets_an_end(self):
        rule = self.hashmap.create_mapping(
            cost=0.1,
            field_id=self.field_id,
            value="m1",
            group_id=self.group_id,
            tenant_id="a",
            description="by the client",
        )
        mapping_id = rule["mapping_id"]
        same = self.hashmap.update_mapping(mapping_id=mapping_id)
        self.assertEqual(rule, same)
        ended = self.hashmap.update_mapping(
            mapping_id=mapping_id, end="2027-01-01"
        )
        rule.update(end="2027-01-01T23:59:59", updated_by="unknown")
        self.assertEqual(rule, ended)
        error = self.assertRaises(
            http.HttpError,
            self.hashmap.update_mapping,
            mapping_id=mapping_id,
            cost="3",
        )
        self.assertIn("has a defined end date", str(error))

    def test_a_future_rule_is_changed(self):
        rule = self.hashmap.create_mapping(
            cost="1", service_id=self.service_id, start="2026-12-01"
        )
        changed = self.hashmap.update_mapping(
            mapping_id=rule["mapping_id"], cost="2", group_id=self.group_id
        )
        self.assertEqual(
            ("2", self.group_id), (changed["cost"][0], changed["group_id"])
        )

    def test_lists(self):
        rule = self.hashmap.create_mapping(
            cost=1, service_id=self.service_id, group_id=self.group_id
        )
        limit = self.hashmap.create_threshold(
            level="4.5", cost=0.9, type="rate", field_id=self.field_id
        )
        for found, expected in (
            (self.hashmap.get_mapping(service_id=self.service_id), [rule]),
            (
                self.hashmap.get_mapping(
                    service_id=self.service_id, filter_tenant=True
                ),
                [rule],
            ),
            (
                self.hashmap.get_mapping(
                    service_id=self.service_id, no_group=True
                ),
                [],
            ),
            (self.hashmap.get_group_mappings(group_id=self.group_id), [rule]),
        ):
            self.assertEqual({"mappings": expected}, found)
        for found, expected in (
            (self.hashmap.get_threshold(field_id=self.field_id), [limit]),
            (self.hashmap.get_group_thresholds(group_id=self.group_id), []),
        ):
            self.assertEqual({"thresholds": expected}, found)
        self.assertEqual(
            self.group,
            self.hashmap.get_mapping_group(mapping_id=rule["mapping_id"]),
        )

    def test_thresholds(self):
        limit = self.hashmap.create_threshold(
            level="4.5",
            cost=0.9,
            type="rate",
            service_id=self.service_id,
            group_id=self.group_id,
        )
        ident = {"threshold_id": limit["threshold_id"]}
        self.assertEqual(limit, self.hashmap.get_threshold(**ident))
        changed = self.hashmap.update_threshold(**ident, level="5")
        self.assertEqual({**limit, "level": "5.00000000"}, changed)
        self.assertEqual(self.group, self.hashmap.get_threshold_group(**ident))
        self.hashmap.delete_threshold(**ident)
        self.assertRaises(http.HttpError, self.hashmap.get_threshold, **ident)

    def test_deletion(self):
        rule = self.hashmap.create_mapping(cost=1, service_id=self.service_id)
        ident = {"mapping_id": rule["mapping_id"]}
        self.hashmap.delete_mapping(**ident)
        self.assertIsNotNone(self.hashmap.get_mapping(**ident)["deleted"])
        self.assertEqual(
            {"mappings": []},
            self.hashmap.get_mapping(service_id=self.service_id),
        )


class TestCommand(LiveCase):
    def run_command(self, *arguments):
        program = pathlib.Path(sys.executable).with_name("cloudkitty")
        self.need("cloudkittyclient", program.exists())
        done = subprocess.run(
            [
                program,
                "--os-auth-type",
                "cloudkitty-noauth",
                "--os-endpoint",
                self.url,
                "hashmap",
                *arguments,
                "-f",
                "json",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def test_a_rule_in_force_gets_an_end(self):
        (service,) = self.run_command("service", "create", "instance")
        (rule,) = self.run_command(
            *("mapping", "create", "0.1", "-s", service["Service ID"])
        )
        self.assertEqual("0.1000000000000000000000000000", rule["Cost"])
        end = ("--end", "2027-01-01T00:00:00")
        (same,) = self.run_command(
            "mapping", "update", rule["Mapping ID"], *end
        )
        self.assertEqual(rule["Mapping ID"], same["Mapping ID"])
        listed = self.run_command(
            *("mapping", "list", "-s", service["Service ID"])
        )
        self.assertEqual([same], listed)
