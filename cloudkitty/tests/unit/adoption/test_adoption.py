# SPDX-License-Identifier: Apache-2.0
"""Parts of the tests with CloudKitty 25 that need no server."""

import contextlib
import decimal
import io
import sys
import types

from cloudkitty.tests import base
from cloudkitty.tests.adoption import __main__ as command
from cloudkitty.tests.adoption import samples
from cloudkitty.tests.adoption import truth
from cloudkitty.tests.adoption import upstream

BEGIN = base.utc("2026-11-01T00:00")
END = BEGIN + 2 * samples.LENGTH


class TestArguments(base.TestCase):
    def test_without_any_all_scenarios(self):
        self.assertEqual(list(command.SCENARIOS), command.parse([]))

    def test_unknown_scenario(self):
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            self.assertRaises(SystemExit, command.parse, ["fire"])
        self.assertIn("no such scenario: fire", output.getvalue())

    def test_each_scenario_exists(self):
        for case, method in command.SCENARIOS.values():
            self.assertTrue(callable(getattr(case, method)))


class TestDifferences(base.TestCase):
    def setUp(self):
        super().setUp()
        self.expected = samples.expected(
            BEGIN, END, lambda key: decimal.Decimal(2)
        )
        self.stored = {key: [value] for key, value in self.expected.items()}
        self.key = min(self.stored)

    def differences(self):
        return truth.differences(self.stored, self.expected)

    def test_equal(self):
        self.assertEqual(16, len(self.expected))
        self.assertEqual([], self.differences())

    def test_a_lost_point(self):
        del self.stored[self.key]
        self.assertEqual(1, len(self.differences()))

    def test_a_doubled_point(self):
        self.stored[self.key] *= 2
        self.assertEqual(1, len(self.differences()))

    def test_an_unexpected_point(self):
        del self.expected[self.key]
        self.assertEqual(1, len(self.differences()))

    def test_a_wrong_price(self):
        qty, price = self.expected[self.key]
        self.expected[self.key] = qty, price + 1
        self.assertEqual(1, len(self.differences()))

    def test_a_summary_row_for_each_period_scope_and_metric(self):
        rows = truth.summary(self.expected)
        self.assertEqual(8, len(rows))
        self.assertEqual(
            sum(float(price) for _qty, price in self.expected.values()),
            sum(row[-1] for row in rows),
        )


class TestZone(base.TestCase):
    """The correction of the deletions of CloudKitty 25.0.0."""

    def setUp(self):
        super().setUp()
        sent = self.sent = []

        class InfluxDBClient:
            def query(self, query, *arguments, **options):
                sent.append(query)

        module = types.ModuleType("influxdb")
        module.InfluxDBClient = InfluxDBClient
        folder = self.make_folder()
        upstream.settings(folder)
        sys.modules["influxdb"] = module
        self.addCleanup(sys.modules.pop, "influxdb")
        text = (folder / "sitecustomize.py").read_text()
        exec(compile(text, "sitecustomize.py", "exec"), {})
        self.client = InfluxDBClient()

    def test_a_deletion(self):
        self.client.query("DELETE FROM d WHERE time < '2026-11-02T01:00:00'")
        self.client.query("DELETE FROM d WHERE time < '2026-11-02 01:00:00.5'")
        self.assertEqual(
            [
                "DELETE FROM d WHERE time < '2026-11-02T01:00:00Z'",
                "DELETE FROM d WHERE time < '2026-11-02T01:00:00.5Z'",
            ],
            self.sent,
        )

    def test_nothing_else(self):
        statements = [
            "DELETE FROM d WHERE time < '2026-11-02T01:00:00+00:00'",
            "SELECT * FROM d WHERE time < '2026-11-02T01:00:00'",
        ]
        for statement in statements:
            self.client.query(statement)
        self.assertEqual(statements, self.sent)
