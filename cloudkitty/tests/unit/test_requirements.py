# SPDX-License-Identifier: Apache-2.0
"""The lower bounds of requirements are those that are tested."""

import configparser
import pathlib
import re

import cloudkitty
from cloudkitty.tests import base

TOP = pathlib.Path(cloudkitty.__file__).parents[1]
_BOUND = re.compile(r"(?m)^([A-Za-z0-9._-]+)(>=|==)([0-9.]+)")


def versions(text):
    """Return (name, version) of each requirement or constraint."""
    return {
        (re.sub(r"[-_.]+", "-", name).lower(), version)
        for name, _, version in _BOUND.findall(text)
    }


class TestLowerBounds(base.TestCase):
    def test_tools_lowest_installs_them(self):
        tested = versions((TOP / "tools/constraints-lowest.txt").read_text())
        for name in ("requirements.txt", "test-requirements.txt"):
            bounds = versions((TOP / name).read_text())
            self.assertGreater(len(bounds), 10)
            self.assertEqual(set(), bounds - tested, name)

    def test_extras_have_those_of_the_tests(self):
        setup = configparser.ConfigParser()
        setup.read(TOP / "setup.cfg")
        tested = versions((TOP / "test-requirements.txt").read_text())
        for name, text in setup["extras"].items():
            if name == "systemd":
                # Only a source archive that needs the headers of libsystemd.
                continue
            bounds = versions("\n".join(text.split()))
            self.assertTrue(bounds, name)
            self.assertEqual(set(), bounds - tested, name)
