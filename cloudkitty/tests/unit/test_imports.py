# SPDX-License-Identifier: Apache-2.0
"""Each module can be imported, with any supported release of the libraries.

``tools/lowest`` runs this with the oldest ones.
"""

import importlib
import pkgutil

import cloudkitty
from cloudkitty.tests import base

#: Run by a WSGI server, or by Alembic.
SCRIPTS = ("cloudkitty.wsgi.", "cloudkitty.db.alembic.env")


class TestImports(base.TestCase):
    def test_each_module(self):
        names = [
            found.name
            for found in pkgutil.walk_packages(
                cloudkitty.__path__, "cloudkitty.", self.fail
            )
            if not found.name.startswith(("cloudkitty.tests", *SCRIPTS))
        ]
        self.assertGreater(len(names), 400)
        failed = {}
        for name in names:
            try:
                importlib.import_module(name)
            except Exception as error:
                failed[name] = repr(error)
        self.assertEqual({}, failed)
