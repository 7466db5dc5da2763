# SPDX-License-Identifier: Apache-2.0
"""Updates of mappings: before they are in force, and after."""

import dataclasses
import datetime

from cloudkitty.db.rules import mappings as hashmap_mappings
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.tests.unit.rating.editing import case

NOW, DAY = case.NOW, case.DAY


def whole(record):
    """Return a mapping as a client reads and sends it back."""
    given = dataclasses.asdict(record)
    for name in ("id", "mapping_id"):
        del given[name]
    return given


class TestInForce(case.EditingCase):
    def setUp(self):
        super().setUp()
        self.rule = self.map_value(
            description="old", group_id=self.group.group_id, tenant_id="a"
        )
        self.later = NOW + DAY

    def send(self, now=None, **given):
        return self.change(self.rule, now=now or self.later, **given)

    def test_an_unchanged_mapping_sent_back_changes_nothing(self):
        self.assertEqual(self.rule, self.send(**whole(self.rule)))
        self.assertIsNone(self.send(**whole(self.rule)).updated_by)

    def test_omitted_and_empty_attributes_change_nothing(self):
        nothing = dict.fromkeys(whole(self.rule))
        nothing["cost"] = self.rule.cost
        for given in ({}, nothing, {"name": "", "description": ""}):
            self.assertEqual(self.rule, self.send(**given))

    def test_an_end_is_all_it_can_be_given(self):
        end = self.later + DAY
        changed = self.send(**{**whole(self.rule), "end": end})
        self.assertEqual((end, "changer"), (changed.end, changed.updated_by))
        self.assertEqual(
            dataclasses.replace(self.rule, end=end, updated_by="changer"),
            changed,
        )

    def test_once(self):
        end = self.later + DAY
        changed = self.send(end=end)
        for other in (end + DAY, None):
            self.assertRaises(edit_errors.EndFixed, self.send, end=other)
        self.assertRaises(edit_errors.EndFixed, self.send, value="m2")
        self.assertEqual(changed, self.send(end=end))
        # Not to send it is not to change it.
        self.assertEqual(changed, self.send())

    def test_an_end_in_the_past_is_refused(self):
        self.assertRaises(
            edit_errors.EndPast, self.send, end=self.later - DAY / 24
        )
        self.send(end=self.later)

    def test_nothing_else(self):
        for given in (
            {"cost": case.D("1.0000000001")},
            {"map_type": "rate"},
            {"value": "m2"},
            {"value": ""},
            {"name": "other"},
            {"description": "new"},
            {"tenant_id": "b"},
            {"group_id": self.service.service_id},
            {"service_id": self.service.service_id},
            {"field_id": self.service.service_id},
            {"start": self.later},
        ):
            with self.subTest(**given):
                error = self.assertRaises(
                    edit_errors.Begun, self.send, **given
                )
                name = next(iter(given)).replace("map_type", "type")
                self.assertIn(f": {name} cannot change", str(error))
        self.assertEqual([self.rule], self.all())

    def test_from_the_instant_on_at_which_it_begins(self):
        rule = self.map(start=NOW + DAY)
        self.rule = rule
        self.send(now=NOW + DAY / 2, cost=case.D(2))
        self.assertRaises(
            edit_errors.Begun, self.send, now=NOW + DAY, cost=case.D(3)
        )

    def test_fractions_of_seconds_are_no_change(self):
        odd = NOW + datetime.timedelta(microseconds=123_456)
        with self.database.writer() as session:
            hashmap_mappings.update(session, self.rule.id, start=odd)
        self.assertEqual(odd, self.send(start=NOW).start)

    def test_attributes_of_the_service_are_read_only(self):
        for name in ("created_by", "updated_by", "deleted_by"):
            error = self.assertRaises(
                edit_errors.ReadOnly, self.send, **{name: "me"}
            )
            self.assertIn(name, str(error))
        for name in ("created_at", "deleted"):
            self.assertRaises(
                edit_errors.ReadOnly, self.send, **{name: NOW - DAY}
            )


class TestNotYetInForce(case.EditingCase):
    def setUp(self):
        super().setUp()
        self.rule = self.map_value(
            start=NOW + DAY,
            end=NOW + 3 * DAY,
            description="old",
            group_id=self.group.group_id,
            tenant_id="a",
        )

    def test_it_can_become_another(self):
        new = {
            "cost": case.D(2),
            "map_type": "rate",
            "value": "m2",
            "name": "other",
            "description": "new",
            "tenant_id": "b",
            "group_id": None,
            "start": NOW + 2 * DAY,
            "end": NOW + 4 * DAY,
        }
        changed = self.change(self.rule, **new)
        self.assertEqual(
            dataclasses.replace(self.rule, **new, updated_by="changer"),
            changed,
        )

    def test_end_and_description_are_emptied_if_they_are_left_out(self):
        changed = self.change(self.rule)
        self.assertEqual(
            dataclasses.replace(
                self.rule, end=None, description=None, updated_by="changer"
            ),
            changed,
        )

    def test_an_unchanged_mapping_sent_back_changes_nothing(self):
        self.assertEqual(self.rule, self.change(self.rule, **whole(self.rule)))

    def test_it_cannot_begin_in_the_past(self):
        self.assertRaises(
            edit_errors.StartPast, self.change, self.rule, start=NOW - DAY
        )

    def test_it_cannot_end_before_it_begins(self):
        self.assertRaises(
            edit_errors.EndBeforeStart, self.change, self.rule, end=NOW
        )

    def test_it_stays_with_its_field(self):
        for name in ("service_id", "field_id"):
            self.assertRaises(
                errors.OwnerFixed,
                self.change,
                self.rule,
                **{name: self.service.service_id},
            )

    def test_its_value_can_be_empty(self):
        changed = self.change(self.rule, value="")
        self.assertEqual("", changed.value)
        self.assertEqual(changed, self.all()[0])
        self.assertEqual("m2", self.change(changed, value="m2").value)
        # Not to send it is not to change it.
        for given in ({}, {"value": None}):
            self.assertEqual("m2", self.change(self.rule, **given).value)

    def test_its_value_must_be_one(self):
        rule = self.map(start=NOW + DAY)
        self.assertRaises(errors.ValueInvalid, self.change, rule, value="m1")

    def test_an_update_that_overlaps_is_refused(self):
        other = self.map_value(
            value="m2", start=NOW + 4 * DAY, tenant_id="a", name="taken"
        )
        end = {"end": NOW + 5 * DAY}
        self.change(self.rule, value="m2", group_id=None, end=NOW + 4 * DAY)
        error = self.assertRaises(
            errors.Overlaps, self.change, self.rule, **end
        )
        self.assertEqual(other.mapping_id, error.other)
        self.assertRaises(
            errors.NameTaken, self.change, self.rule, name="taken"
        )

    def test_overlaps_that_upstream_stored_can_be_repaired(self):
        other = self.map_value(
            start=NOW + 5 * DAY,
            tenant_id="a",
            group_id=self.group.group_id,
        )
        with self.database.writer() as session:
            hashmap_mappings.update(session, self.rule.id, end=NOW + 9 * DAY)
        self.change(self.rule, end=NOW + 8 * DAY)
        changed = self.change(self.rule, end=other.start)
        self.assertEqual(other.start, changed.end)
        self.assertRaises(
            errors.Overlaps, self.change, self.rule, end=NOW + 8 * DAY
        )


class TestGone(case.EditingCase):
    def delete(self, rule):
        mappings.delete(
            self.database,
            rule.mapping_id,
            user_id="deleter",
            now=NOW + DAY,
        )

    def test_a_deleted_rule_stays_to_be_seen(self):
        rule = self.map()
        self.delete(rule)
        self.assertEqual([], self.all())
        deleted = mappings.get(self.database, rule.mapping_id)
        self.assertEqual(
            (NOW + DAY, "deleter"), (deleted.deleted, deleted.deleted_by)
        )
        self.assertEqual([deleted], self.all(deleted=True))

    def test_it_cannot_be_changed_or_deleted(self):
        rule = self.map()
        self.delete(rule)
        self.assertRaises(edit_errors.NotFound, self.delete, rule)
        self.assertRaises(edit_errors.NotFound, self.change, rule)

    def test_it_does_not_overlap_others(self):
        self.delete(self.map())
        self.map()
