# SPDX-License-Identifier: Apache-2.0
"""Convert a backend's number to a quantity: factor, offset, mutate.

The steps and their rounding are upstream's, so that both services rate the
same quantity to the last digit.
"""

import decimal
import fractions
import math
import re
import typing

from cloudkitty.collector import metrics
from cloudkitty.common import money

MUTATIONS = ("NONE", "NUMBOOL", "NOTNUMBOOL", "FLOOR", "CEIL", "MAP")
#: Significant digits of quantities from Prometheus, rounded half-up.
PROMETHEUS_DIGITS = 9
#: Digits before the point that a storage keeps.
_WHOLE_DIGITS = money.DIGITS - money.PLACES

_NUMBER = re.compile(
    r"\s*[-+]?(\d+\s*/\s*\d+|(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?)\s*",
    re.IGNORECASE | re.ASCII,
)
_LONGEST_NUMBER = 100
_ZERO = decimal.Decimal(0)
_ONE = decimal.Decimal(1)


class UnusableQuantity(Exception):
    """A quantity that would invalidate every total that includes it."""


def number(value: typing.Any) -> decimal.Decimal:
    """Return the exact number of a ``factor`` or an ``offset``.

    A float is converted to its exact binary expansion. A fraction text is
    evaluated exactly, then converted to a binary float.

    :raises ValueError: if it is neither; the text names the allowed forms.
    """
    try:
        if isinstance(value, str):
            return decimal.Decimal(_fraction(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            converted = decimal.Decimal(value)
            if converted.is_finite():
                return converted
    except (OverflowError, ZeroDivisionError):
        pass
    raise ValueError(
        f"must be a number or a fraction such as 1/1048576, not {value!r}"
    )


def _fraction(text: str) -> float:
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise OverflowError
    above, _, below = text.partition("/")
    exact = fractions.Fraction(above.strip())
    return float(exact / fractions.Fraction(below.strip() or 1))


def map_key(value: typing.Any) -> decimal.Decimal:
    """Return a key of ``mutate_map``: the quantity to replace.

    :raises ValueError: if it is not a number.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
    ):
        raise ValueError(f"{value!r} is not a number")
    return decimal.Decimal(value)


def map_value(value: typing.Any) -> decimal.Decimal:
    """Return a value of ``mutate_map``; the shortest text of a float counts.

    :raises ValueError: if it is not a number.
    """
    map_key(value)
    return decimal.Decimal(str(value))


class Converter:
    """Converts number texts to quantities of one metric.

    Caches the results, because most series repeat a few values. Use one
    converter for each answer; it is not thread-safe.
    """

    def __init__(
        self,
        metric: metrics.Metric,
        digits: int = PROMETHEUS_DIGITS,
        rounding: str = decimal.ROUND_HALF_UP,
    ) -> None:
        self._metric = metric
        self._context = decimal.Context(prec=digits, rounding=rounding)
        self._known: dict[str, decimal.Decimal] = {}

    def __call__(self, text: str) -> decimal.Decimal:
        """Return the quantity, in its shortest form.

        :raises UnusableQuantity: for NaN, an infinity, or a number with
            more digits than can be stored.
        :raises decimal.InvalidOperation: if the text is not a number.
        """
        quantity = self._known.get(text)
        if quantity is None:
            quantity = self._known[text] = self._convert(text)
        return quantity

    def _convert(self, text: str) -> decimal.Decimal:
        context, metric = self._context, self._metric
        quantity = context.create_decimal(text)
        if not quantity.is_finite():
            raise UnusableQuantity(text)
        quantity = context.multiply(quantity, metric.factor)
        quantity = mutated(context.add(quantity, metric.offset), metric)
        if quantity and quantity.adjusted() >= _WHOLE_DIGITS:
            raise UnusableQuantity(text)
        return money.canonical(quantity)


def mutated(
    quantity: decimal.Decimal, metric: metrics.Metric
) -> decimal.Decimal:
    """Return a converted quantity after the metric's ``mutate``."""
    match metric.mutate:
        case "NUMBOOL":
            return _ONE if quantity else _ZERO
        case "NOTNUMBOOL":
            return _ZERO if quantity else _ONE
        case "FLOOR":
            return quantity.to_integral_value(decimal.ROUND_FLOOR)
        case "CEIL":
            return quantity.to_integral_value(decimal.ROUND_CEILING)
        case "MAP":
            return metric.mutate_map.get(quantity, _ZERO)
    return quantity
