# SPDX-License-Identifier: Apache-2.0
"""The comparison of the Galera run must be able to fail."""

from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.galera import compare

A, B = ("scope_id=a", "qty=1"), ("scope_id=b", "qty=1")


class TestDifferences(base.TestCase):
    def test_equal_in_another_order(self):
        self.assertEqual(0, compare.differences([A, B], [B, A]).count)

    def test_lost(self):
        found = compare.differences([A, B], [A])
        self.assertEqual(([B], []), (found.lost, found.added))

    def test_doubled(self):
        found = compare.differences([A, B], [A, B, B])
        self.assertEqual(([], [B]), (found.lost, found.added))

    def test_changed_value_is_one_lost_and_one_added(self):
        changed = ("scope_id=b", "qty=2")
        found = compare.differences([A, B], [A, changed])
        self.assertEqual(2, found.count)
        self.assertEqual(
            ["    lost: scope_id=b qty=1", "    added: scope_id=b qty=2"],
            found.lines(),
        )


class TestRead(base.TestCase):
    def test_every_column_is_in_a_row(self):
        row = {
            "qty": 2,
            "seq": 0,
            "groupby": {},
            "metric": "cpu",
            "begin": "then",
            "scope_id": "a",
        }
        self.assertEqual(
            (
                *("scope_id=a", "begin=then", "metric=cpu"),
                *("groupby={}", "seq=0", "qty=2"),
            ),
            compare.text(row),
        )

    def test_database_without_points(self):
        database = databases.make_database(self)
        self.assertEqual([], compare.read(database.engine))
