# SPDX-License-Identifier: Apache-2.0
"""Rows that upstream wrote, and rows that it can read."""

import datetime
import decimal
import json

from cloudkitty.storage import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import upstream

BEGIN = usage.BEGIN
HOUR = datetime.timedelta(hours=1)


class Rows(case.StorageCase):
    """Tests of the format of rows."""

    def test_rows_of_upstream(self):
        upstream.insert(
            self.database,
            upstream.row(BEGIN),
            upstream.row(BEGIN, metric="ram", rate=1234.56),
            upstream.row(BEGIN, "p2", rate=7, desc="{broken"),
            upstream.no_data(BEGIN + HOUR),
            upstream.no_data(BEGIN, "p3"),
        )
        self.assertEqual(
            [
                (("p1", "cpu"), usage.D("1.5"), usage.D("0.1")),
                (("p1", "ram"), usage.D("1.5"), usage.D("1234.56")),
                (("p2", "cpu"), usage.D("1.5"), 7),
            ],
            self.sums(["project_id", "type"]),
        )
        self.assertEqual(["p1", "p2"], self.storage.scope_ids())
        [frame] = self.retrieve("p1").frames
        self.assertEqual(usage.hours(0, 1), frame.period)
        self.assertEqual(
            {"id": "é", "cpus": "2", "none": ""},
            frame.usage["cpu"][0].groupby,
        )
        self.assertEqual(usage.D("0.1"), frame.usage["cpu"][0].price)
        self.assertEqual({}, self.retrieve("p2").frames[0].usage["cpu"][0][3])

    def test_attributes_of_upstream(self):
        upstream.insert(
            self.database,
            upstream.row(BEGIN),
            upstream.row(BEGIN, desc=json.dumps({"id": "b", "cpus": "2"})),
        )
        self.assertEqual(
            [(("2", "b"), usage.D("1.5"), usage.D("0.1"))],
            self.sums(["cpus", "id"], filters={"id": ["b"]}),
        )
        self.assertEqual(
            [(("2", ""), usage.D(3), usage.D("0.2"))],
            self.sums(["cpus", "none"]),
        )
        self.assertEqual(1, self.retrieve(filters={"id": ["é"]}).total)

    def test_the_sum_of_floats_is_the_sum_of_prices(self):
        upstream.insert(
            self.database,
            *(upstream.row(BEGIN + n * HOUR, rate=0.1) for n in range(300)),
        )
        self.assertEqual(
            [((), usage.D(450), usage.D(30))],
            self.sums(window=usage.hours(0, 300)),
        )

    def test_written_rows_have_upstreams_form(self):
        point = usage.point(
            "1.000005", "0.25", {"id": "é", "x": "1"}, {"x": "2", "y": "3"}
        )
        self.replace("p1", usage.hours(0, 1), [usage.frame(0, cpu=[point])])
        [row] = upstream.read(self.database)
        self.assertEqual(
            {"id": "é", "x": "1", "y": "3"}, json.loads(row["desc"])
        )
        self.assertTrue(row["desc"].isascii())
        self.assertEqual(
            ("GiB", "cpu", "p1", 0.25),
            tuple(row[k] for k in ("unit", "res_type", "tenant_id", "rate")),
        )
        self.assertEqual(
            decimal.Decimal("1.00001"),
            round(decimal.Decimal(str(row["qty"])), 5),
        )
        begin, end = (str(row[key])[:19] for key in ("begin", "end"))
        self.assertEqual("2026-11-01 00:00:00", begin)
        self.assertEqual("2026-11-01 01:00:00", end)

    def test_a_rated_period_without_points_has_a_marker(self):
        metrics = frozenset({"cpu"})
        empty = [usage.frame(hour) for hour in range(3)]
        self.replace("p1", usage.hours(1, 2), usage.frames(1, 2, metric="ram"))
        for _ in range(2):
            self.replace("p1", usage.hours(0, 3), empty, metrics=metrics)
            self.assertEqual(
                ["_NO_DATA_", "ram", "ram", "_NO_DATA_"],
                [row["res_type"] for row in upstream.read(self.database)],
            )
        marker = upstream.read(self.database)[0]
        self.assertEqual(
            ("None", json.dumps(""), 0.0),
            (marker["unit"], marker["desc"], marker["rate"]),
        )
        self.assertEqual(2, self.retrieve().total)
        new = usage.frames(0, 3)
        self.replace("p1", usage.hours(0, 3), new, metrics=metrics)
        self.assertNotIn(
            "_NO_DATA_",
            [row["res_type"] for row in upstream.read(self.database)],
        )

    def test_a_metric_named_like_the_marker_is_refused(self):
        self.assertRaises(
            base.Unstorable,
            self.replace,
            "p1",
            usage.hours(0, 1),
            usage.frames(0, 1, metric="_NO_DATA_"),
        )

    def test_numbers_that_the_columns_cannot_hold(self):
        for qty in ("1e10", "9999999999.999995"):
            error = self.assertRaises(
                base.Unstorable,
                self.replace,
                "p1",
                usage.hours(0, 1),
                [usage.frame(0, cpu=[usage.point(qty)])],
            )
            self.assertIn("version = 2", str(error))
        most = "9999999999.99999"
        self.replace(
            "p1", usage.hours(0, 1), [usage.frame(0, cpu=[usage.point(most)])]
        )
        self.assertEqual([((), usage.D(most), 1)], self.sums())

    def test_attributes_that_the_column_cannot_hold(self):
        point = usage.point(groupby={"x": "y" * 70000})
        self.assertRaises(
            base.Unstorable,
            self.replace,
            "p1",
            usage.hours(0, 1),
            [usage.frame(0, cpu=[point])],
        )

    def test_rows_without_a_tenant_belong_to_no_scope(self):
        upstream.insert(self.database, upstream.row(BEGIN, None))
        self.storage.delete(new_scopes.make("p1"), usage.hours(0, 1))
        self.assertEqual(
            [(("",), usage.D("1.5"), usage.D("0.1"))],
            self.sums(["project_id"]),
        )
        self.assertEqual([], self.storage.scope_ids())
