# SPDX-License-Identifier: Apache-2.0
"""The commands with and without python-cloudkittyclient."""

import os
import pathlib
import subprocess
import sys
import sysconfig

import cloudkitty
from cloudkitty.tests import base
from cloudkitty.tests.functional.api.client import shells

TOP = pathlib.Path(cloudkitty.__file__).parents[1]
PACKAGES = pathlib.Path(sysconfig.get_path("purelib"))
_STOCK = ("cloudkittyclient", "python_cloudkittyclient-")
_RUN = "import sys; from openstackclient.shell import main; sys.exit(main())"
_MODULE_LIST = "rating module list"
_OURS = ("rating reprocess create", "rating worker list")


class TestBothPackages(base.TestCase):
    def setUp(self):
        super().setUp()
        stock = list(PACKAGES.glob("python_cloudkittyclient-*"))
        self.need("cloudkittyclient", bool(stock))

    def commands(self, path, *options):
        """Return the names of all commands, and the errors.

        :param path: directories of packages.
        """
        folder = self.make_folder()
        done = subprocess.run(
            # -S: without the packages of the interpreter.
            [sys.executable, "-S", "-c", _RUN, *options, "command", "list"]
            + ["--group", "rating", "-f", "value", "-c", "Commands"],
            env={
                **shells.environment(),
                "PYTHONPATH": os.pathsep.join(map(str, path)),
                # Entry points are cached there.
                "XDG_CACHE_HOME": str(folder),
            },
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout, done.stderr

    def without_stock_client(self):
        """Return a directory with links to all other packages."""
        folder = self.make_folder()
        for package in PACKAGES.iterdir():
            if not package.name.startswith(_STOCK):
                (folder / package.name).symlink_to(package)
        return folder

    def test_both(self):
        output, errors = self.commands([TOP, PACKAGES])
        for name in (_MODULE_LIST, *_OURS):
            self.assertEqual(1, output.count(f"{name}\n"), name)
        self.assertNotIn("duplicate", errors)

    def test_the_stock_client_with_version_1(self):
        output, _ = self.commands([TOP, PACKAGES], "--rating-api-version", "1")
        self.assertIn("rating total get", output)
        self.assertNotIn("rating reprocess", output)

    def test_ours_alone(self):
        output, errors = self.commands([TOP, self.without_stock_client()])
        for name in _OURS:
            self.assertEqual(1, output.count(f"{name}\n"), name)
        self.assertNotIn(_MODULE_LIST, output)
        self.assertEqual("", errors)
