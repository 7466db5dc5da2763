# SPDX-License-Identifier: Apache-2.0
"""The database interface: the results are those of release 25.0.0."""

from cloudkitty.db import api
from cloudkitty.tests.unit.compat import case


class TestDatabase(case.CompatTestCase):
    def setUp(self):
        super().setUp()
        self.migrate()
        self.api = api.get_instance()

    def test_states(self):
        states = self.api.get_state()
        self.assertIsNone(states.get_state("acme"))
        self.assertEqual("", states.get_metadata("acme"))
        self.assertRaises(LookupError, states.set_metadata, "acme", "text")
        self.assertEqual(5, states.set_state("acme", 5))
        self.assertEqual("", states.get_metadata("acme"))
        self.assertIsNone(states.set_metadata("acme", "text"))
        self.assertEqual(7, states.set_state("acme", 7))
        self.assertEqual(
            (7, "text"),
            (states.get_state("acme"), states.get_metadata("acme")),
        )

    def test_mappings(self):
        mappings = self.api.get_service_to_collector_mapping()

        def listed(*arguments):
            return [
                (one.service, one.collector)
                for one in mappings.list_mappings(*arguments)
            ]

        error = self.assertRaises(
            api.NoSuchMapping, mappings.get_mapping, "cpu"
        )
        self.assertEqual("No mapping for service: cpu", str(error))
        mappings.set_mapping("cpu", "gnocchi")
        mappings.set_mapping("cpu", "prometheus")
        mappings.set_mapping("ram", "gnocchi")
        self.assertEqual("prometheus", mappings.get_mapping("cpu").collector)
        self.assertEqual([("cpu", "prometheus"), ("ram", "gnocchi")], listed())
        self.assertEqual([("ram", "gnocchi")], listed("gnocchi"))
        self.assertEqual(
            ["ram"],
            [one.service for one in mappings.list_services("gnocchi")],
        )
        mappings.delete_mapping("cpu")
        self.assertRaises(api.NoSuchMapping, mappings.delete_mapping, "cpu")
        self.assertEqual([("ram", "gnocchi")], listed())

    def test_migrations(self):
        migration = self.api.get_migration()
        migration.upgrade("head")
        self.assertIsNotNone(migration.version())
