# SPDX-License-Identifier: Apache-2.0
"""Sums of quantity and price in ``rated_data_frames``.

The database counts the points of each price, and Python multiplies: the sum
of a binary FLOAT in the database is not the sum of the prices.
"""

import collections.abc
import dataclasses
import decimal
import typing

import sqlalchemy as sa
from sqlalchemy import orm

from cloudkitty.common import money
from cloudkitty.db import rated_data_frames
from cloudkitty.storage import base
from cloudkitty.storage import checks as storage_checks
from cloudkitty.storage import grouping
from cloudkitty.storage.v1.sqlalchemy import conditions
from cloudkitty.storage.v1.sqlalchemy import prices
from cloudkitty.storage.v1.sqlalchemy import reading
from cloudkitty.storage.v2.sqlalchemy import expressions

_TABLE = rated_data_frames.TABLE
#: Rows that are fetched at once. There may be as many rows as points: each
#: price of a group is one.
_ROWS = 5000
#: The values that define a group: of the period, then of the columns.
_Key = tuple[typing.Any, ...]


@dataclasses.dataclass(slots=True)
class _Sums:
    qty: decimal.Decimal = decimal.Decimal(0)
    rate: decimal.Decimal = decimal.Decimal(0)
    points: int = 0


def total(
    session: orm.Session,
    query: base.Query,
    groupby: collections.abc.Sequence[str],
    scope_key: str,
) -> base.Totals:
    """Return the requested page of rows and the number of all."""
    groups = grouping.parse(groupby)
    sums = _add_up(
        session.connection().execute(
            _statement(query, groups, scope_key),
            execution_options={"yield_per": _ROWS},
        ),
        _size(groups),
        single=reading.single(session),
    )
    last = None if query.limit is None else query.offset + query.limit
    keys = sorted(sums)[query.offset : last]
    return base.Totals(
        total=len(sums),
        rows=[_row(key, sums[key], query, groups) for key in keys],
    )


def _size(groups: grouping.Grouping) -> int:
    """Return the number of columns that define a group."""
    return 2 * groups.by_time + len(groups.columns)


def _statement(
    query: base.Query, groups: grouping.Grouping, scope_key: str
) -> sa.Select[typing.Any]:
    """Return the statement: a row for each group and price."""
    keys: list[sa.ColumnElement[typing.Any]] = []
    if groups.by_time:
        keys += [_TABLE.c.begin.label("begin"), _TABLE.c.end.label("end")]
    keys += [
        _column(name, scope_key).label(f"group_{index}")
        for index, name in enumerate(groups.columns)
    ]
    # Parameters only inside: databases that bind them on the server do not
    # see that two expressions with parameters are equal.
    points = (
        sa.select(*keys, _TABLE.c.qty, reading.RATE.label("price"))
        .where(*conditions.of_query(query, scope_key))
        .subquery("points")
    )
    columns = list(points.c)
    *names, qty, price = columns
    return sa.select(
        *names,
        price,
        sa.func.count().label("points"),
        expressions.exact_sum(qty).label("qty"),
    ).group_by(*names, price)


def _column(name: str, scope_key: str) -> sa.ColumnElement[str]:
    if name == grouping.METRIC:
        return expressions.text(_TABLE.c.res_type)
    if name == scope_key:
        tenant = sa.func.coalesce(_TABLE.c.tenant_id, "")
        return expressions.text(tenant)
    return conditions.attribute(name)


def _add_up(
    found: collections.abc.Iterable[sa.Row[typing.Any]],
    size: int,
    *,
    single: bool,
) -> dict[_Key, _Sums]:
    sums: dict[_Key, _Sums] = {}
    for row in found:
        group = sums.setdefault(tuple(row[:size]), _Sums())
        value, points, qty = row[size:]
        price = prices.shortest(value, single=single)
        group.rate = money.EXACT.add(
            group.rate, money.EXACT.multiply(price, points)
        )
        group.qty = money.EXACT.add(group.qty, qty or decimal.Decimal(0))
        group.points += points
    return sums


def _row(
    key: _Key, sums: _Sums, query: base.Query, groups: grouping.Grouping
) -> base.TotalRow:
    begin, end = query.window.begin, query.window.end
    if groups.by_time:
        begin, end, key = key[0], key[1], key[2:]
    return base.TotalRow(
        begin=begin,
        end=end,
        qty=storage_checks.checked_sum(sums.qty),
        rate=storage_checks.checked_sum(sums.rate),
        points=sums.points,
        groups=dict(zip(groups.columns, key, strict=True)),
    )
