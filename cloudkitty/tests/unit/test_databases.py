# SPDX-License-Identifier: Apache-2.0
"""Test classes that run on several databases."""

import sys
import types
import unittest

from cloudkitty.tests import base
from cloudkitty.tests import databases


class TestOnEach(base.TestCase):
    def setUp(self):
        super().setUp()
        self.module = types.ModuleType("cloudkitty.tests.invented")
        sys.modules[self.module.__name__] = self.module
        self.addCleanup(sys.modules.pop, self.module.__name__)

    def decorate(self, *arguments, **options):
        module = self.module.__name__

        @databases.on_each(*arguments, **options)
        class Cases:
            __module__ = module

            def test_backend(self):
                self.assertIn(self.backend, databases.BACKENDS)

        self.module.Cases = Cases

    def made(self):
        """Return the ids of the module's tests, and their backends."""
        suite = unittest.TestLoader().loadTestsFromModule(self.module)
        return {
            test.id().removeprefix(f"{self.module.__name__}."): test.backend
            for cases in suite
            for test in cases
        }

    def test_a_class_for_each_backend(self):
        self.decorate()
        self.assertEqual(
            {
                "TestOnSQLite.test_backend": "sqlite",
                "TestOnMariaDB.test_backend": "mariadb",
                "TestOnPostgreSQL.test_backend": "postgresql",
            },
            self.made(),
        )

    def test_chosen_backends_and_names(self):
        self.decorate(databases.SERVERS)
        self.decorate(("sqlite",), name="TestFile")
        self.assertEqual(
            {
                "TestOnMariaDB.test_backend": "mariadb",
                "TestOnPostgreSQL.test_backend": "postgresql",
                "TestFileOnSQLite.test_backend": "sqlite",
            },
            self.made(),
        )

    def test_a_class_that_exists_is_not_replaced(self):
        self.decorate()
        self.assertRaises(ValueError, self.decorate)

    def test_a_test_case_is_refused(self):
        self.assertRaises(
            TypeError,
            databases.on_each(),
            type("Cases", (base.TestCase,), {}),
        )


class TestServerPort(base.TestCase):
    def test_default(self):
        for url, port in (
            ("mysql+pymysql://u@h/d", 3306),
            ("postgresql+psycopg2://u@h/d", 5432),
            ("mysql+pymysql://u@h:13306/d", 13306),
        ):
            self.assertEqual(port, databases.server_port(url))
