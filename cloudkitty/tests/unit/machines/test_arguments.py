# SPDX-License-Identifier: Apache-2.0
"""Arguments of the runs on several machines."""

import contextlib
import io

from cloudkitty.tests import base
from cloudkitty.tests.machines import __main__ as command
from cloudkitty.tests.machines import faults


class TestArguments(base.TestCase):
    def refused(self, *argv):
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertRaises(SystemExit, command.parse, argv)
        return said.getvalue()

    def test_without_any_all_sites(self):
        self.assertEqual(list(command.SITES), command.parse([]).sites)

    def test_some_sites(self):
        self.assertEqual(["etcd"], command.parse(["etcd"]).sites)

    def test_unknown_site(self):
        self.assertIn("no such site: mars", self.refused("mars"))

    def test_too_small(self):
        self.assertIn("at least 9", self.refused("--scopes", "8"))
        self.assertIn("at least 16", self.refused("--hours", "15"))

    def test_each_fault_is_played(self):
        played = {
            name for *_, names in command.SITES.values() for name in names
        }
        self.assertEqual(set(faults.ALL), played)

    def test_faults_of_nodes_need_galera(self):
        for _, galera, names in command.SITES.values():
            if not galera:
                self.assertFalse(any(faults.ALL[name].node for name in names))
