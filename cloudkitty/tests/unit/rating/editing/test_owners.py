# SPDX-License-Identifier: Apache-2.0
"""Services, fields and groups, with their rules; and thresholds."""

from cloudkitty.db.rules import load as hashmap_rules
from cloudkitty.db.rules import thresholds as hashmap_thresholds
from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import mappings
from cloudkitty.rating.hashmap.editing import owners
from cloudkitty.rating.hashmap.editing import thresholds
from cloudkitty.tests.unit.rating.editing import case

NOW = case.NOW


class TestOwners(case.EditingCase):
    def rules(self):
        with self.database.reader() as session:
            return hashmap_rules.load(session, None)

    def test_they_are_found(self):
        self.assertEqual([self.service], owners.services(self.database))
        self.assertEqual(
            [self.field],
            owners.fields(self.database, self.service.service_id),
        )
        self.assertEqual([self.group], owners.groups(self.database))
        self.assertEqual(
            self.service,
            owners.service(self.database, self.service.service_id),
        )

    def test_unknown_ids_are_not_found(self):
        for word in ("", "word", "\ud800", "\0", "x" * 5000):
            for find in (owners.service, owners.field, owners.group):
                self.assertRaises(
                    edit_errors.NotFound, find, self.database, word
                )
            self.assertEqual([], owners.fields(self.database, word))

    def test_names_are_taken_once(self):
        for create in (
            lambda: owners.create_service(self.database, "instance"),
            lambda: owners.create_group(self.database, "discounts"),
            lambda: owners.create_field(
                self.database, self.service.service_id, "flavor"
            ),
        ):
            self.assertRaises(errors.NameTaken, create)
        other = owners.create_service(self.database, "volume")
        owners.create_field(self.database, other.service_id, "flavor")

    def test_deleting_a_service_deletes_its_fields_and_rules(self):
        self.map()
        self.map_value()
        gone = self.map_value(value="m2")
        mappings.delete(self.database, gone.mapping_id, user_id="", now=NOW)
        self.limit()
        self.limit(field_id=self.field.field_id)
        owners.delete_service(self.database, self.service.service_id)
        left = self.rules()
        self.assertEqual(
            ((), (), (), ()),
            (left.services, left.fields, left.mappings, left.thresholds),
        )
        self.assertEqual(1, len(left.groups))

    def test_deleting_a_field_deletes_its_rules(self):
        kept = self.map()
        self.map_value()
        owners.delete_field(self.database, self.field.field_id)
        self.assertEqual([kept], self.all(deleted=True))

    def test_deleting_a_group_keeps_its_rules(self):
        rule = self.map(group_id=self.group.group_id)
        limit = self.limit(group_id=self.group.group_id)
        owners.delete_group(self.database, self.group.group_id)
        self.assertEqual([None], [each.group_id for each in self.all()])
        self.assertEqual([rule.mapping_id], [r.mapping_id for r in self.all()])
        left = thresholds.get(self.database, limit.threshold_id)
        self.assertIsNone(left.group_id)

    def test_a_recursive_deletion_of_a_group_deletes_its_rules(self):
        self.map(group_id=self.group.group_id)
        self.limit(group_id=self.group.group_id)
        owners.delete_group(self.database, self.group.group_id, recursive=True)
        left = self.rules()
        self.assertEqual(((), ()), (left.mappings, left.thresholds))

    def test_rules_that_would_clash_keep_their_group(self):
        grouped = self.map(group_id=self.group.group_id)
        other = self.map()
        error = self.assertRaises(
            errors.UngroupedClash,
            owners.delete_group,
            self.database,
            self.group.group_id,
        )
        self.assertIn(grouped.mapping_id, str(error))
        self.assertIn(other.mapping_id, str(error))
        owners.delete_group(self.database, self.group.group_id, recursive=True)
        self.assertEqual([other], self.all())


class TestThresholds(case.EditingCase):
    def find(self, **filters):
        return thresholds.find(
            self.database, hashmap_thresholds.Filters(**filters)
        )

    def test_a_level_is_taken_once(self):
        group_id = self.group.group_id
        owns = (
            {},
            {"group_id": group_id},
            {"tenant_id": "a"},
            {"field_id": self.field.field_id},
            {"level": "1.00000001"},
        )
        for given in owns:
            self.limit(**given)
        for given in owns:
            with self.subTest(**given):
                self.assertRaises(errors.LevelTaken, self.limit, **given)
        # The table's own key looks at no group.
        self.assertRaises(
            errors.LevelTaken, self.limit, tenant_id="a", group_id=group_id
        )

    def test_refusals(self):
        for error, given in (
            (errors.OwnerInvalid, {"service_id": None}),
            (errors.OwnerUnknown, {"group_id": self.field.field_id}),
            (errors.NumberInvalid, {"level": "1e-9"}),
            (errors.NumberInvalid, {"level": "1e12"}),
            (errors.NumberInvalid, {"cost": "1e-29"}),
        ):
            with self.subTest(**given):
                self.assertRaises(error, self.limit, **given)

    def test_change(self):
        rule = self.limit(group_id=self.group.group_id)
        other = self.limit(level="2")
        for keep, group_id in ((True, self.group.group_id), (False, None)):
            changed = thresholds.update(
                self.database,
                rule.threshold_id,
                thresholds.NewThreshold(
                    level=case.D(3), cost=case.D("0.5"), map_type="rate"
                ),
                keep_group=keep,
            )
            self.assertEqual(
                (case.D(3), case.D("0.5"), "rate", group_id),
                (
                    changed.level,
                    changed.cost,
                    changed.map_type,
                    changed.group_id,
                ),
            )
        self.assertRaises(
            errors.LevelTaken,
            thresholds.update,
            self.database,
            rule.threshold_id,
            thresholds.NewThreshold(level=case.D(2), cost=case.D(1)),
            keep_group=True,
        )
        self.assertEqual(2, len(self.find()))
        self.assertEqual([other], self.find()[1:])

    def test_delete(self):
        rule = self.limit()
        thresholds.delete(self.database, rule.threshold_id)
        self.assertRaises(
            edit_errors.NotFound,
            thresholds.delete,
            self.database,
            rule.threshold_id,
        )
        self.limit()
