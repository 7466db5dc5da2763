# SPDX-License-Identifier: Apache-2.0
"""Changes of the price of a mapping from a time on, and of a threshold."""

import dataclasses

from cloudkitty.rating.editing import errors as edit_errors
from cloudkitty.rating.hashmap.editing import errors
from cloudkitty.rating.hashmap.editing import prices
from cloudkitty.rating.hashmap.editing import thresholds
from cloudkitty.tests.unit.rating.editing import case

D, NOW, DAY = case.D, case.NOW, case.DAY


class TestChange(case.EditingCase):
    def price(self, mapping, start=None, now=NOW + 10 * DAY, force=False):
        return prices.change(
            self.database,
            mapping.mapping_id,
            prices.NewPrice(cost=D("2"), start=start),
            user_id="changer",
            now=now,
            force=force,
        )

    def test_in_the_future(self):
        rule = self.map_value(
            group_id=self.group.group_id, tenant_id="a", description="d"
        )
        start = NOW + 20 * DAY
        old, new = self.price(rule, start)
        self.assertEqual(
            (rule.start, start, D(1), "changer", None),
            (old.start, old.end, old.cost, old.updated_by, old.deleted),
        )
        self.assertEqual(
            (start, None, D(2), "changer"),
            (new.start, new.end, new.cost, new.created_by),
        )
        for name in ("field_id", "value", "group_id", "tenant_id"):
            self.assertEqual(getattr(rule, name), getattr(new, name))
        self.assertEqual("d", new.description)
        self.assertEqual({old, new}, set(self.all()))

    def test_now(self):
        old, new = self.price(self.map())
        self.assertEqual(NOW + 10 * DAY, old.end)
        self.assertEqual(old.end, new.start)

    def test_in_the_past(self):
        rule = self.map(end=NOW + 30 * DAY)
        start = NOW + 3 * DAY
        self.assertRaises(edit_errors.StartPast, self.price, rule, start)
        old, new = self.price(rule, start, force=True)
        self.assertEqual((start, NOW + 30 * DAY), (old.end, new.end))

    def test_from_the_start_of_the_mapping(self):
        rule = self.map(name="price")
        for start in (NOW, NOW - DAY):
            old, rule = self.price(rule, start, force=True)
            self.assertEqual(NOW + 10 * DAY, old.deleted)
            self.assertEqual((NOW, "price"), (rule.start, rule.name))
            self.assertEqual([rule], self.all())

    def test_after_the_end(self):
        rule = self.map(end=NOW + DAY)
        error = self.assertRaises(
            errors.Ended, self.price, rule, NOW + 20 * DAY
        )
        self.assertIn("send an earlier start", str(error))
        self.assertEqual([rule], self.all())

    def test_a_deleted_mapping(self):
        rule = self.map()
        self.price(rule, NOW, force=True)
        self.assertRaises(edit_errors.NotFound, self.price, rule)

    def test_a_cost_that_would_be_rounded(self):
        rule = self.map()
        new = prices.NewPrice(cost=D("1e-29"))
        self.assertRaises(
            errors.NumberInvalid,
            prices.change,
            self.database,
            rule.mapping_id,
            new,
            user_id="changer",
            now=NOW,
        )
        self.assertEqual([rule], self.all())


class TestChangeThreshold(case.EditingCase):
    def price(self, threshold, cost):
        return thresholds.change_price(
            self.database, threshold.threshold_id, D(cost)
        )

    def test_only_the_cost(self):
        other = self.limit("2")
        rule = self.limit(
            "1.5",
            map_type="rate",
            group_id=self.group.group_id,
            tenant_id="a",
        )
        changed = self.price(rule, "2.5")
        self.assertEqual(dataclasses.replace(rule, cost=D("2.5")), changed)
        for each in (changed, other):
            self.assertEqual(
                each, thresholds.get(self.database, each.threshold_id)
            )

    def test_the_same_cost(self):
        rule = self.limit()
        self.assertEqual(rule, self.price(rule, "1.00"))

    def test_a_cost_that_would_be_rounded(self):
        rule = self.limit()
        self.assertRaises(errors.NumberInvalid, self.price, rule, "1e-29")
        self.assertEqual(
            rule, thresholds.get(self.database, rule.threshold_id)
        )

    def test_a_deleted_threshold(self):
        rule = self.limit()
        thresholds.delete(self.database, rule.threshold_id)
        self.assertRaises(edit_errors.NotFound, self.price, rule, "2")
