# SPDX-License-Identifier: Apache-2.0
"""The commands with real Keystone, API and processor.

With ``CLOUDKITTY_WRITE_TRANSCRIPT=1`` the results of the run are written to
the file, to be read before they are committed.
"""

import io
import os
import pathlib
import shlex
import sys

import fixtures

from cloudkitty.tests import base
from cloudkitty.tests import keystone
from cloudkitty.tests.functional.client import cloud as ck_cloud
from cloudkitty.tests.functional.client import transcript

try:
    from cloudkitty.tests.functional.api.client import shells
except ImportError:
    shells = None

FILE = pathlib.Path(__file__).with_name("transcript.txt")


class TestTranscript(base.TestCase):
    def setUp(self):
        super().setUp()
        self.need("keystone", keystone.THERE)
        self.need("cloudkittyclient", shells is not None)

    def test_commands(self):
        # The bars of a report fit the terminal.
        self.useFixture(fixtures.EnvironmentVariable("COLUMNS", "80"))
        # Without a terminal, also if the test has one.
        self.patch(sys, "stdin", io.StringIO())
        self.cloud = self.useFixture(ck_cloud.Cloud())
        self.names = transcript.Names(
            {**self.cloud.scopes, **self.cloud.rules}
        )
        self.user = "admin"
        self.actions = {
            "start the processor": self.cloud.start_processor,
            "break the collector": self.cloud.break_collector,
            "repair the collector": self.cloud.repair_collector,
            "set closed_before and approval_above": self.cloud.govern,
        }
        expected = transcript.read(FILE.read_text(encoding="utf-8"))
        commands = [step for step in expected if step.kind == "$"]
        self.assertGreaterEqual(len(commands), 25)
        self.assertGreaterEqual(sum(s.status == 1 for s in commands), 3)
        actual = [self.take(step) for step in expected]
        if os.environ.get("CLOUDKITTY_WRITE_TRANSCRIPT"):
            FILE.write_text(transcript.write(actual), encoding="utf-8")
        for before, after in zip(expected, actual, strict=True):
            self.assertEqual(str(before), str(after), self.cloud.output())

    def take(self, step):
        """Return a step with its result in this run."""
        if step.kind == "@":
            _, as_user, user = step.text.rpartition("as ")
            if as_user:
                self.user = user
            else:
                self.actions[step.text]()
        if step.kind != "$":
            return step
        shell = shells.Shell(self.cloud, "openstack", "2", self.user)
        first, *others = shlex.split(self.names.insert(step.text))
        result = shell.run(first, *others)
        return transcript.Step(
            "$",
            step.text,
            self.names.lines(result.output),
            self.names.lines(result.errors),
            result.status,
        )
