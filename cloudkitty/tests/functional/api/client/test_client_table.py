# SPDX-License-Identifier: Apache-2.0
"""Every command and method of python-cloudkittyclient, with Keystone tokens.

The expected results are the documented ones: ``doc/source/user/client-*.csv``.
"""

import pathlib
import subprocess
import sys
import uuid

from cloudkitty.tests import base
from cloudkitty.tests import keystone

try:
    from cloudkitty.tests.functional.api.client import cloud
    from cloudkitty.tests.functional.api.client import library
    from cloudkitty.tests.functional.api.client import operating
    from cloudkitty.tests.functional.api.client import rated
    from cloudkitty.tests.functional.api.client import rules
    from cloudkitty.tests.functional.api.client import shells
    from cloudkitty.tests.functional.api.client import table
except ImportError:
    table = None


class ClientCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("cloudkittyclient", table is not None)
        if not table.COMMANDS.exists():
            self.skipTest("the documentation is in the source tree only")


class TestTables(ClientCase):
    """The table lists exactly the commands and methods of the client."""

    def test_the_commands(self):
        for version in table.VERSIONS:
            listed = table.read(table.COMMANDS, version)
            self.assertLessEqual(set(listed.values()), set(table.STATUS))
            for program in table.GROUPS:
                self.assertEqual(
                    table.commands(program, version), set(listed), program
                )

    def test_the_methods(self):
        for version in table.VERSIONS:
            listed = table.read(table.METHODS, version)
            self.assertLessEqual(set(listed.values()), set(table.RESULTS))
            self.assertEqual(table.methods(version), set(listed))

    def test_commands_that_fail_have_a_reason(self):
        for path in (table.COMMANDS, table.METHODS):
            for row in table.rows(path):
                odd = {row["v1"], row["v2"]} - {"works", table.ABSENT}
                if odd or row["CloudKitty 25"]:
                    self.assertTrue(row["Remarks"], row)


class TestWalk(ClientCase):
    """One cloud for all: it takes a while to start."""

    cloud = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if keystone.THERE and table is not None:
            cls.cloud = cloud.Cloud()
            cls.cloud.setUp()
            cls.addClassCleanup(cls.cloud.cleanUp)

    def setUp(self):
        super().setUp()
        self.need("keystone", self.cloud is not None)

    def fill(self):
        """Return the id of a project that has rated points."""
        project_id = uuid.uuid4().hex
        self.cloud.fill(project_id)
        return project_id

    def walk(self, shell):
        """Run all commands of a program."""
        for part in (
            operating.modules,
            operating.collectors,
            operating.information,
            rules.hashmap,
            rules.pyscripts,
        ):
            part(self, shell)
        project_id = self.fill()
        rated.tenants(self, shell, project_id)
        if shell.version == "1":
            rated.reports(self, shell, project_id)
            rated.points_1(self, shell, project_id)
            return
        rated.summary(self, shell, project_id)
        rated.points_2(self, shell, project_id)
        operating.tasks(self, shell, project_id)
        operating.scopes(self, shell, self.fill())

    def test_the_commands(self):
        for program in shells.PROGRAMS:
            for version in table.VERSIONS:
                shell = shells.Shell(self.cloud, program, version)
                self.walk(shell)
                expected = {
                    command: table.STATUS[result]
                    for command, result in table.read(
                        table.COMMANDS, version
                    ).items()
                }
                self.assertEqual(expected, shell.done, shell.name)

    def test_the_methods(self):
        for version in table.VERSIONS:
            done = set()
            api = library.make(self.cloud, version, done)
            project_id = self.fill()
            library.both(self, api, project_id)
            if version == "1":
                library.one(self, api)
            else:
                library.two(self, api, project_id, self.fill())
            expected = {
                method
                for method, result in table.read(
                    table.METHODS, version
                ).items()
                if result != table.REFUSED
            }
            self.assertEqual(expected, done, version)

    def test_a_reader_sees_the_own_project(self):
        own, other = self.cloud.keystone.project_id, self.fill()
        for version in table.VERSIONS:
            shell = shells.Shell(self.cloud, "openstack", version, "reader")
            rated.readers(self, shell, own, other)

    def test_the_programs_as_such(self):
        """Run as child processes, with their exit status."""
        project_id = self.fill()
        patch = ("-id", project_id, "--active", "true")
        for program in shells.PROGRAMS:
            for version, command, arguments, status, words in (
                ("1", "total get", ["-f", "json"], 0, '"Total": '),
                ("2", "module list", ["-f", "value"], 0, "hashmap False 1"),
                ("2", "scope patch", patch, 1, f"'scope_id': '{project_id}'"),
                ("2", "module get", ["nothing"], 1, "HTTP 404"),
            ):
                shell = shells.Shell(self.cloud, program, version)
                path = pathlib.Path(sys.executable).with_name(program)
                done = subprocess.run(
                    [path, *shell.words(command, *arguments)],
                    capture_output=True,
                    text=True,
                    check=False,
                    env=shells.environment(),
                )
                self.assertEqual(status, done.returncode, done)
                self.assertIn(words, done.stdout + done.stderr)
