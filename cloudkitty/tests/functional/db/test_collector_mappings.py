# SPDX-License-Identifier: Apache-2.0
"""What clients write down about collectors, on every database."""

from cloudkitty.collector import mappings as records
from cloudkitty.db import collector_mappings
from cloudkitty.tests import databases


@databases.on_each()
class Records:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)

    def find(self, collector=None):
        with self.database.reader() as session:
            found = collector_mappings.find(session, collector)
        return [(each.service, each.collector) for each in found]

    def test_mappings(self):
        long = "é" * records.MAX_NAME
        records.set_mapping(self.database, "b", long)
        records.set_mapping(self.database, "a", "x")
        records.set_mapping(self.database, "a", "y")
        self.assertEqual([("a", "y"), ("b", long)], self.find())
        self.assertEqual([("b", long)], self.find(long))
        for there in (True, False):
            self.assertIs(
                there,
                self.database.write(
                    lambda session: collector_mappings.delete(session, "a")
                ),
            )
        self.assertEqual([("b", long)], self.find())

    def test_states(self):
        name = "x" * records.MAX_NAME
        self.assertIs(False, records.enabled(self.database, name))
        for value in (True, True, False):
            records.set_enabled(self.database, name, value)
            self.assertIs(value, records.enabled(self.database, name))
