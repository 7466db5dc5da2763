# SPDX-License-Identifier: Apache-2.0
"""Comparison of the points in InfluxDB with the known figures."""

import collections
import datetime
import decimal

from cloudkitty.tests import influxdb
from cloudkitty.tests.adoption import samples

Value = tuple[decimal.Decimal, decimal.Decimal]


def stored(
    server: influxdb.InfluxDBFixture,
    begin: datetime.datetime,
    end: datetime.datetime,
) -> dict[samples.Key, list[Value]]:
    """Return (quantity, price) of all rows in the window, by point."""
    [result] = server.query(
        "SELECT project_id, type, resource, qty, price FROM dataframes "
        f"WHERE time >= '{_text(begin)}' AND time < '{_text(end)}'"
    )
    points = collections.defaultdict(list)
    for series in result.get("series", ()):
        for at, scope_id, metric, resource, qty, price in series["values"]:
            second = datetime.datetime.fromtimestamp(at // 10**9, datetime.UTC)
            key = samples.Key(second, scope_id, metric, resource)
            points[key].append((decimal.Decimal(qty), decimal.Decimal(price)))
    return points


def differences(
    points: dict[samples.Key, list[Value]], expected: dict[samples.Key, Value]
) -> list[str]:
    """Return a line for each lost, doubled, foreign or wrong point."""
    return [
        f"{key}: expected {expected.get(key)}, stored {points.get(key)}"
        for key in sorted(points.keys() | expected.keys())
        if points.get(key, []) != [expected.get(key)]
    ]


def summary(expected: dict[samples.Key, Value]) -> list[tuple]:
    """Return the rows of ``rest.Client.summary`` for the points."""
    sums: dict[tuple, list[decimal.Decimal]] = {}
    for key, value in expected.items():
        row = sums.setdefault(
            (key.begin, key.scope_id, key.metric), [decimal.Decimal(0)] * 2
        )
        row[0] += value[0]
        row[1] += value[1]
    return [
        (*row, float(qty), float(rate))
        for row, (qty, rate) in sorted(sums.items())
    ]


def _text(at: datetime.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
