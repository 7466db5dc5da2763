# SPDX-License-Identifier: Apache-2.0
"""Costs and levels that the columns of hashmap rules store exactly."""

import decimal
import typing

from cloudkitty.common import money

#: (digits, decimal places) of the columns.
_COST = (40, 28)
_LEVEL = (20, 8)


def exact_cost(cost: decimal.Decimal) -> decimal.Decimal:
    """Return the shortest form of a cost that the column stores exactly.

    :raises ValueError: if the column would round it.
    """
    return _exact("cost", cost, _COST)


def exact_level(level: decimal.Decimal) -> decimal.Decimal:
    """Return the shortest form of a level that the column stores exactly.

    :raises ValueError: if the column would round it.
    """
    return _exact("level", level, _LEVEL)


def _exact(
    name: str, value: decimal.Decimal, size: tuple[int, int]
) -> decimal.Decimal:
    """Return ``value`` if the column stores it exactly.

    Databases round longer numbers, in different ways.
    """
    digits, places = size
    if value.is_finite() and value.adjusted() < digits - places:
        short = money.canonical(value)
        decimals = -typing.cast(int, short.as_tuple().exponent)
        if short == value and decimals <= places:
            return short
    raise ValueError(
        f"{name} must have at most {digits - places} digits before and "
        f"{places} after the point"
    )
