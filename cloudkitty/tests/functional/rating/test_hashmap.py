# SPDX-License-Identifier: Apache-2.0
"""The same rules give the same digits from every database."""

import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import module_states
from cloudkitty.db.rules import services as hashmap_services
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating import loader
from cloudkitty.tests import base
from cloudkitty.tests import databases

D = decimal.Decimal
AT = base.utc("2026-11-01T05:00")
HOUR = datetime.timedelta(hours=1)
#: Scopes that some collations take for one.
SCOPES = ("scope", "Scope", "scope ", "scöpe", "scope%", "other")


class RulesFrom:
    """Rates by rules that were written to, and read from, one database."""

    def make_rules(self, session):
        module_states.set_enabled(session, "hashmap", True)
        service = hashmap_services.create_service(session, "cpu")
        flavor = hashmap_services.create_field(session, service.id, "flavor")
        ram = hashmap_services.create_field(session, service.id, "ram")
        group = hashmap_services.create_group(session, "g")

        def mapping(cost, map_type="flat", **fields):
            return hashmap_mappings.create(
                session,
                cost=D(cost),
                map_type=map_type,
                **{"start": AT - HOUR, **fields},
            )

        mapping("0.1234567890123456789012345678", service_id=service.id)
        mapping(
            "1.50", "rate", field_id=flavor.id, value="m1", group_id=group.id
        )
        mapping("2.00", field_id=flavor.id, value="m1", group_id=group.id)
        mapping("3", field_id=flavor.id, value="M1")
        mapping("70", field_id=flavor.id, value="")
        mapping("999", service_id=service.id, start=AT + HOUR)
        mapping("888", service_id=service.id, end=AT)
        gone = mapping("777", service_id=service.id)
        hashmap_mappings.mark_deleted(session, gone.id, AT + HOUR, "me")
        for number, scope_id in enumerate(SCOPES[:3]):
            mapping(f"{number + 4}", service_id=service.id, tenant_id=scope_id)
        hashmap_thresholds.create(
            session,
            level=D("3.50"),
            cost=D("0.3333333333333333333333333333"),
            map_type="rate",
            service_id=service.id,
        )
        hashmap_thresholds.create(
            session,
            level=D("4"),
            cost=D("-0.10"),
            map_type="flat",
            field_id=ram.id,
            group_id=group.id,
        )

    def rate_all(self, backend):
        database = databases.make_database(self, backend)
        database.write(self.make_rules)
        return {
            scope_id: self.rate(
                loader.load_chain(loader.modules(), database, scope_id)
            )
            for scope_id in SCOPES
        }

    def rate(self, chain):
        frame = dataframe.DataFrame(AT, AT + HOUR)
        for flavor in ("m1", "M1", "m1 ", "m2", "", None):
            for qty in ("3", "3.333333333333333333333333333", "4.0"):
                frame.add_point(
                    dataframe.DataPoint(
                        "unit",
                        D(qty),
                        D(0),
                        {},
                        {"ram": 8}
                        | ({} if flavor is None else {"flavor": flavor}),
                    ),
                    "cpu",
                )
        rated = chain.rate(frame)
        return [str(point.price) for point in rated.usage["cpu"]]


class TestServers(RulesFrom, base.TestCase):
    def test_a_scope_gets_its_own_rules_only(self):
        prices = self.rate_all("sqlite")
        # Quantity 3 of flavor m2: the service's flat, less 0.3 for the ram.
        self.assertEqual(
            ["11.7", "14.7", "17.7"] + ["0.0703703670370370367037037034"] * 3,
            [prices[scope_id][9] for scope_id in SCOPES],
        )
        # Without the label its value is empty; without the attribute there
        # is nothing to compare.
        self.assertEqual("209.7", prices[SCOPES[0]][12])
        self.assertEqual("11.7", prices[SCOPES[0]][15])

    def test_mariadb_as_sqlite(self):
        self.assertEqual(self.rate_all("sqlite"), self.rate_all("mariadb"))

    def test_postgresql_as_sqlite(self):
        self.assertEqual(self.rate_all("sqlite"), self.rate_all("postgresql"))
