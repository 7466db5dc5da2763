# SPDX-License-Identifier: Apache-2.0
"""The commands with and without python-cloudkittyclient."""

import json
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
_OURS = (
    "rating reprocess create",
    "rating worker list",
    "rating hashmap mapping price",
)


class TestBothPackages(base.TestCase):
    def setUp(self):
        super().setUp()
        stock = list(PACKAGES.glob("python_cloudkittyclient-*"))
        self.need("cloudkittyclient", bool(stock))

    def commands(self, path, *options):
        """Return the names of the commands, and the errors.

        :param path: directories of packages.
        """
        folder = self.make_folder()
        done = subprocess.run(
            # -S: without the packages of the interpreter.
            [sys.executable, "-S", "-c", _RUN, *options, "command", "list"]
            + ["--group", "rating", "-f", "json"],
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
        names = [
            name
            for group in json.loads(done.stdout)
            for name in group["Commands"]
        ]
        return names, done.stderr

    def without_stock_client(self):
        """Return a directory with links to all other packages."""
        folder = self.make_folder()
        for package in PACKAGES.iterdir():
            if not package.name.startswith(_STOCK):
                (folder / package.name).symlink_to(package)
        return folder

    def test_both(self):
        names, errors = self.commands([TOP, PACKAGES])
        for name in (_MODULE_LIST, *_OURS):
            self.assertEqual(1, names.count(name), name)
        self.assertNotIn("duplicate", errors)

    def test_the_stock_client_with_version_1(self):
        names, _ = self.commands([TOP, PACKAGES], "--rating-api-version", "1")
        self.assertIn("rating total get", names)
        self.assertNotIn(_OURS[0], names)

    def test_ours_alone(self):
        names, errors = self.commands([TOP, self.without_stock_client()])
        for name in _OURS:
            self.assertEqual(1, names.count(name), name)
        self.assertNotIn(_MODULE_LIST, names)
        self.assertEqual("", errors)
