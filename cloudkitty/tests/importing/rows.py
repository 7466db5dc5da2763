# SPDX-License-Identifier: Apache-2.0
"""Rows of ``rated_data_frames`` of an invented cloud, and their sums."""

import collections
import collections.abc
import dataclasses
import datetime
import decimal
import itertools
import json
import random
import typing
import uuid

from cloudkitty.common import periods
from cloudkitty.storage.v1.sqlalchemy import prices
from cloudkitty.tests.contract.storage_sqlalchemy_v1 import upstream

BEGIN = datetime.datetime(2026, 8, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
SCOPES = 12
#: Metric to unit.
METRICS = {
    "cpu": "instance",
    "image.size": "MiB",
    "volume.size": "GiB",
    "network.outgoing.bytes": "MB",
    "ip.floating": "ip",
    "radosgw.objects.size": "GiB",
}
#: Metrics of which each period has another quantity and price.
_VARYING = frozenset({"network.outgoing.bytes", "radosgw.objects.size"})
_SEED = 15

#: Scope, metric and beginning of the month.
Key = tuple[str, str, datetime.datetime]


@dataclasses.dataclass(slots=True)
class Sum:
    """Number, quantity and price of points."""

    points: int = 0
    qty: decimal.Decimal = decimal.Decimal(0)
    price: decimal.Decimal = decimal.Decimal(0)


@dataclasses.dataclass(frozen=True, slots=True)
class _Resource:
    scope: str
    metric: str
    desc: str
    qty: decimal.Decimal
    price: decimal.Decimal


class Cloud:
    """A cloud of which one project has half of all resources.

    :param rows: number of points in the three months.
    :param single: whether the database keeps prices in single precision.
    :ivar sums: of all points that were made, as they are after the documented
        conversion of prices.
    """

    def __init__(self, rows: int, *, single: bool) -> None:
        self.sums: dict[Key, Sum] = collections.defaultdict(Sum)
        self._rows = rows
        self._single = single
        self._chance = random.Random(_SEED)
        begins = (END - BEGIN) // HOUR
        self._resources = [
            self._resource(number) for number in range(-(-rows // begins))
        ]

    def rows(self) -> collections.abc.Iterator[dict[str, typing.Any]]:
        """Yield the rows in the order in which upstream inserts them."""
        return itertools.islice(self._all(), self._rows)

    def _all(self) -> collections.abc.Iterator[dict[str, typing.Any]]:
        begin = BEGIN
        while begin < END:
            for resource in self._resources:
                yield self._row(resource, begin)
            begin += HOUR

    def _resource(self, number: int) -> _Resource:
        scope = 0 if number % 2 else 1 + number // 2 % (SCOPES - 1)
        metric = list(METRICS)[number * 5 // 2 % len(METRICS)]
        desc = {
            "id": str(uuid.UUID(int=self._chance.getrandbits(128))),
            "project_id": f"{scope:032x}",
            "user_id": f"{self._chance.getrandbits(128):032x}",
            "flavor_name": self._chance.choice(["m1.small", "größer", "g4"]),
            "availability_zone": "nova",
            "vcpus": self._chance.choice([1, 2, 4, 8]),
            "host": None,
        }
        return _Resource(
            f"{scope:032x}", metric, json.dumps(desc), *self._numbers()
        )

    def _numbers(self) -> tuple[decimal.Decimal, decimal.Decimal]:
        """Return a quantity and a price."""
        qty = decimal.Decimal(self._chance.randrange(1, 10**9)).scaleb(-5)
        # A tenth of the prices has more digits than single precision.
        digits = 10 if self._chance.random() < 0.1 else 6
        price = self._chance.randrange(10 ** (digits - 1), 10**digits)
        return qty, decimal.Decimal(price).scaleb(-5)

    def _row(
        self, resource: _Resource, begin: datetime.datetime
    ) -> dict[str, typing.Any]:
        qty, price = resource.qty, resource.price
        if resource.metric in _VARYING:
            qty, price = self._numbers()
        found = self.sums[
            resource.scope, resource.metric, periods.month_start(begin)
        ]
        found.points += 1
        found.qty += qty
        found.price += prices.stored(price, single=self._single)
        return upstream.row(
            begin,
            resource.scope,
            resource.metric,
            unit=METRICS[resource.metric],
            # SQLite takes no Decimal.
            qty=str(qty),
            rate=float(price),
            desc=resource.desc,
        )
