# SPDX-License-Identifier: Apache-2.0
"""The oracle of the runs on several machines must be able to fail."""

import datetime
import decimal

import sqlalchemy as sa

from cloudkitty.db import points
from cloudkitty.tests import base
from cloudkitty.tests import databases
from cloudkitty.tests.galera import compare
from cloudkitty.tests.machines import oracle as ck_oracle
from cloudkitty.tests.machines import world as ck_world

NOW = base.utc("2026-11-28T10:20")


class TestOracle(base.TestCase):
    def setUp(self):
        super().setUp()
        self.world = ck_world.make(2, 3, NOW)
        self.oracle = ck_oracle.Oracle(self.world)

    def test_nothing_is_rated_at_first(self):
        self.assertEqual([], self.oracle.rows())
        self.assertEqual(
            dict.fromkeys(self.world.scope_ids, decimal.Decimal(0)),
            self.oracle.totals(),
        )

    def test_points_of_one_hour(self):
        window = self.world.between(1, 2)
        self.oracle.rate("project-001", window, 3)
        at = ("2026-11-28 06:00:00+00:00", "2026-11-28 07:00:00+00:00")
        expected = [
            ("project-001", *at, name, unit, f"{key}=project-001-{n}", *rest)
            for name, unit, key, values in (
                ("instance", "instance", "instance_id", ("1", "3")),
                ("volume.size", "GiB", "volume_id", ("2.101", "6.303")),
            )
            for n in range(2)
            for rest in [(f"m{n}" if name == "instance" else "None", *values)]
        ]
        self.assertEqual(expected, self.oracle.rows())
        self.assertEqual(
            decimal.Decimal("18.606"), self.oracle.totals()["project-001"]
        )

    def test_the_last_price_counts(self):
        for price, last in ((1, 3), (2, 1)):
            window = self.world.between(0, last)
            self.oracle.rate("project-000", window, price)
        prices = [
            row[-1] for row in self.oracle.rows() if row[3] == "instance"
        ]
        self.assertEqual(["2", "2", "1", "1", "1", "1"], prices)

    def test_all_points(self):
        for scope_id in self.world.scope_ids:
            self.oracle.rate(scope_id, self.world.window, 1)
        self.assertEqual(self.world.points, len(set(self.oracle.rows())))


class TestRead(base.TestCase):
    def setUp(self):
        super().setUp()
        self.world = ck_world.make(1, 2, NOW)
        self.database = databases.make_database(self)
        self.oracle = ck_oracle.Oracle(self.world)
        self.oracle.rate("project-000", self.world.between(0, 1), 3)
        begin = self.world.window.begin
        self.insert(points.RatedScope, id=1, scope_id="project-000")
        for number in range(2):
            metrics = (
                ("instance", "instance", "instance_id", f"m{number}", "1"),
                ("volume.size", "GiB", "volume_id", None, "1.1"),
            )
            for index, each in enumerate(metrics):
                self.store(10 * index + number, begin, number, *each)

    def insert(self, model, **values):
        values = {"scope_key": "project_id", **values}
        columns = {column.key for column in sa.inspect(model).column_attrs}
        kept = {key: values[key] for key in values if key in columns}
        self.database.write(
            lambda session: session.execute(sa.insert(model).values(kept))
        )

    def store(self, series, begin, number, metric, unit, key, flavor, qty):
        self.insert(
            points.RatedSeries,
            id=series,
            scope=1,
            digest=str(series),
            metric=metric,
            unit=unit,
            groupby={
                "project_id": "project-000",
                key: f"project-000-{number}",
            },
            metadata_={"flavor": flavor} if flavor else {},
        )
        quantity = decimal.Decimal(qty if qty == "1" else "1.100")
        self.insert(
            points.RatedPoint,
            scope=1,
            begin=begin,
            series=series,
            seq=series,
            end=begin + datetime.timedelta(hours=1),
            qty=quantity,
            price=3 * quantity,
        )

    def differences(self):
        found = ck_oracle.read(self.database.engine, self.world.window)
        return compare.differences(self.oracle.rows(), found)

    def test_equal(self):
        self.assertEqual(0, self.differences().count)

    def test_doubled_point(self):
        self.insert(
            points.RatedPoint,
            scope=1,
            begin=self.world.window.begin,
            series=1,
            seq=99,
            end=self.world.between(0, 1).end,
            qty=decimal.Decimal(1),
            price=decimal.Decimal(3),
        )
        found = self.differences()
        self.assertEqual((0, 1), (len(found.lost), len(found.added)))

    def test_lost_and_changed_points(self):
        point = points.RatedPoint

        def change(session):
            session.execute(sa.delete(point).where(point.series == 0))
            session.execute(
                sa.update(point).where(point.series == 10).values(price=4)
            )

        self.database.write(change)
        found = self.differences()
        self.assertEqual((2, 1), (len(found.lost), len(found.added)))
