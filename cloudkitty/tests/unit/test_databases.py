# SPDX-License-Identifier: Apache-2.0
"""Test classes that run on several databases."""

import socketserver
import sys
import threading
import types
import unittest

import fixtures

from cloudkitty.tests import base
from cloudkitty.tests import database_servers
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


class TestMissing(base.TestCase):
    """The text of a skipped test."""

    def missing(self, address):
        url = f"mysql+pymysql://openstack_citest:x@127.0.0.1:{address}/d"
        self.useFixture(
            fixtures.MockPatchObject(
                database_servers, "URLS", {"mariadb": url}
            )
        )
        return database_servers.missing("mariadb")

    def test_the_server(self):
        port = base.free_port()
        self.assertEqual(
            f"no mariadb listens on 127.0.0.1:{port}: start it, then run "
            "tools/test-setup.sh, which creates the tests' account",
            self.missing(port),
        )

    def test_the_account(self):
        # A server that ends each connection without a login.
        server = socketserver.TCPServer(
            ("127.0.0.1", 0), socketserver.BaseRequestHandler
        )
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        port = server.server_address[1]
        self.assertEqual(
            f"mariadb listens on 127.0.0.1:{port}, but the account or the "
            "database openstack_citest is missing: tools/test-setup.sh "
            "creates them",
            self.missing(port),
        )

    def test_sqlite_needs_no_server(self):
        self.assertIsNone(database_servers.missing("sqlite"))

    def test_a_skip_has_the_cause(self):
        self.useFixture(
            fixtures.EnvironmentVariable("CLOUDKITTY_TEST_REQUIRE", "")
        )
        self.missing(base.free_port())
        skip = self.assertRaises(
            unittest.SkipTest, databases.need, self, "mariadb"
        )
        self.assertIn("tools/test-setup.sh", str(skip))


class TestServerPort(base.TestCase):
    def test_default(self):
        for url, port in (
            ("mysql+pymysql://u@h/d", 3306),
            ("postgresql+psycopg2://u@h/d", 5432),
            ("mysql+pymysql://u@h:13306/d", 13306),
        ):
            self.assertEqual(port, database_servers.port(url))
