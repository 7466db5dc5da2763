# SPDX-License-Identifier: Apache-2.0
"""The patches of ``tools/mutations`` apply and name existing tests."""

import importlib
import pathlib
import re
import subprocess

import cloudkitty
from cloudkitty.tests import base

TOP = pathlib.Path(cloudkitty.__file__).parents[1]
PATCHES = sorted((TOP / "cloudkitty/tests/mutations").iterdir())


class TestPatches(base.TestCase):
    def test_all_files_of_the_folder_are_patches(self):
        self.assertEqual({".patch"}, {path.suffix for path in PATCHES})

    def test_they_apply(self):
        self.need("a git repository", (TOP / ".git").exists())
        bad = [
            path.stem
            for path in PATCHES
            if subprocess.run(
                ["git", "apply", "--check", "--recount", str(path)],
                cwd=TOP,
                capture_output=True,
            ).returncode
        ]
        self.assertEqual([], bad)

    def test_each_names_its_fault_and_its_test(self):
        for path in PATCHES:
            text = path.read_text()
            self.assertRegex(text, r"(?m)^Promise: .", path.stem)
            red = re.findall(r"(?m)^Red: (\S+)$", text)
            self.assertTrue(red, path.stem)
            for name in red:
                self.check_exists(name)

    def check_exists(self, name):
        """``name`` is a test module, a class in one, or a test of that."""
        parts = name.split(".")
        attributes = [part for part in parts if part[0].isupper()]
        end = parts.index(attributes[0]) if attributes else len(parts)
        found = importlib.import_module(".".join(parts[:end]))
        for part in parts[end:]:
            found = getattr(found, part)
