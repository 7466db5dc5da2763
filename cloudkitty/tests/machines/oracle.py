# SPDX-License-Identifier: Apache-2.0
"""The expected points, computed without code of the service.

Each hour of each scope has the price of the round that rated it last.
"""

import collections.abc
import decimal

import sqlalchemy as sa

from cloudkitty.common import periods
from cloudkitty.db import points
from cloudkitty.tests.galera import samples as ck_samples
from cloudkitty.tests.machines import world as ck_world

Row = tuple[str, ...]
#: Metric, its unit, the name of its resource id, its metadata.
_METRICS = (
    ("instance", "instance", "instance_id", "m{}"),
    ("volume.size", "GiB", "volume_id", "None"),
)


class Oracle:
    """Price of each rated hour.

    :param world: the scopes and hours.
    """

    def __init__(self, world: ck_world.World) -> None:
        self._world = world
        self._numbers = {
            scope_id: number for number, scope_id in enumerate(world.scope_ids)
        }
        self._prices: dict[tuple[str, int], int] = {}

    def rate(self, scope_id: str, window: periods.Window, price: int) -> None:
        """Note that all hours of a window are rated at a price."""
        begin = self._world.window.begin
        first = int((window.begin - begin).total_seconds()) // ck_world.HOUR
        for hour in range(first, first + window.period_count(ck_world.HOUR)):
            self._prices[scope_id, hour] = price

    def rows(self) -> list[Row]:
        """Return the expected points, in any order."""
        return [
            row
            for (scope_id, hour), price in self._prices.items()
            for row in self._points(scope_id, hour, price)
        ]

    def totals(self) -> dict[str, decimal.Decimal]:
        """Return the expected sum of each scope."""
        found = dict.fromkeys(self._world.scope_ids, decimal.Decimal(0))
        for (scope_id, hour), price in self._prices.items():
            for quantity in self._quantities(scope_id, hour):
                found[scope_id] += ck_samples.SERIES * quantity * price
        return found

    def _quantities(
        self, scope_id: str, hour: int
    ) -> tuple[decimal.Decimal, decimal.Decimal]:
        size = ck_samples.size(self._numbers[scope_id], hour)
        return decimal.Decimal(1), decimal.Decimal(size)

    def _points(
        self, scope_id: str, hour: int, price: int
    ) -> collections.abc.Iterator[Row]:
        at = self._world.between(hour, hour + 1)
        quantities = self._quantities(scope_id, hour)
        for metric, quantity in zip(_METRICS, quantities, strict=True):
            name, unit, key, flavor = metric
            for number in range(ck_samples.SERIES):
                yield (
                    *(scope_id, str(at.begin), str(at.end), name, unit),
                    *(f"{key}={scope_id}-{number}", flavor.format(number)),
                    *(_text(quantity), _text(quantity * price)),
                )


def read(engine: sa.Engine, window: periods.Window) -> list[Row]:
    """Return the stored points as rows of the oracle.

    :param window: periods that may have become due later are left out.
    """
    statement = points.whole().where(points.RatedPoint.begin < window.end)
    with engine.connect() as connection:
        return [_row(each) for each in connection.execute(statement)]


def _row(found: sa.Row) -> Row:
    ids = {
        key: value
        for key, value in found.groupby.items()
        if key.endswith("_id") and key != "project_id"
    }
    return (
        *(found.scope_id, str(found.begin), str(found.end)),
        *(found.metric, found.unit),
        ",".join(f"{key}={value}" for key, value in ids.items()),
        str(found.metadata.get("flavor")),
        *(_text(found.qty), _text(found.price)),
    )


def _text(number: decimal.Decimal) -> str:
    return format(number.normalize(), "f")
