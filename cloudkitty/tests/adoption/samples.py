# SPDX-License-Identifier: Apache-2.0
"""The measurements of two scopes, period by period, and their prices."""

import collections.abc
import dataclasses
import datetime
import decimal

from cloudkitty.common import periods
from cloudkitty.tests import prometheus

#: ``[collect] period`` in seconds: new periods are due during the test.
PERIOD = 20
LENGTH = datetime.timedelta(seconds=PERIOD)
SCOPES = ("alpha", "beta")
RESOURCES = ("r1", "r2")
#: Metric in Prometheus to (name of the rated metric, largest quantity).
METRICS = {"server_count": ("instance", 5), "disk_gib": ("volume.size", 40)}

METRICS_YML = """\
metrics:
  server_count:
    unit: instance
    alt_name: instance
    groupby: [resource]
    metadata: [flavor]
    extra_args: {aggregation_method: max}
  disk_gib:
    unit: GiB
    alt_name: volume.size
    groupby: [resource]
    extra_args: {aggregation_method: max}
"""


@dataclasses.dataclass(frozen=True, order=True)
class Key:
    """One rated point.

    :param begin: of its period.
    """

    begin: datetime.datetime
    scope_id: str
    metric: str
    resource: str


#: Cost of one unit; None for a point that does not exist.
Cost = collections.abc.Callable[[Key], decimal.Decimal | None]


def now() -> datetime.datetime:
    """Return the beginning of the current period."""
    return periods.floor(datetime.datetime.now(datetime.UTC), PERIOD)


def beginnings(
    begin: datetime.datetime, end: datetime.datetime
) -> collections.abc.Iterator[datetime.datetime]:
    """Return the beginnings of the periods of a half-open window."""
    while begin < end:
        yield begin
        begin += LENGTH


def quantity(key: Key) -> int:
    """Return the measured quantity, which differs between periods."""
    most = dict(METRICS.values())[key.metric]
    number = int(key.begin.timestamp()) // PERIOD
    offset = SCOPES.index(key.scope_id) + RESOURCES.index(key.resource)
    return 1 + (number + offset) % most


def keys(
    begin: datetime.datetime, end: datetime.datetime
) -> collections.abc.Iterator[Key]:
    """Return all points of the window."""
    for at in beginnings(begin, end):
        for scope_id in SCOPES:
            for metric, _most in METRICS.values():
                for resource in RESOURCES:
                    yield Key(at, scope_id, metric, resource)


def text(begin: datetime.datetime, end: datetime.datetime) -> str:
    """Return the OpenMetrics text: one sample in the middle of a period."""
    return prometheus.openmetrics_text(
        prometheus.Series(
            name,
            {"project_id": scope_id, "resource": resource, "flavor": "m1"},
            [
                (
                    at.timestamp() + PERIOD / 2,
                    quantity(Key(at, scope_id, metric, resource)),
                )
                for at in beginnings(begin, end)
            ],
        )
        for name, (metric, _most) in METRICS.items()
        for scope_id in SCOPES
        for resource in RESOURCES
    )


def expected(
    begin: datetime.datetime, end: datetime.datetime, cost: Cost
) -> dict[Key, tuple[decimal.Decimal, decimal.Decimal]]:
    """Return (quantity, price) of each point of the window."""
    points = {}
    for key in keys(begin, end):
        one = cost(key)
        if one is not None:
            qty = decimal.Decimal(quantity(key))
            points[key] = qty, qty * one
    return points
