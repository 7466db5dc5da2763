# SPDX-License-Identifier: Apache-2.0
"""Queries on rules mean the same on each database."""

import decimal

from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.tests import databases
from cloudkitty.tests.functional.db import query_case

NOW = query_case.NOW
HOUR = query_case.HOUR


@databases.on_each()
class RuleQueries(query_case.QueryCase):
    def test_module_states(self):
        self.assertEqual({}, self.read(module_states.get_all))
        self.write(module_states.set_enabled, "a", True)
        self.write(module_states.set_priority, "b", 7)
        self.write(module_states.set_priority, "a", 0)
        self.assertEqual(
            {
                "a": module_states.ModuleState(enabled=True, priority=1),
                "b": module_states.ModuleState(enabled=False, priority=7),
            },
            self.read(module_states.get_all),
        )

    def test_rules_come_general_first_and_exact(self):
        cost = decimal.Decimal("0.1234567890123456789012345678")

        def make(session):
            service = hashmap_services.create_service(session, "cpu")
            field = hashmap_services.create_field(
                session, service.id, "flavor"
            )
            group = hashmap_services.create_group(session, "g")
            common = {"cost": cost, "start": NOW, "map_type": "flat"}
            own = hashmap_mappings.create(
                session, service_id=service.id, tenant_id="a", **common
            )
            hashmap_mappings.create(
                session, service_id=service.id, tenant_id="A", **common
            )
            general = hashmap_mappings.create(
                session,
                field_id=field.id,
                value="m1",
                group_id=group.id,
                **common,
            )
            gone = hashmap_mappings.create(
                session, service_id=service.id, **common
            )
            hashmap_mappings.mark_deleted(session, gone.id, NOW, "me")
            hashmap_mappings.update(session, own.id, end=NOW + HOUR)
            hashmap_thresholds.create(
                session,
                service_id=service.id,
                level=decimal.Decimal("4.5"),
                cost=cost,
                map_type="rate",
            )
            return general.mapping_id, own.mapping_id

        made = self.database.write(make)
        rules = self.read(hashmap_rules.load, "a")
        there = [rule for rule in rules.mappings if rule.deleted is None]
        self.assertEqual(made, tuple(rule.mapping_id for rule in there))
        self.assertEqual(cost, there[0].cost)
        self.assertEqual((NOW, NOW + HOUR), (there[1].start, there[1].end))
        self.assertEqual(decimal.Decimal("4.5"), rules.thresholds[0].level)
        general = self.read(hashmap_rules.load, None).mappings
        self.assertEqual({None}, {rule.tenant_id for rule in general})

    def test_a_rule_is_for_a_service_or_a_field(self):
        self.assertRaises(
            ValueError,
            self.write,
            hashmap_mappings.create,
            cost=decimal.Decimal(1),
            map_type="flat",
            start=NOW,
        )
