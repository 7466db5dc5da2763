# SPDX-License-Identifier: Apache-2.0
"""Adding points beside the stored ones."""

from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage


class Adding(case.StorageCase):
    """Tests of ``add``."""

    def test_added_points_keep_the_old_ones(self):
        self.replace("p1", usage.hours(0, 2), usage.frames(0, 2))
        self.replace("p2", usage.hours(0, 1), usage.frames(0, 1))
        more = [
            usage.frame(
                0, cpu=[usage.point("5", "7", {"id": "a"}, {"b": "c"})]
            ),
            usage.frame(0, ram=[usage.point("2", "3")]),
            usage.frame(9, cpu=[usage.point()]),
        ]
        self.storage.add(
            {
                new_scopes.make("p1"): more,
                new_scopes.make("p3"): usage.frames(0, 1, price="4"),
            }
        )
        self.assertEqual(
            [
                (("p1", "cpu"), 10, 12),
                (("p1", "ram"), 2, 3),
                (("p2", "cpu"), 2, 2),
                (("p3", "cpu"), 2, 8),
            ],
            self.sums(["project_id", "type"]),
        )
        first = self.retrieve("p1").frames[0]
        self.assertEqual((usage.hours(0, 1), 4), (first.period, len(first)))
        self.assertEqual(
            self.kept_point(usage.point("5", "7", {"id": "a"}, {"b": "c"})),
            first.usage["cpu"][2],
        )

    def test_adding_twice_doubles_until_replaced(self):
        for _ in range(2):
            self.storage.add({new_scopes.make("p1"): usage.frames(0, 2)})
        self.assertEqual(8, self.retrieve("p1").total)
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        self.assertEqual(6, self.retrieve("p1").total)
        self.storage.delete(new_scopes.make("p1"), usage.hours(0, 2))
        self.assertEqual(0, self.retrieve("p1").total)

    def test_adding_is_atomic(self):
        for wrong in (
            {new_scopes.make("x" * 257): usage.frames(0, 1)},
            {new_scopes.make("p2"): usage.frames(0, 1, metric="\0")},
            {
                new_scopes.make("p2"): [
                    usage.frame(0, cpu=[usage.point(price="NaN")])
                ]
            },
        ):
            self.assertRaises(
                base.Unstorable,
                self.storage.add,
                {new_scopes.make("p1"): usage.frames(0, 1), **wrong},
            )
        self.assertRaises(
            TypeError, self.storage.add, {"p1": usage.frames(0, 1)}
        )
        self.storage.add({})
        self.storage.add({new_scopes.make("p1"): [usage.frame(0)]})
        self.assertEqual(0, self.retrieve().total)
