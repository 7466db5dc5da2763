# SPDX-License-Identifier: Apache-2.0
"""Rules that are made at the same instant: no two of them clash."""

import collections
import concurrent.futures
import dataclasses
import datetime
import decimal
import threading

from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.rating.hashmap.editing import owners
from cloudkitty.rating.hashmap.editing import thresholds
from cloudkitty.tests import base
from cloudkitty.tests import databases

NOW = base.utc("2026-11-22T12:30")
DAY = datetime.timedelta(days=1)
WRITERS = 6
ROUNDS = 4


@databases.on_each()
class Race:
    backend: str

    def setUp(self):
        super().setUp()
        self.database = databases.make_database(self, self.backend)

    def at_once(self, *calls):
        """Call all at one instant; return "done" or the error's type."""
        barrier = threading.Barrier(len(calls))

        def run(call):
            barrier.wait()
            try:
                call()
            except Exception as error:
                return type(error)
            return "done"

        with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
            return collections.Counter(pool.map(run, calls))

    def map(self, service, **given):
        return mappings.create(
            self.database,
            mappings.NewMapping(
                cost=decimal.Decimal(1),
                service_id=service.service_id,
                **given,
            ),
            user_id="me",
            now=NOW,
        )

    def test_the_very_first_edits(self):
        found = self.at_once(
            *[lambda: owners.create_service(self.database, "cpu")] * WRITERS
        )
        self.assertEqual(
            {"done": 1, errors.NameTaken: WRITERS - 1}, dict(found)
        )

    def test_one_slot(self):
        for number in range(ROUNDS):
            service = owners.create_service(self.database, f"cpu-{number}")
            found = self.at_once(
                *[
                    lambda first=first, service=service: self.map(
                        service, start=NOW + first * DAY
                    )
                    for first in range(WRITERS)
                ]
            )
            self.assertEqual(
                {"done": 1, errors.Overlaps: WRITERS - 1}, dict(found)
            )

    def test_one_name(self):
        for number in range(ROUNDS):
            services = [
                owners.create_service(self.database, f"cpu-{number}-{each}")
                for each in range(WRITERS)
            ]
            found = self.at_once(
                *[
                    lambda service=service, number=number: self.map(
                        service, name=f"name-{number}"
                    )
                    for service in services
                ]
            )
            self.assertEqual(
                {"done": 1, errors.NameTaken: WRITERS - 1}, dict(found)
            )

    def test_rules_that_are_drawn_out(self):
        """Neighbours take the gap between them: one of them gets it."""
        service = owners.create_service(self.database, "cpu")
        for number in range(ROUNDS):
            start = NOW + (10 * number + 1) * DAY
            left = self.map(service, start=start, end=start + DAY)
            right = self.map(
                service, start=start + 4 * DAY, end=start + 5 * DAY
            )
            found = self.at_once(
                lambda left=left, start=start: self.change(
                    left, end=start + 3 * DAY
                ),
                lambda right=right, start=start: self.change(
                    right, start=start + 2 * DAY, end=right.end
                ),
            )
            self.assertEqual({"done": 1, errors.Overlaps: 1}, dict(found))

    def change(self, mapping, **given):
        mappings.update(
            self.database,
            mapping.mapping_id,
            {"cost": mapping.cost, **given},
            user_id="me",
            now=NOW,
        )

    def test_one_level(self):
        for number in range(ROUNDS):
            service = owners.create_service(self.database, f"cpu-{number}")
            new = thresholds.NewThreshold(
                level=decimal.Decimal("1.5"),
                cost=decimal.Decimal(1),
                service_id=service.service_id,
            )
            found = self.at_once(
                *[lambda new=new: thresholds.create(self.database, new)]
                * WRITERS
            )
            self.assertEqual(
                {"done": 1, errors.LevelTaken: WRITERS - 1}, dict(found)
            )

    def test_a_price_and_another_attribute_of_a_threshold(self):
        """Neither change is lost, in any order of the requests."""
        service = owners.create_service(self.database, "cpu")
        for number in range(ROUNDS):
            group = owners.create_group(self.database, f"group-{number}")
            rule = thresholds.create(
                self.database,
                thresholds.NewThreshold(
                    level=decimal.Decimal(number),
                    cost=decimal.Decimal(1),
                    map_type="rate",
                    service_id=service.service_id,
                    group_id=group.group_id,
                    tenant_id="a",
                ),
            )
            found = self.at_once(
                lambda rule=rule: thresholds.change_price(
                    self.database, rule.threshold_id, decimal.Decimal("1.5")
                ),
                lambda group=group: owners.delete_group(
                    self.database, group.group_id
                ),
            )
            self.assertEqual({"done": 2}, dict(found))
            self.assertEqual(
                dataclasses.replace(
                    rule, cost=decimal.Decimal("1.5"), group_id=None
                ),
                thresholds.get(self.database, rule.threshold_id),
            )

    def test_a_price_and_the_level_of_a_threshold(self):
        service = owners.create_service(self.database, "cpu")
        for number in range(ROUNDS):
            new = thresholds.NewThreshold(
                level=decimal.Decimal(number),
                cost=decimal.Decimal(1),
                service_id=service.service_id,
            )
            rule = thresholds.create(self.database, new)
            moved = dataclasses.replace(
                new,
                level=decimal.Decimal(100 + number),
                cost=decimal.Decimal(3),
            )
            found = self.at_once(
                lambda rule=rule: thresholds.change_price(
                    self.database, rule.threshold_id, decimal.Decimal(2)
                ),
                lambda rule=rule, moved=moved: thresholds.update(
                    self.database, rule.threshold_id, moved, keep_group=True
                ),
            )
            self.assertEqual({"done": 2}, dict(found))
            stored = thresholds.get(self.database, rule.threshold_id)
            self.assertEqual(moved.level, stored.level)
            self.assertIn(stored.cost, (2, 3))

    def test_deleting_a_group_while_rules_are_added(self):
        """No two rules remain in one slot, in any order of the requests."""
        service = owners.create_service(self.database, "cpu")
        for number in range(ROUNDS):
            group = owners.create_group(self.database, f"group-{number}")
            start = NOW + number * DAY
            valid = {"start": start, "end": start + DAY}
            self.map(service, group_id=group.group_id, **valid)
            found = self.at_once(
                lambda group=group: owners.delete_group(
                    self.database, group.group_id
                ),
                lambda valid=valid: self.map(service, **valid),
            )
            self.assertEqual(1, found["done"], found)
            kept = mappings.find(
                self.database,
                hashmap_mappings.Filters(no_group=True, start_from=start),
            )
            self.assertEqual(1, len(kept))

    def test_deleting_a_service_while_rules_are_added(self):
        for number in range(ROUNDS):
            service = owners.create_service(self.database, f"cpu-{number}")
            found = self.at_once(
                lambda service=service: owners.delete_service(
                    self.database, service.service_id
                ),
                lambda service=service: self.map(service),
            )
            self.assertLessEqual(
                set(found), {"done", errors.OwnerUnknown}, found
            )
            self.assertEqual(
                [], mappings.find(self.database, hashmap_mappings.Filters())
            )

    def test_all_that_is_made_can_be_read(self):
        """Text, case, blanks and digits mean the same on each database."""
        words = ("m1", "M1", "m1 ", "\N{ROCKET}", "%", "_")
        service = owners.create_service(self.database, "\N{ROCKET} cpu")
        field = owners.create_field(
            self.database, service.service_id, "\N{ROCKET}"
        )
        for word in words:
            made = mappings.create(
                self.database,
                mappings.NewMapping(
                    cost=decimal.Decimal("0." + "1" * 28),
                    field_id=field.field_id,
                    value=word,
                    tenant_id=word,
                    name=f"{word} name",
                    description=word,
                ),
                user_id="u" * 64,
                now=NOW,
            )
            (found,) = mappings.find(
                self.database, hashmap_mappings.Filters(tenant_id=word)
            )
            self.assertEqual(made, found)
            self.assertEqual(
                (word, word, "u" * 64),
                (found.value, found.description, found.created_by),
            )
        limit = thresholds.create(
            self.database,
            thresholds.NewThreshold(
                level=decimal.Decimal("0.12345678"),
                cost=decimal.Decimal("1e-28"),
                field_id=field.field_id,
                tenant_id="\N{ROCKET}",
            ),
        )
        self.assertEqual(
            [limit],
            thresholds.find(
                self.database,
                hashmap_thresholds.Filters(field_id=field.field_id),
            ),
        )
