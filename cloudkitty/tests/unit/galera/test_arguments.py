# SPDX-License-Identifier: Apache-2.0
"""Arguments of the Galera run, and its refusals."""

import contextlib
import io

from cloudkitty.tests import base
from cloudkitty.tests.galera import __main__ as command
from cloudkitty.tests.galera import needs
from cloudkitty.tests.galera import race
from cloudkitty.tests.galera import scenarios


class TestArguments(base.TestCase):
    def refused(self, *argv):
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertRaises(SystemExit, command.parse, argv)
        return said.getvalue()

    def test_without_any_all_scenarios(self):
        self.assertEqual(list(scenarios.ALL), command.parse([]).scenarios)

    def test_some_scenarios(self):
        self.assertEqual(["kill"], command.parse(["kill"]).scenarios)

    def test_unknown_scenario(self):
        self.assertIn("no such scenario: fire", self.refused("fire"))

    def test_no_scopes(self):
        self.assertIn("--scopes", self.refused("--scopes", "0"))

    def test_too_few_windows_to_race_for(self):
        self.assertIn(
            "at least 40", self.refused("--scopes", "3", "--days", "13")
        )


class TestRefusal(base.TestCase):
    def test_missing_packages_are_named(self):
        self.assertEqual(
            "These packages are missing: iptables rsync.",
            needs.refusal(0, ["iptables", "rsync"]),
        )

    def test_not_root(self):
        self.assertIn("need root", needs.refusal(1000, []))

    def test_all_there(self):
        self.assertIsNone(needs.refusal(0, []))


class TestOneWon(base.TestCase):
    def test_one_won(self):
        results = [race.OVERLAPS, "accepted", race.OVERLAPS]
        self.assertTrue(race.one_won(results))

    def test_two_won(self):
        results = ["accepted", "accepted", race.OVERLAPS]
        self.assertFalse(race.one_won(results))

    def test_no_winner(self):
        self.assertFalse(race.one_won([race.OVERLAPS] * 3))

    def test_error(self):
        self.assertFalse(
            race.one_won(["accepted", race.OVERLAPS, "DBDeadlock"])
        )
