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
from cloudkitty.storage import custom_fields
from cloudkitty.storage import grouping
from cloudkitty.storage.v2.influxdb import custom
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


class _Adder(typing.Protocol):
    """Results of one row."""

    def add(self, row: rows.Row) -> None: ...


_A = typing.TypeVar("_A", bound=_Adder)


def total(
    reader: read.Reader,
    query: base.Query,
    groupby: collections.abc.Sequence[str],
) -> base.Totals:
    """Return a page of rows and the number of all."""
    groups = grouping.parse(groupby)
    number, page = _page(reader, query, groups, _NUMBERS, _Sum)
    made = [
        base.TotalRow(
            begin=key[0],
            end=key[1],
            qty=storage_checks.checked_sum(found.qty),
            rate=storage_checks.checked_sum(found.rate),
            points=found.points,
            groups=dict(zip(groups.columns, key[2:], strict=True)),
        )
        for key, found in page
    ]
    return base.Totals(total=number, rows=made)


def custom_total(
    reader: read.Reader,
    query: base.Query,
    groupby: collections.abc.Sequence[str],
    fields: collections.abc.Sequence[custom_fields.CustomField],
) -> base.CustomTotals:
    """Return the same with the columns of ``fields``."""
    groups = grouping.parse(groupby)
    number, page = _page(
        reader,
        query,
        groups,
        custom.stored(fields),
        lambda: custom.Columns(fields),
    )
    made = [
        base.CustomRow(
            begin=key[0],
            end=key[1],
            values=found.values(),
            groups=dict(zip(groups.columns, key[2:], strict=True)),
        )
        for key, found in page
    ]
    return base.CustomTotals(total=number, rows=made)


def _page(
    reader: read.Reader,
    query: base.Query,
    groups: grouping.Grouping,
    fields: collections.abc.Sequence[str],
    new: collections.abc.Callable[[], _A],
) -> tuple[int, list[tuple[_Key, _A]]]:
    """Return the number of all rows, and the keys and results of a page.

    :param fields: stored fields that the results need.
    :param new: makes the results of a row without points.
    """
    columns = [*fields, names.PERIOD] if groups.by_time else [*fields]
    found: dict[_Key, _A] = {}
    for row in reader.select(query, columns, groups.columns):
        key = _key(row, groups, query, reader.seconds)
        of_key = found.get(key)
        if of_key is None:
            of_key = found[key] = new()
        of_key.add(row)
    last = None if query.limit is None else query.offset + query.limit
    page = sorted(found.items(), key=lambda item: item[0])
    return len(found), page[query.offset : last]


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
