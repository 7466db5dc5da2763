# SPDX-License-Identifier: Apache-2.0
"""Rules are loaded as they were created, exactly and in order."""

import decimal

from oslo_db import exception as db_exception

from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.tests import base
from cloudkitty.tests import databases

D = decimal.Decimal
START = base.utc("2026-11-01T00:00")


class TestHashmapRules(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.service = self.write(hashmap_services.create_service, "cpu")

    def write(self, function, *args, **kwargs):
        return self.database.write(
            lambda session: function(session, *args, **kwargs)
        )

    def load(self, scope_id="a"):
        with self.database.reader() as session:
            return hashmap_rules.load(session, scope_id)

    def map(self, **fields):
        fields = {
            "cost": D(1),
            "map_type": "flat",
            "start": START,
            "service_id": self.service.id,
            **fields,
        }
        return self.write(hashmap_mappings.create, **fields)

    def test_all_kinds_are_loaded_as_they_were_created(self):
        group = self.write(hashmap_services.create_group, "g")
        field = self.write(
            hashmap_services.create_field, self.service.id, "flavor"
        )
        mapping = self.map(
            service_id=None,
            field_id=field.id,
            value="m1",
            group_id=group.id,
            tenant_id="a",
            cost=D("1.50"),
            map_type="rate",
            end=base.utc("2026-11-02T00:00"),
        )
        threshold = self.write(
            hashmap_thresholds.create,
            level=D("4.00"),
            cost=D("-0.5"),
            map_type="rate",
            field_id=field.id,
        )
        self.assertEqual(
            hashmap_rules.Rules(
                services=(self.service,),
                fields=(field,),
                groups=(group,),
                mappings=(mapping,),
                thresholds=(threshold,),
            ),
            self.load(),
        )
        self.assertEqual("1.5", str(mapping.cost))
        self.assertEqual(("4", "-0.5"), tuple(map(str, _numbers(threshold))))

    def test_general_rules_stand_before_the_scopes_own(self):
        own = self.map(tenant_id="a")
        general = self.map()
        other = self.map(tenant_id="A")
        self.assertEqual((general, own), self.load("a").mappings)
        self.assertEqual((general, other), self.load("A").mappings)
        self.assertEqual((general,), self.load("a ").mappings)
        self.assertEqual((general,), self.load(None).mappings)

    def test_a_cost_the_column_would_round_is_refused(self):
        fine = D("123456789012." + "1" * 28)
        self.assertEqual(fine, self.map(cost=fine).cost)
        self.assertEqual([fine], [rule.cost for rule in self.load().mappings])
        for cost in (
            D("0." + "1" * 29),
            D("1e12"),
            D("1e70"),
            D("1." + "1" * 80),
            D("NaN"),
            D("-Infinity"),
        ):
            with self.subTest(cost=cost):
                self.assertRaises(ValueError, self.map, cost=cost)

    def test_a_rule_has_one_owner_and_a_value_has_a_field(self):
        field = self.write(hashmap_services.create_field, self.service.id, "f")
        for wrong in (
            {"service_id": None},
            {"field_id": field.id, "value": "x"},
            {"value": "x"},
            {"service_id": None, "field_id": field.id},
        ):
            with self.subTest(**wrong):
                self.assertRaises(ValueError, self.map, **wrong)
        self.assertRaises(
            ValueError,
            self.write,
            hashmap_thresholds.create,
            level=D(1),
            cost=D(1),
            map_type="flat",
        )

    def test_names_are_taken_once(self):
        self.assertRaises(
            db_exception.DBDuplicateEntry,
            self.write,
            hashmap_services.create_service,
            "cpu",
        )


def _numbers(threshold):
    return threshold.level, threshold.cost
