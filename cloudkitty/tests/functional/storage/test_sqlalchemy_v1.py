# SPDX-License-Identifier: Apache-2.0
"""Upstream's table ``rated_data_frames`` on the servers."""

from cloudkitty.storage import base
from cloudkitty.tests import databases
from cloudkitty.tests.contract import storage_sqlalchemy_v1
from cloudkitty.tests.contract.storage import usage


@databases.on_each(databases.SERVERS)
class RatedDataFrames(storage_sqlalchemy_v1.RatedDataFramesContract):
    """Points in the service's own database."""


@databases.on_each(("mariadb",), name="TestAdopted")
class Adopted(storage_sqlalchemy_v1.AdoptedContract):
    """Points in a table that upstream created."""

    def test_a_character_that_its_character_set_lacks(self):
        for scope_id, metric, unit in (
            ("\U0001f600", "cpu", "GiB"),
            ("p1", "\U0001f600", "GiB"),
            ("p1", "cpu", "\U0001f600"),
        ):
            frame = usage.frame(0, **{metric: [usage.point(unit=unit)]})
            with self.assertRaisesRegex(base.Unstorable, "utf8mb4"):
                self.replace(scope_id, usage.hours(0, 1), [frame])

    def test_reading_by_a_character_that_its_character_set_lacks(self):
        self.replace("p1", usage.hours(0, 1), usage.frames(0, 1))
        name = "\U0001f600"
        for read in (
            lambda: self.retrieve(name),
            lambda: self.retrieve(metrics=[name]),
            lambda: self.retrieve(filters={"unit": [name]}),
            lambda: self.retrieve(filters={"a": [name]}),
            lambda: self.retrieve(filters={name: ["a"]}),
            lambda: self.retrieve("p1", metrics=[name]),
        ):
            with self.subTest(read):
                self.assertEqual(0, read().total)
        self.assertEqual([], self.sums(filters={"project_id": [name]}))
        self.assertEqual([], self.sums(metrics=[name]))
