# SPDX-License-Identifier: Apache-2.0
"""Strict validation of integers and exact decimal numbers.

The functions work like those of ``validate``.
"""

import decimal as ck_decimal
import re

from cloudkitty.api.request import validate

#: Largest integer that every database supports.
MAX_INTEGER = 2**31 - 1

_DECIMAL = re.compile(
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII
)
#: Maximum number of characters of a decimal, including redundant zeros.
_MAX_DECIMAL = 100
#: Context with enough digits for every decimal, so that nothing is rounded.
_EXACT = ck_decimal.Context(prec=_MAX_DECIMAL)
#: Rounds like databases; the precision exceeds that of all numbers.
_ROUNDING = ck_decimal.Context(prec=2000, rounding=ck_decimal.ROUND_HALF_UP)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
#: Number of significant decimal digits that a float preserves.
_FLOAT_DIGITS = 15


def integer(
    name: str,
    value: object,
    *,
    minimum: int = 0,
    maximum: int = MAX_INTEGER,
) -> int:
    """Return an integer from ``minimum`` to ``maximum``, both included."""
    wanted = f"an integer from {minimum} to {maximum}"
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise validate.invalid(name, value, "is not an integer", wanted)
    if not minimum <= value <= maximum:
        raise validate.invalid(name, value, "is out of range", wanted)
    return value


def decimal(
    name: str,
    value: object,
    *,
    minimum: ck_decimal.Decimal | int | None = None,
    digits: int = 12,
    places: int = 28,
) -> ck_decimal.Decimal:
    """Return an exact number; floats are rejected.

    :param value: a string, an integer or, for a number in JSON, a decimal. A
        decimal with more digits than a float preserves is the result of a
        float calculation, such as 2.8499999999999996 from 0.95 * 3: it is
        rounded to ``places``.
    :param minimum: smallest valid number; ``None`` disables the check.
    :param digits: maximum number of digits before the point.
    :param places: maximum number of digits after the point, without trailing
        zeros.
    """
    wanted = (
        f"a number with at most {digits} digits before and {places} after "
        "the point, such as 0.5"
    )
    if isinstance(value, bool) or not isinstance(
        value, str | int | ck_decimal.Decimal
    ):
        raise validate.invalid(name, value, "is not a number", wanted)
    text = str(value)
    if len(text) > _MAX_DECIMAL or not _DECIMAL.fullmatch(text):
        raise validate.invalid(
            name, value, "is not a supported number", wanted
        )
    number = ck_decimal.Decimal(text)
    if isinstance(value, ck_decimal.Decimal):
        number = _without_noise(number, places)
    shortest = number.normalize(_EXACT)
    if shortest and (
        shortest.adjusted() >= digits
        or int(shortest.as_tuple().exponent) < -places
    ):
        raise validate.invalid(name, value, "is out of range", wanted)
    if minimum is not None and number < minimum:
        raise validate.invalid(
            name, value, "is too small", f"a number of at least {minimum}"
        )
    # Return zero without a sign and without an exponent.
    return number if shortest else ck_decimal.Decimal(0)


def _without_noise(
    number: ck_decimal.Decimal, places: int
) -> ck_decimal.Decimal:
    """Round the excess digits of a float as a database does.

    A number that would become zero is kept and then rejected.
    """
    parts = number.as_tuple()
    if len(parts.digits) <= _FLOAT_DIGITS or int(parts.exponent) >= -places:
        return number
    step = ck_decimal.Decimal(1).scaleb(-places)
    return number.quantize(step, context=_ROUNDING) or number
