# SPDX-License-Identifier: Apache-2.0
"""The default rules in the dashboard are those of the API."""

import pathlib

import yaml

import cloudkitty
from cloudkitty.policies import rules
from cloudkitty.tests import base

FILE = (
    pathlib.Path(cloudkitty.__file__).parents[1]
    / "dashboard"
    / "cloudkitty_reprocess_dashboard"
    / "conf"
    / "default_policies"
    / "reprocess.yaml"
)


class TestDashboardPolicies(base.TestCase):
    def test_defaults(self):
        known = {rule.name: rule for rule in rules.list_rules()}
        shown = yaml.safe_load(FILE.read_text())
        self.assertIn(
            "schedule:get_task_reprocesses", [r["name"] for r in shown]
        )
        for rule in shown:
            default = known[rule["name"]]
            self.assertEqual(
                (default.check_str, default.scope_types),
                (rule["check_str"], rule["scope_types"]),
                rule["name"],
            )
