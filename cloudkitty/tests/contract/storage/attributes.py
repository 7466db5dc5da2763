# SPDX-License-Identifier: Apache-2.0
"""Unusual names and values of attributes."""

from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage


class Attributes(case.StorageCase):
    """Names and values are data: no driver interprets them."""

    def test_hostile_attribute_names(self):
        self.replace(
            "p1",
            usage.hours(0, 1),
            [
                usage.frame(
                    0,
                    cpu=[
                        usage.point(
                            groupby={
                                other: f"{n}" if other == name else "-"
                                for other in usage.HOSTILE_NAMES
                            },
                        )
                        for n, name in enumerate(usage.HOSTILE_NAMES)
                    ],
                ),
            ],
        )
        for number, name in enumerate(usage.HOSTILE_NAMES):
            self.assertEqual(
                [(("-",), len(usage.HOSTILE_NAMES) - 1), ((f"{number}",), 1)],
                [(groups, qty) for groups, qty, _ in self.sums([name])],
                name,
            )
            self.assertEqual(
                [((), 1, 1)],
                self.sums(filters={name: [f"{number}"]}),
                name,
            )

    def test_hostile_attribute_values(self):
        values = [*usage.HOSTILE, "", "y" * 3000 + "1", "y" * 3000 + "2"]
        self.replace(
            "p1",
            usage.hours(0, 1),
            [
                usage.frame(
                    0,
                    cpu=[
                        usage.point(**{kind: {"name": value}}, price=n)
                        for n, value in enumerate(values)
                        for kind in ("groupby", "metadata")
                    ],
                )
            ],
        )
        self.assertEqual(
            [
                ((v,), usage.D(2), usage.D(2 * values.index(v)))
                for v in sorted(values)
            ],
            self.sums(["name"]),
        )
        for number, value in enumerate(values):
            self.assertEqual(
                [((), usage.D(2), usage.D(2 * number))],
                self.sums(filters={"name": [value]}),
                value,
            )
        [got] = self.retrieve("p1").frames
        self.assertEqual(
            values, [p.groupby["name"] for p in got.usage["cpu"][::2]]
        )

    def test_an_empty_value_precedes_that_of_the_metadata(self):
        """The grouping attribute counts, also without text."""
        for name in ("flavor", ""):
            point = usage.point("2", "3", {name: ""}, {name: "m1"})
            self.replace(
                "p1", usage.hours(0, 1), [usage.frame(0, cpu=[point])]
            )
            self.assertEqual([(("",), 2, 3)], self.sums([name]))
            self.assertEqual([((), 2, 3)], self.sums(filters={name: [""]}))
            self.assertEqual([], self.sums(filters={name: ["m1"]}))

    def test_text_that_databases_reject(self):
        self.replace(
            "p1",
            usage.hours(0, 1),
            [
                usage.frame(
                    0,
                    cpu=[
                        usage.point(
                            groupby={"a\0": "x\0y"},
                            metadata={"b": "\ud800"},
                            unit="\0",
                        )
                    ],
                )
            ],
        )
        [got] = self.retrieve("p1").frames
        self.assertEqual(
            self.kept_point(
                usage.point(
                    groupby={"a\ufffd": "x\ufffdy"},
                    metadata={"b": "\ufffd"},
                    unit="\ufffd",
                )
            ),
            got.usage["cpu"][0],
        )
        self.assertEqual(
            [(("x\ufffdy", "\ufffd"), 1, 1)],
            self.sums(["a\0", "b"], filters={"a\0": ["x\0y"]}),
        )
