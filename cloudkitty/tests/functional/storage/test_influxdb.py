# SPDX-License-Identifier: Apache-2.0
"""The InfluxDB storage with a real server."""

import decimal

import requests

from cloudkitty.storage import base as storage_base
from cloudkitty.storage import custom_fields
from cloudkitty.tests import base
from cloudkitty.tests import influxdb
from cloudkitty.tests.contract import storage
from cloudkitty.tests.contract.storage import case
from cloudkitty.tests.contract.storage import usage
from cloudkitty.tests.functional.storage import influxdb_case


class TestContract(
    influxdb_case.InfluxDB, storage.StorageContract, base.TestCase
):
    atomic_replace = False
    # Nanoseconds since 1970 as a signed integer of 64 bits.
    years = (1678, 1969, 2026, 2261)
    refused_years = (1, 1677, 2263, 9999)


class TestCustomFields(
    influxdb_case.InfluxDB, case.StorageCase, base.TestCase
):
    """Columns that InfluxDB itself computes from upstream's points too."""

    def sums_of(self, text, groupby=(), **query):
        found = self.storage.custom_total(
            storage_base.Query(window=usage.hours(0, 10), **query),
            groupby,
            custom_fields.parse(text),
        )
        return [(row.groups, row.values) for row in found.rows]

    def setUp(self):
        super().setUp()
        for hour, price in enumerate(("0.1", "0.2", "0.3")):
            frame = usage.frame(
                hour,
                cpu=[usage.point("2", price), usage.point("3", "1")],
            )
            self.replace("a", usage.hours(hour, hour + 1), [frame])

    def test_functions(self):
        text = (
            "count(qty) AS n,first(price) AS old,last(price) AS new,"
            "max(price),mean(qty),min(price),sum(price) AS total,"
            "last(unit) AS unit"
        )
        [(groups, values)] = self.sums_of(text, ["type"])
        self.assertEqual({"type": "cpu"}, groups)
        D = decimal.Decimal
        self.assertEqual(
            {
                "n": 6,
                "old": D("0.1"),
                "new": D("0.3"),
                "max": D(1),
                "mean": D("2.5"),
                "min": D("0.1"),
                "total": D("3.6"),
                "unit": "GiB",
            },
            values,
        )

    def test_rows_of_periods(self):
        found = self.sums_of("max(price) AS most", ["time"])
        self.assertEqual([{"most": 1}] * 3, [values for _, values in found])
        self.assertEqual(
            [], self.sums_of("sum(qty)", filters={"project_id": ["b"]})
        )

    def test_the_server_has_the_same(self):
        """Functions that InfluxDB has for the same floats."""
        text = "count(qty),max(price),min(price),mean(qty)"
        [(_, values)] = self.sums_of(text)
        answer = requests.get(
            f"http://127.0.0.1:{self.server.port}/query",
            params={
                "db": influxdb.DATABASE,
                "q": f"SELECT {text} FROM dataframes",  # noqa: S608
            },
            timeout=60,
        ).json()
        [series] = answer["results"][0]["series"]
        self.assertEqual(
            [float(value) for value in values.values()],
            series["values"][0][1:],
        )
        self.assertEqual(list(values), series["columns"][1:])
