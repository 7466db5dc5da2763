# SPDX-License-Identifier: Apache-2.0
"""Points of upstream, and our points as upstream reads them.

The lines and statements are those that upstream 25.0.0 sends
(``doc/source/admin/storage-influxdb.rst``).
"""

import decimal

import hypothesis
from hypothesis import strategies

from cloudkitty.common import money
from cloudkitty.storage import base as storage_base
from cloudkitty.storage.v2.influxdb import lines
from cloudkitty.tests import base
from cloudkitty.tests import new_scopes
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.functional.storage import influxdb_case

TIME = lines.nanoseconds(usage.BEGIN)
QUERY = storage_base.Query(window=usage.hours(0, 2))
HOUR = 3600 * 10**9
#: Two metrics; ``flavor`` is a tag of one and a field of the other.
UPSTREAM = (
    "dataframes,flavor=m1,id=r1,project_id=p1,type=compute "
    '__ck_collect_period=3600i,groupby="project_id|id|flavor",metadata="",'
    f'price=0.25,qty=1.5,unit="GiB" {TIME}',
    "dataframes,id=v1,project_id=p1,type=volume "
    '__ck_collect_period=3600i,flavor="ssd",groupby="project_id|id|gone",'
    'metadata="flavor|size|ratio|on|none",on=true,price=0.1,qty=3,'
    f'ratio=0.5,size=4i,unit="GiB" {TIME}',
    "dataframes,id=v1,project_id=p2,type=volume "
    '__ck_collect_period=3600i,groupby="project_id|id",metadata="",'
    f'price=2,qty=3,unit="GiB" {TIME + HOUR}',
)


class TestUpstream(influxdb_case.InfluxDB, case.StorageCase, base.TestCase):
    def test_points_of_upstream(self):
        self.server.write(*UPSTREAM)
        found = self.storage.retrieve(QUERY)
        self.assertEqual(3, found.total)
        first, second = found.frames
        self.assertEqual(
            [usage.hours(0, 1), usage.hours(1, 2)],
            [first.period, second.period],
        )
        [compute] = first.usage["compute"]
        self.assertEqual(
            usage.point(
                "1.5",
                "0.25",
                {"project_id": "p1", "id": "r1", "flavor": "m1"},
            )._replace(description=None),
            compute,
        )
        [volume] = first.usage["volume"]
        self.assertEqual(
            {"project_id": "p1", "id": "v1", "gone": ""}, volume.groupby
        )
        self.assertEqual(
            {
                "flavor": "ssd",
                "size": "4",
                "ratio": "0.5",
                "on": "true",
                "none": "",
            },
            volume.metadata,
        )
        self.assertEqual(
            [(("m1",), "1.5", "0.25"), (("ssd",), "3", "0.1")],
            [
                (groups, str(qty), str(rate))
                for groups, qty, rate in self.sums(
                    ["flavor"], filters={"project_id": ["p1"]}
                )
            ],
        )
        for filters, expected in (
            ({"flavor": ["m1"]}, "0.25"),
            ({"flavor": ["ssd"]}, "0.1"),
            ({"size": ["4"]}, "0.1"),
            ({"on": ["true"]}, "0.1"),
            ({"id": ["v1"]}, "2.1"),
        ):
            [(_, _, rate)] = self.sums(filters=filters)
            self.assertEqual(decimal.Decimal(expected), rate, filters)
        self.assertEqual(["p1", "p2"], self.storage.scope_ids())

    def test_points_without_their_period_have_the_configured_one(self):
        self.server.write(f"dataframes,project_id=p1,type=a qty=1 {TIME}")
        [frame] = self.storage.retrieve(QUERY).frames
        self.assertEqual(usage.hours(0, 1), frame.period)
        self.assertEqual(
            usage.point("1", "0", unit="")._replace(description=None),
            frame.usage["a"][0],
        )

    def test_our_points_are_upstreams(self):
        """The same points rated again leave the server's data unchanged."""
        statement = "SELECT * FROM dataframes GROUP BY *"
        self.server.write(*UPSTREAM[:2])
        [before] = self.server.query(statement)
        [frame] = self.storage.retrieve(QUERY).frames
        self.replace("p1", usage.hours(0, 1), [frame])
        [after] = self.server.query(statement)
        self.assertEqual(before["series"], _without_ours(after["series"]))

    def test_statements_of_upstream(self):
        """Twins, exact digits and odd names do not disturb its sums."""
        odd = {"qty": "1", "type": "x", "a|b": "c", "project_id": "other"}
        self.replace(
            "p1",
            usage.hours(0, 1),
            [
                usage.frame(
                    0,
                    cpu=[
                        usage.point("0.1" + "1" * 20, "2", {"id": "a"}),
                        usage.point("1.5", "3", {"id": "a"}),
                        usage.point("1", "4", odd, odd),
                    ],
                )
            ],
        )
        for where, qty, rate in (
            ("", 2.611, 9),
            (" AND \"id\"='a'", 1.611, 5),
        ):
            [found] = self.server.query(
                "SELECT SUM(qty) AS qty, SUM(price) AS rate FROM "
                '"dataframes" WHERE "project_id"=\'p1\' AND '
                f"\"type\"='cpu'{where}"
            )
            _, got_qty, got_rate = found["series"][0]["values"][0]
            self.assertAlmostEqual(qty, got_qty, 3)
            self.assertEqual(rate, got_rate)
        # Upstream deletes by scope and time.
        self.server.query(
            'DELETE FROM "dataframes" WHERE "project_id"=\'p1\' AND '
            f"time >= {TIME}"
        )
        self.assertEqual(0, self.retrieve().total)

    def test_overwritten_points_inherit_nothing(self):
        key = {"id": "a"}
        long = "0.1" + "1" * 20
        old = usage.frame(
            0, cpu=[usage.point(long, long, key, {"x": "1", "y": "2"})]
        )
        new = usage.frame(
            0,
            cpu=[
                usage.point(repr(float(long)), "2", key, {"y": "3"})._replace(
                    description=None
                )
            ],
        )
        for put in (old, new, old, new):
            self.replace("p1", usage.hours(0, 1), [put])
            self.assertEqual([put], list(self.retrieve("p1").frames))
        self.assertEqual(
            [("", "3")], [groups for groups, _, _ in self.sums(["x", "y"])]
        )
        # Upstream's process overwrites the float only.
        self.replace("p1", usage.hours(0, 1), [old])
        self.server.write(
            f"dataframes,id=a,project_id=p1,type=cpu price=7 {TIME}"
        )
        self.assertEqual(decimal.Decimal(7), self.rate())

    def test_numbers_of_upstream_are_rated_again(self):
        """A field keeps its type; no value of another type is lost."""
        self.server.write(UPSTREAM[1])
        new = {"size": "x", "on": "true", "ratio": "2", "flavor": "ssd"}
        put = usage.frame(0, volume=[usage.point(metadata=new)])
        self.replace("p1", usage.hours(0, 1), [put])
        self.assertEqual([put], list(self.retrieve("p1").frames))
        self.assertEqual(
            [(("x", "2", "true"), 1, 1)], self.sums(["size", "ratio", "on"])
        )
        self.assertEqual([((), 1, 1)], self.sums(filters={"size": ["x"]}))

    def test_fields_with_the_name_of_the_scope_key(self):
        self.server.write(
            'dataframes,project_id=p2,type=a project_id="p1",qty=1,price=5,'
            f'groupby="project_id",metadata="project_id" {TIME}'
        )
        self.replace("p1", usage.hours(0, 2), usage.frames(0, 2))
        self.assertEqual(decimal.Decimal(5), self.rate("p2"))
        self.replace("p1", usage.hours(0, 2), [])
        self.assertIsNone(self.rate("p1"))
        self.storage.delete(new_scopes.make("p2"), usage.hours(1, 2))
        self.assertEqual(decimal.Decimal(5), self.rate("p2"))
        self.storage.delete(new_scopes.make("p2"), usage.hours(0, 2))
        self.assertEqual(0, self.retrieve().total)


def _without_ours(found):
    """Return the series without the fields that upstream does not write."""
    ours = {"__ck_seq", "none"}
    return [
        {
            **series,
            "columns": [n for n in series["columns"] if n not in ours],
            "values": [
                [
                    value
                    for name, value in zip(series["columns"], row, strict=True)
                    if name not in ours
                ]
                for row in series["values"]
            ],
        }
        for series in found
    ]


#: Numbers that a float can hold, and others.
_NUMBERS = strategies.decimals(
    -(10**30), 10**30, places=money.PLACES
) | strategies.decimals(-(10**9), 10**9, places=2)


class TestNumbers(influxdb_case.InfluxDB, case.StorageCase, base.TestCase):
    @hypothesis.settings(max_examples=30, deadline=None, database=None)
    @hypothesis.given(qty=_NUMBERS)
    def test_any_numbers(self, qty):
        """A number has all its digits, in a point and in a sum."""
        point = usage.point(qty, qty)
        self.replace("p1", usage.hours(0, 1), [usage.frame(0, cpu=[point])])
        [got] = self.retrieve("p1").frames[0].usage["cpu"]
        self.assertEqual((qty, qty), (got.qty, got.price))
        self.assertEqual([((), qty, qty)], self.sums())
