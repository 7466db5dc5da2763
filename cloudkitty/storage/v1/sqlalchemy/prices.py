# SPDX-License-Identifier: Apache-2.0
"""Decimal numbers of the column ``rate``, which is a binary FLOAT.

The number nearest to a price is stored. The shortest decimal number that is
stored as the same FLOAT is returned: 0.1 for the price 0.1, on every database.
A price with at most 6 significant digits (single precision: MySQL, MariaDB) or
15 (double precision) is returned unchanged.
"""

import decimal
import functools
import struct

_SINGLE = struct.Struct("<f")
#: Significant digits: as many as a single always keeps, and as many as always
#: identify one (FLT_DIG and FLT_DECIMAL_DIG of C).
_KEPT, _IDENTIFYING = 6, 9


# Prices repeat: the same flavor costs the same in every period.
@functools.lru_cache(maxsize=16384)
def shortest(value: float, *, single: bool) -> decimal.Decimal:
    """Return the shortest decimal number that is stored as ``value``.

    :param single: whether the column has single precision. A value that has
        more, in a column that an operator has changed, keeps its digits.
    """
    if single:
        packed = _pack(value)
        if packed is not None and _SINGLE.unpack(packed)[0] == value:
            for digits in range(_KEPT, _IDENTIFYING + 1):
                text = f"{value:.{digits}g}"
                if _pack(float(text)) == packed:
                    return decimal.Decimal(text)
    return decimal.Decimal(repr(value))


def stored(price: decimal.Decimal, *, single: bool) -> decimal.Decimal:
    """Return ``price`` as it is read after it was stored.

    :param price: finite, in the range of the column.
    """
    value = float(price)
    if single:
        value = _SINGLE.unpack(_SINGLE.pack(value))[0]
    return shortest(value, single=single)


def _pack(value: float) -> bytes | None:
    try:
        return _SINGLE.pack(value)
    except OverflowError:
        return None
