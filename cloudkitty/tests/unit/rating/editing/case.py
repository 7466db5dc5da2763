# SPDX-License-Identifier: Apache-2.0
"""A database with one service, one field and one group."""

import datetime
import decimal

from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.rating.hashmap.editing import owners
from cloudkitty.rating.hashmap.editing import thresholds
from cloudkitty.tests import base
from cloudkitty.tests import databases

D = decimal.Decimal
NOW = base.utc("2026-11-22T12:30")
DAY = datetime.timedelta(days=1)


class EditingCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self)
        self.service = owners.create_service(self.database, "instance")
        self.field = owners.create_field(
            self.database, self.service.service_id, "flavor"
        )
        self.group = owners.create_group(self.database, "discounts")

    def map(self, cost="1", now=NOW, force=False, **given):
        """Create a mapping, of the service unless another owner is given."""
        if "field_id" not in given:
            given.setdefault("service_id", self.service.service_id)
        return mappings.create(
            self.database,
            mappings.NewMapping(cost=D(cost), **given),
            user_id="maker",
            now=now,
            force=force,
        )

    def map_value(self, value="m1", **given):
        """Create a mapping of the field."""
        return self.map(field_id=self.field.field_id, value=value, **given)

    def change(self, mapping, now=NOW, **given):
        return mappings.update(
            self.database,
            mapping.mapping_id,
            {"cost": mapping.cost, **given},
            user_id="changer",
            now=now,
        )

    def limit(self, level="1", cost="1", **given):
        """Create a threshold, of the service unless a field is given."""
        if "field_id" not in given:
            given.setdefault("service_id", self.service.service_id)
        return thresholds.create(
            self.database,
            thresholds.NewThreshold(level=D(level), cost=D(cost), **given),
        )

    def all(self, **filters):
        return mappings.find(
            self.database, hashmap_mappings.Filters(**filters)
        )
