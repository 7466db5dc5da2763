# SPDX-License-Identifier: Apache-2.0
"""Scripts on kernels that lack some of the protections."""

import json

import fixtures

from cloudkitty.rating.pyscripts import sandbox
from cloudkitty.tests import base
from cloudkitty.tests.fakes import pyscripts


class OldKernel:
    """A process that has no protection and leaves frames as they are."""

    closed = 0

    def __init__(self, limits, clock, *, run):
        self.pid = 1
        self.protections = {"filter": False, "files": False, "network": False}

    def ask(self, header, payload=b""):
        if header["do"] == "compile":
            return {}, b""
        answer = {"frame": json.loads(payload)}
        return {"ended": ""}, b"." + json.dumps(answer).encode()

    def alive(self):
        return True

    def close(self):
        OldKernel.closed += 1


class TestIsolation(base.TestCase):
    def setUp(self):
        super().setUp()
        OldKernel.closed = 0
        self.useFixture(
            fixtures.MonkeyPatch(
                "cloudkitty.rating.pyscripts.process.Process", OldKernel
            )
        )
        self.log = self.useFixture(fixtures.FakeLogger())

    def test_strict_refuses(self):
        made = pyscripts.make_sandbox(self)
        error = self.assertRaises(
            sandbox.ScriptFailed, made.run, ["pass"], pyscripts.frame()
        )
        self.assertIn("[pyscripts] isolation = strict", str(error))
        self.assertEqual(1, OldKernel.closed)

    def test_best_effort_runs_and_names_missing_protections(self):
        made = pyscripts.make_sandbox(self, isolation="best_effort")
        frame = pyscripts.frame()
        self.assertEqual(frame, made.run(["pass"], frame))
        self.assertIn("missing=files,filter,network", self.log.output)
