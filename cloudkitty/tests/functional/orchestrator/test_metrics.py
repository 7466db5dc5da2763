# SPDX-License-Identifier: Apache-2.0
"""Metrics of the real processor, also as a real Prometheus reads them."""

import os
import pathlib
import re
import signal
import socket

import fixtures
import requests
from prometheus_client import parser

from cloudkitty.db.tasks import modes
from cloudkitty.tests import base
from cloudkitty.tests import prometheus
from cloudkitty.tests.functional.orchestrator import deployment
from cloudkitty.tests.unit import test_contrib

_METRICS = """
[metrics]
enabled = true
port = {port}
cache_seconds = 1
"""
_SCRAPE = """
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ["{rules}"]
scrape_configs:
  - job_name: cloudkitty
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""
_HOURS = 48


class _Case(base.TestCase):
    def deploy(self, **options):
        self.port = base.free_port()
        place = deployment.Deployment(self, hours=_HOURS, **options)
        with place.config.open("a") as config:
            config.write(_METRICS.format(port=self.port))
        return place

    def scrape(self):
        """Return the values of all samples, by name and label values."""
        answer = requests.get(
            f"http://127.0.0.1:{self.port}/metrics", timeout=20
        )
        self.assertEqual(200, answer.status_code)
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in parser.text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def wait_for_metrics(self, place):
        def there():
            try:
                return self.scrape()
            except requests.ConnectionError:
                return False

        place.wait_for("the metrics", there)

    def wait_for_values(self, place, expected):
        def same():
            found = self.scrape()
            return {key: found.get(key) for key in expected} == expected

        place.wait_for(str(expected), same)


class TestMetrics(_Case):
    def test_a_run(self):
        """Workers of both kinds are summed; a killed one loses nothing."""
        place = self.deploy(max_workers=2)
        place.set_price(7)
        place.start()
        self.wait_for_metrics(place)
        place.wait_until_rated()
        periods = "cloudkitty_periods_total"
        tasks = "cloudkitty_tasks"
        rated = {(periods, "live", "rated"): 2 * _HOURS}
        self.wait_for_values(
            place,
            {
                **rated,
                (periods, "live", "empty"): self.empty(),
                ("cloudkitty_database_up",): 1,
                ("cloudkitty_scopes",): 2,
                ("cloudkitty_scopes_late",): 0,
                ("cloudkitty_collector_errors_total",): 0,
                ("cloudkitty_storage_errors_total",): 0,
                (tasks, "succeeded"): 0,
            },
        )
        found = self.scrape()
        for phase in ("collect", "rate", "store"):
            count = found["cloudkitty_phase_seconds_count", phase]
            self.assertGreater(count, 0)
        self.assertGreater(found["cloudkitty_scope_lag_max_seconds",], 3600)

        for pid in self.workers(place, "rating"):
            os.kill(pid, signal.SIGKILL)
        place.wait_until_done(place.schedule("project-a", place.window))
        self.wait_for_values(
            place,
            {
                **rated,
                (periods, "reprocess", "rated"): _HOURS,
                (periods, modes.PREVIEW, "rated"): 0,
                (tasks, "succeeded"): 1,
                ("cloudkitty_oldest_waiting_task_seconds",): 0,
            },
        )
        self.assertEqual(0, place.processor.terminate()[0])
        self.assertRaises(requests.ConnectionError, self.scrape)

    def empty(self):
        """Return the number of live periods that have no samples."""
        return self.scrape()["cloudkitty_periods_total", "live", "empty"]

    def workers(self, place, name):
        """Return the process ids of the workers of one kind."""
        started = re.findall(
            rf' (\d+) INFO .*worker started worker="{name} \d+"',
            place.log_text(),
        )
        self.assertTrue(started, place.log_text())
        return map(int, started)

    def test_the_port_is_taken(self):
        """Rating is not affected."""
        place = self.deploy()
        place.set_price(7)
        with socket.create_server(("127.0.0.1", self.port)):
            place.start()
            place.wait_until_rated()
            place.wait_for_log("metrics not exported")
        self.assertEqual(1, place.log_text().count("metrics not exported"))

    def test_off(self):
        place = self.deploy()
        place.config.write_text(
            place.config.read_text().replace("enabled = true", "")
        )
        place.set_price(7)
        place.start()
        place.wait_until_rated()
        self.assertRaises(requests.ConnectionError, self.scrape)
        self.assertNotIn("metrics exported", place.log_text())


class TestPrometheus(_Case):
    def setUp(self):
        super().setUp()
        self.need("prometheus", prometheus.installed())

    def query(self, server, expression):
        answer = requests.get(
            f"{server.url}/query", params={"query": expression}, timeout=20
        )
        self.assertEqual(200, answer.status_code, answer.text)
        return answer.json()["data"]["result"]

    def test_dashboard_and_rules(self):
        """Each query of the dashboard has a value; no rule fails."""
        place = self.deploy()
        place.set_price(7)
        server = self.useFixture(
            prometheus.PrometheusFixture(
                prometheus.openmetrics_text(
                    [prometheus.Series("other", {}, [(1.7e9, 1)])]
                ),
                pathlib.Path(self.useFixture(fixtures.TempDir()).path),
                _SCRAPE.format(port=self.port, rules=test_contrib.RULES),
            )
        )
        place.start()
        place.wait_until_rated()
        place.wait_until_done(place.schedule("project-a", place.window))
        # rate() needs two samples.
        place.wait_for(
            "two scrapes",
            lambda: self.query(server, "rate(cloudkitty_periods_total[1m])"),
        )
        for expression in test_contrib.panel_queries():
            concrete = expression.replace("$__rate_interval", "1m").replace(
                "$job", ".*"
            )
            with self.subTest(expression):
                self.assertTrue(self.query(server, concrete))
        place.wait_for("the rules", lambda: self.rules(server))
        for rule in self.rules(server):
            self.assertEqual("ok", rule["health"], rule)

    def rules(self, server):
        answer = requests.get(f"{server.url}/rules", timeout=20)
        [group] = answer.json()["data"]["groups"]
        rules = group["rules"]
        evaluated = all(rule["health"] != "unknown" for rule in rules)
        return rules if evaluated else []
