# SPDX-License-Identifier: Apache-2.0
"""Sums of quantity and price, exact: added up here as decimal numbers.

The server adds floats and cannot group by metadata, which are fields.
"""

import collections.abc
import decimal
import typing

from cloudkitty.common import money
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage import grouping
from cloudkitty.storage.v2.influxdb import names
from cloudkitty.storage.v2.influxdb import read
from cloudkitty.storage.v2.influxdb import rows

_NUMBERS = (names.QTY, names.PRICE, names.EXACT_QTY, names.EXACT_PRICE)
_Key = tuple[typing.Any, ...]


class _Sum:
    """Sums of one row of a summary."""

    __slots__ = ("points", "qty", "rate")

    def __init__(self) -> None:
        self.points = 0
        self.qty = self.rate = decimal.Decimal(0)

    def add(self, row: rows.Row) -> None:
        """Add one point."""
        self.points += 1
        self.qty = money.EXACT.add(self.qty, row.qty)
        self.rate = money.EXACT.add(self.rate, row.price)


def total(
    reader: read.Reader,
    query: base.Query,
    groupby: collections.abc.Sequence[str],
) -> base.Totals:
    """Return a page of rows and the number of all."""
    groups = grouping.parse(groupby)
    columns = [*_NUMBERS, names.PERIOD] if groups.by_time else [*_NUMBERS]
    sums: dict[_Key, _Sum] = {}
    for row in reader.select(query, columns, groups.columns):
        key = _key(row, groups, query, reader.seconds)
        found = sums.get(key)
        if found is None:
            found = sums[key] = _Sum()
        found.add(row)
    made = [
        base.TotalRow(
            begin=key[0],
            end=key[1],
            qty=storage_checks.checked_sum(found.qty),
            rate=storage_checks.checked_sum(found.rate),
            points=found.points,
            groups=dict(zip(groups.columns, key[2:], strict=True)),
        )
        for key, found in sorted(sums.items(), key=lambda item: item[0])
    ]
    last = None if query.limit is None else query.offset + query.limit
    return base.Totals(total=len(made), rows=made[query.offset : last])


def _key(
    row: rows.Row, groups: grouping.Grouping, query: base.Query, seconds: int
) -> _Key:
    window = query.window
    times = (window.begin, window.end)
    return (
        *(row.period(seconds) if groups.by_time else times),
        *(
            row.metric if name == grouping.METRIC else row.attribute(name)
            for name in groups.columns
        ),
    )
