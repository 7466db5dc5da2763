# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of Prometheus 2.42, to the last digit.

Floats are added in Prometheus' order and with its compensation, because the
result is rounded afterwards and another order could round differently.
(Prometheus has no fixed order for the series of a group when a function
stands between range and aggregation; ours is that of the labels.)
"""

import collections.abc
import math

Values = collections.abc.Sequence[float]
OverTime = collections.abc.Callable[[Values], float]
Function = collections.abc.Callable[[float], float]

# Go's constants, which are rounded once from exact ones.
_LOG2_E = 1.44269504088896340735992468100189214
_LOG10_E = 0.43429448190325182765112891891660508229
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_SQRT_HALF = 0.70710678118654752440084436210484903928


def _kahan(increment: float, total: float, rest: float) -> tuple[float, float]:
    """Add with Neumaier's compensation: return the sum and the error."""
    new = total + increment
    if abs(total) >= abs(increment):
        return new, rest + ((total - new) + increment)
    return new, rest + ((increment - new) + total)


def _infinity_stays(mean: float, value: float) -> bool:
    """Return whether an infinite mean stays unchanged."""
    if not math.isinf(mean) or math.isnan(value):
        return False
    return not math.isinf(value) or (mean > 0) == (value > 0)


def _max(values: Values) -> float:
    best = values[0]
    for value in values:
        if value > best or math.isnan(best):
            best = value
    return best


def _min(values: Values) -> float:
    best = values[0]
    for value in values:
        if value < best or math.isnan(best):
            best = value
    return best


def _count(values: Values) -> float:
    return float(len(values))


def _sum_over_time(values: Values) -> float:
    total = rest = 0.0
    for value in values:
        total, rest = _kahan(value, total, rest)
    return total if math.isinf(total) else total + rest


def _avg_over_time(values: Values) -> float:
    mean = rest = 0.0
    for count, value in enumerate(values, 1):
        if not _infinity_stays(mean, value):
            mean, rest = _kahan(value / count - mean / count, mean, rest)
    return mean if math.isinf(mean) else mean + rest


def _stdvar_over_time(values: Values) -> float:
    mean = mean_rest = total = total_rest = 0.0
    for count, value in enumerate(values, 1):
        delta = value - (mean + mean_rest)
        mean, mean_rest = _kahan(delta / count, mean, mean_rest)
        total, total_rest = _kahan(
            delta * (value - (mean + mean_rest)), total, total_rest
        )
    return (total + total_rest) / len(values)


def _stddev_over_time(values: Values) -> float:
    return _sqrt(_stdvar_over_time(values))


def _sum(values: Values) -> float:
    total = values[0]
    for value in values[1:]:
        total += value
    return total


def _avg(values: Values) -> float:
    mean = values[0]
    for count, value in enumerate(values[1:], 2):
        if not _infinity_stays(mean, value):
            mean += value / count - mean / count
    return mean


def _stdvar(values: Values) -> float:
    mean = values[0]
    total = 0.0
    for count, value in enumerate(values[1:], 2):
        delta = value - mean
        mean += delta / count
        total += delta * (value - mean)
    return total / len(values)


def _stddev(values: Values) -> float:
    return _sqrt(_stdvar(values))


def _sqrt(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _exp(value: float) -> float:
    # The last bit may differ from Go's; the rounding to 9 digits hides it.
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _ln(value: float) -> float:
    if value == 0:
        return -math.inf
    if not 0 < value < math.inf:
        return value if value > 0 else math.nan
    # FreeBSD's algorithm, as Go has it: the C library's last bit differs.
    fraction, exponent = math.frexp(value)
    if fraction < _SQRT_HALF:
        fraction *= 2
        exponent -= 1
    f = fraction - 1
    s = f / (2 + f)
    s2 = s * s
    s4 = s2 * s2
    odd = s2 * (
        6.666666666666735130e-01
        + s4
        * (
            2.857142874366239149e-01
            + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)
        )
    )
    even = s4 * (
        3.999999999940941908e-01
        + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01)
    )
    half = 0.5 * f * f
    low = s * (half + (odd + even)) + exponent * _LN2_LOW
    return exponent * _LN2_HIGH - ((half - low) - f)


def _log2(value: float) -> float:
    if not 0 < value < math.inf:
        return _ln(value)
    fraction, exponent = math.frexp(value)
    if fraction == 0.5:
        return float(exponent - 1)
    return _ln(fraction) * _LOG2_E + exponent


def _log10(value: float) -> float:
    return _ln(value) * _LOG10_E


def _whole(function: collections.abc.Callable[[float], int]) -> Function:
    def apply(value: float) -> float:
        return float(function(value)) if math.isfinite(value) else value

    return apply


def _round(value: float) -> float:
    return _FLOOR(value + 0.5)


_FLOOR = _whole(math.floor)

#: aggregation_method: over the samples of one series in one period.
OVER_TIME: dict[str, OverTime] = {
    "avg": _avg_over_time,
    "count": _count,
    "max": _max,
    "min": _min,
    "stddev": _stddev_over_time,
    "stdvar": _stdvar_over_time,
    "sum": _sum_over_time,
}
#: aggregation_method: over the series of one group, in their order.
AGGREGATIONS: dict[str, OverTime] = {
    "avg": _avg,
    "count": _count,
    "max": _max,
    "min": _min,
    "stddev": _stddev,
    "stdvar": _stdvar,
    "sum": _sum,
}
#: query_function: over one value.
FUNCTIONS: dict[str, Function] = {
    "abs": abs,
    "ceil": _whole(math.ceil),
    "exp": _exp,
    "floor": _FLOOR,
    "ln": _ln,
    "log2": _log2,
    "log10": _log10,
    "round": _round,
    "sqrt": _sqrt,
}
