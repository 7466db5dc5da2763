# SPDX-License-Identifier: Apache-2.0
"""Exact numbers: the format of stored quantities and prices."""

import collections.abc
import decimal

#: Decimal places of a stored quantity or price, for every storage. Rule
#: costs have 28 (upstream's NUMERIC(40, 28)), so no cost is rounded.
PLACES = 28
#: Digits in all: the most that MariaDB's DECIMAL takes.
DIGITS = 65

_QUANTUM = decimal.Decimal(1).scaleb(-PLACES)
_CONTEXT = decimal.Context(prec=DIGITS, rounding=decimal.ROUND_HALF_EVEN)
#: Context for sums: wide enough for every number that a storage keeps. It
#: raises ``decimal.Inexact`` instead of rounding.
EXACT = decimal.Context(
    prec=1000,
    traps=[
        decimal.Inexact,
        decimal.InvalidOperation,
        decimal.Overflow,
        decimal.DivisionByZero,
    ],
)


def storable(value: decimal.Decimal) -> decimal.Decimal:
    """Return ``value`` as every storage keeps it, the same digits on each.

    :raises decimal.InvalidOperation: if it is not finite or has more than
        37 digits before the point.
    """
    if not value.is_finite():
        raise decimal.InvalidOperation(f"{value} cannot be stored")
    return value.quantize(_QUANTUM, context=_CONTEXT)


def canonical(value: decimal.Decimal) -> decimal.Decimal:
    """Return the shortest form of ``value``: ``2.500`` becomes ``2.5``."""
    if not value:
        return decimal.Decimal(0)
    short = value.normalize(EXACT)
    exponent = short.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return short.quantize(decimal.Decimal(1), context=EXACT)
    return short


def total(
    values: collections.abc.Iterable[decimal.Decimal],
) -> decimal.Decimal:
    """Return the exact sum, whatever the context of the caller's thread.

    :raises decimal.Inexact: if it has more than 1000 digits.
    """
    made = decimal.Decimal(0)
    for value in values:
        made = EXACT.add(made, value)
    return made


def text(value: decimal.Decimal) -> str:
    """Return all digits of ``value`` and no more, as JSON has numbers.

    ``2.500`` is ``2.5``, every zero is ``0``, and there is no exponent.
    """
    return format(canonical(value), "f")
