# SPDX-License-Identifier: Apache-2.0
"""Alerts, dashboard and documentation have the metrics that are exported."""

import json
import pathlib
import re

import cloudkitty
from cloudkitty.tests import base
from cloudkitty.tests import metrics_table

ROOT = pathlib.Path(cloudkitty.__file__).parents[1]
RULES = ROOT / "contrib" / "prometheus" / "cloudkitty.rules.yml"
DASHBOARD = ROOT / "contrib" / "grafana" / "cloudkitty.json"
_NAME = re.compile(r"\b(?:cloudkitty_\w+|up)\b(?=[{)\[ ]|$)")


def exported():
    """Return the names of all samples, and ``up`` of Prometheus itself."""
    return {"up"} | {
        sample.name
        for family in metrics_table.families()
        for sample in family.samples
    }


def panel_queries():
    """Return the queries of the panels of the dashboard."""
    board = json.loads(DASHBOARD.read_text())
    return [
        target["expr"]
        for panel in board["panels"]
        for target in panel["targets"]
    ]


class TestContrib(base.TestCase):
    def test_each_alert_has_a_test(self):
        tests = RULES.with_suffix(".test.yml").read_text()
        for alert in re.findall(r"- alert: (\w+)", RULES.read_text()):
            with self.subTest(alert):
                self.assertIn(f"alertname: {alert}\n", tests)

    def test_names_in_the_rules(self):
        names = set(re.findall(r"cloudkitty_\w+", RULES.read_text()))
        self.assertTrue(names)
        self.assertEqual(set(), names - exported())

    def test_names_in_the_dashboard(self):
        used = set()
        for query in panel_queries():
            names = set(_NAME.findall(query))
            self.assertTrue(names, query)
            used |= names
        names = set(re.findall(r"cloudkitty_\w+", DASHBOARD.read_text()))
        self.assertEqual(set(), (names | used) - exported())

    def test_every_metric_is_in_the_dashboard(self):
        names = " ".join(panel_queries())
        for family in metrics_table.families():
            self.assertIn(family.name, names)

    def test_datasource_is_a_variable(self):
        board = json.loads(DASHBOARD.read_text())
        for panel in board["panels"]:
            self.assertEqual("${datasource}", panel["datasource"]["uid"])

    def test_table_of_the_documentation(self):
        path = ROOT / "doc" / "source" / "admin" / "metrics.csv"
        self.assertEqual(
            metrics_table.text(), path.read_text(), metrics_table.__doc__
        )
