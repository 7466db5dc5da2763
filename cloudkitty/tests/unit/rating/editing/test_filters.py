# SPDX-License-Identifier: Apache-2.0
"""Filters of the list of mappings."""

from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.tests.unit.rating.editing import case

NOW, DAY = case.NOW, case.DAY


class TestFilters(case.EditingCase):
    def setUp(self):
        super().setUp()
        self.map(name="plain", description="Straße %")
        self.map(name="grouped", group_id=self.group.group_id)
        self.map(name="own", tenant_id="a")
        self.map_value(name="future", start=NOW + DAY, end=NOW + 2 * DAY)
        deleted = self.map(name="deleted", tenant_id="b")
        mappings.delete(
            self.database, deleted.mapping_id, user_id="d", now=NOW
        )
        changed = self.map_value(name="changed", value="m9")
        self.change(changed, end=NOW + 3 * DAY)

    def names(self, **filters):
        return [rule.name for rule in self.all(**filters)]

    def test_one_by_one(self):
        for filters, expected in (
            ({}, ["plain", "grouped", "own", "future", "changed"]),
            (
                {"service_id": self.service.service_id},
                ["plain", "grouped", "own"],
            ),
            ({"field_id": self.field.field_id}, ["future", "changed"]),
            ({"group_id": self.group.group_id}, ["grouped"]),
            ({"no_group": True}, ["plain", "own", "future", "changed"]),
            ({"tenant_id": "a"}, ["own"]),
            ({"tenant_id": "A"}, []),
            ({"general": True}, ["plain", "grouped", "future", "changed"]),
            ({"start_from": NOW + DAY}, ["future"]),
            ({"end_before": NOW + 2 * DAY}, []),
            ({"end_before": NOW + 3 * DAY}, ["future"]),
            ({"active_at": NOW}, ["plain", "grouped", "own", "changed"]),
            (
                {"active_at": NOW + DAY, "field_id": self.field.field_id},
                ["future", "changed"],
            ),
            (
                {"active_at": NOW + 2 * DAY, "deleted": True},
                ["plain", "grouped", "own", "changed"],
            ),
            ({"created_by": "maker", "tenant_id": "a"}, ["own"]),
            ({"created_by": "Maker"}, []),
            ({"updated_by": "changer"}, ["changed"]),
            ({"deleted": True, "deleted_by": "d"}, ["deleted"]),
            ({"deleted_by": "d"}, []),
            ({"description": "STRASSE %"}, ["plain"]),
            ({"description": "_"}, []),
            ({"name": "own"}, ["own"]),
        ):
            with self.subTest(**filters):
                self.assertEqual(expected, self.names(**filters))
