# SPDX-License-Identifier: Apache-2.0
"""Creation of mappings: stored attributes, refusals and overlaps."""

import dataclasses
import datetime

from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.tests.unit.rating.editing import case

NOW, DAY = case.NOW, case.DAY
UNKNOWN = "00000000-0000-0000-0000-000000000000"


class TestStored(case.EditingCase):
    def test_all_of_it(self):
        made = self.map_value(
            cost="0.10",
            map_type="rate",
            group_id=self.group.group_id,
            tenant_id="project-1",
            name="a name",
            description="why",
            start=NOW + DAY,
            end=NOW + 2 * DAY,
        )
        self.assertEqual(made, mappings.get(self.database, made.mapping_id))
        stored = dataclasses.asdict(made)
        del stored["id"], stored["mapping_id"]
        self.assertEqual(
            {
                "value": "m1",
                "cost": case.D("0.1"),
                "map_type": "rate",
                "service_id": None,
                "field_id": self.field.field_id,
                "group_id": self.group.group_id,
                "tenant_id": "project-1",
                "name": "a name",
                "start": NOW + DAY,
                "end": NOW + 2 * DAY,
                "description": "why",
                "created_at": NOW,
                "deleted": None,
                "created_by": "maker",
                "updated_by": None,
                "deleted_by": None,
            },
            stored,
        )

    def test_omitted_attributes(self):
        now = NOW + datetime.timedelta(microseconds=700_000)
        made = self.map(now=now)
        self.assertEqual(
            (NOW, None, NOW, ""),
            (made.start, made.end, made.created_at, made.value),
        )
        self.assertRegex(made.name, r"^[0-9a-f]{32}$")


class TestRefusals(case.EditingCase):
    def refused(self, error, **given):
        self.assertRaises(error, self.map, **given)

    def test_a_start_in_the_past_needs_force(self):
        self.refused(edit_errors.StartPast, start=NOW - DAY)
        made = self.map(start=NOW - DAY, force=True)
        self.assertEqual(NOW - DAY, made.start)

    def test_an_end_before_the_start(self):
        self.refused(
            edit_errors.EndBeforeStart, start=NOW + DAY, end=NOW + DAY / 2
        )
        self.refused(edit_errors.EndBeforeStart, end=NOW - DAY)

    def test_one_owner(self):
        field_id = self.field.field_id
        self.refused(errors.OwnerInvalid, service_id=None)
        self.assertRaises(
            errors.OwnerInvalid,
            self.map,
            field_id=field_id,
            service_id=self.service.service_id,
            value="m1",
        )

    def test_that_is_there(self):
        self.refused(errors.OwnerUnknown, service_id=UNKNOWN)
        self.refused(errors.OwnerUnknown, field_id=UNKNOWN, value="m1")
        self.refused(errors.OwnerUnknown, group_id=UNKNOWN)

    def test_a_value_goes_with_a_field(self):
        self.refused(errors.ValueInvalid, value="m1")
        self.refused(
            errors.ValueInvalid,
            service_id=None,
            field_id=self.field.field_id,
            value=None,
        )

    def test_an_empty_value_is_one_of_a_field(self):
        empty = self.map_value(value="")
        self.assertEqual("", empty.value)
        other = self.map_value(value="m1")
        self.assertEqual("m1", other.value)
        self.assertRaises(errors.Overlaps, self.map_value, value="")

    def test_a_cost_that_would_be_rounded(self):
        self.refused(errors.NumberInvalid, cost="1e-29")

    def test_a_name_in_use(self):
        first = self.map(name="name")
        self.assertRaises(errors.NameTaken, self.map_value, name="name")
        mappings.delete(self.database, first.mapping_id, user_id="me", now=NOW)
        self.map_value(name="name")

    def test_nothing_is_left_of_a_refusal(self):
        self.map()
        self.refused(errors.Overlaps)
        self.assertEqual(1, len(self.all()))


class TestOverlaps(case.EditingCase):
    """Days: 0 is now; None is open."""

    def overlaps(self, there, new):
        first = self.map(**self.days(there), force=True)
        try:
            second = self.map(**self.days(new), force=True)
        except errors.Overlaps as error:
            self.assertEqual(first.mapping_id, error.other)
            refused = True
        else:
            mappings.delete(
                self.database, second.mapping_id, user_id="me", now=NOW
            )
            refused = False
        mappings.delete(self.database, first.mapping_id, user_id="me", now=NOW)
        return refused

    def days(self, days):
        start, end = days
        return {
            "start": NOW + start * DAY,
            "end": None if end is None else NOW + end * DAY,
        }

    def test_in_time(self):
        for there, new, expected in (
            ((0, 2), (1, 3), True),
            ((1, 3), (0, 2), True),
            ((0, 3), (1, 2), True),
            ((1, 2), (0, 3), True),
            ((0, 1), (0, 1), True),
            ((0, None), (5, 6), True),
            ((5, None), (0, None), True),
            ((0, None), (0, None), True),
            # The one that upstream does not see.
            ((0, 9), (5, None), True),
            ((5, 9), (0, None), True),
            ((0, 1), (2, 3), False),
            ((2, 3), (0, 1), False),
            ((2, None), (0, 1), False),
            ((0, 1), (2, None), False),
            # Ends are not in them.
            ((0, 1), (1, 2), False),
            ((1, 2), (0, 1), False),
            ((0, 1), (1, None), False),
            # In force at no time.
            ((1, 1), (0, 2), False),
        ):
            with self.subTest(there=there, new=new):
                self.assertEqual(expected, self.overlaps(there, new))

    def test_only_in_one_slot(self):
        self.map_value()
        self.map()
        others = (
            {"value": "M1"},
            {"value": "m1 "},
            {"tenant_id": "a"},
            {"tenant_id": "A"},
            {"group_id": self.group.group_id},
            {"group_id": self.group.group_id, "tenant_id": "a"},
        )
        for given in others:
            self.map_value(**given)
        for given in others:
            with self.subTest(**given):
                self.assertRaises(errors.Overlaps, self.map_value, **given)

    def test_a_type_of_its_own_is_no_slot(self):
        self.map()
        self.assertRaises(errors.Overlaps, self.map, map_type="rate")

    def test_a_service_has_one_slot_for_blank_and_null_values(self):
        """Upstream stores "" of some clients and NULL of others."""
        first = self.map()
        with self.database.writer() as session:
            hashmap_mappings.update(session, first.id, value=None)
        self.assertRaises(errors.Overlaps, self.map)
