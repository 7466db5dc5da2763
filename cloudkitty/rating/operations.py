# SPDX-License-Identifier: Apache-2.0
"""Operands and operations of expressions over a point."""

import ast
import collections.abc
import decimal
import operator
import typing

from cloudkitty import dataframe

_D = decimal.Decimal
#: Python itself may make larger integers, of any size, out of "1E+999999".
_MAX_INT_DIGITS = 100

_Points = list[dataframe.DataPoint]


class Subject(typing.NamedTuple):
    """The point for which an expression is evaluated, with its context.

    :ivar metric: its ``alt_name``.
    :ivar excluded: points of the metric and period that were dropped so far.
    :ivar filtered: those that were kept so far.
    """

    point: dataframe.DataPoint
    metric: str = ""
    excluded: _Points = []
    filtered: _Points = []


Evaluate = collections.abc.Callable[[Subject], typing.Any]
_Operation = collections.abc.Callable[[typing.Any, typing.Any], typing.Any]

#: Names beside ``datapoint``.
NAMES: dict[str, Evaluate] = {
    "usage_data_metric_name": operator.attrgetter("metric"),
    "excluded_datapoints": operator.attrgetter("excluded"),
    "filtered_datapoints": operator.attrgetter("filtered"),
}
SECTIONS: dict[str, Evaluate] = {
    "vol": lambda subject: {
        "unit": subject.point.unit,
        "qty": subject.point.qty,
    },
    "rating": lambda subject: {"price": subject.point.price},
    "groupby": operator.attrgetter("point.groupby"),
    "metadata": operator.attrgetter("point.metadata"),
}
LEAVES: dict[tuple[str, str], Evaluate] = {
    ("vol", "unit"): operator.attrgetter("point.unit"),
    ("vol", "qty"): operator.attrgetter("point.qty"),
    ("rating", "price"): operator.attrgetter("point.price"),
}
#: Those whose keys are the names of attributes.
FREE_SECTIONS = ("groupby", "metadata")
COMPARISONS: dict[type[ast.cmpop], _Operation] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def number(value: typing.Any) -> int | _D:
    """Return an exact number.

    :raises TypeError: if it is not a number; so text cannot be multiplied.
    """
    if isinstance(value, int | _D):
        return value
    if isinstance(value, float):
        return _D(repr(value))
    raise TypeError("not a number")


def _divide(left: int | _D, right: int | _D) -> _D:
    return _D(left) / right


def _decimal(value: typing.Any) -> _D:
    if isinstance(value, str | int | float | _D):
        text = repr(value) if isinstance(value, float) else value
        return _D(text)
    raise TypeError("not a number")


def _int(value: typing.Any) -> int:
    if isinstance(value, str):
        return int(value)
    exact = number(value)
    if (
        isinstance(exact, _D)
        and exact.is_finite()
        and exact.adjusted() >= _MAX_INT_DIGITS
    ):
        raise ValueError("too large")
    return int(exact)


ARITHMETIC: dict[type[ast.operator], _Operation] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.Mod: operator.mod,
}
FUNCTIONS: dict[str, collections.abc.Callable[[typing.Any], typing.Any]] = {
    "Decimal": _decimal,
    "float": _decimal,
    "int": _int,
    "str": str,
    "len": len,
}


def always(value: typing.Any) -> Evaluate:
    """Return a closure that evaluates to ``value`` for each point."""
    return lambda subject: value


def item(section: Evaluate, key: str, default: Evaluate | None) -> Evaluate:
    """Return a closure that looks ``key`` up in the mapping of ``section``.

    :param default: value for a missing key; None: raise KeyError.
    """
    if default is None:
        return lambda subject: section(subject)[key]

    def get(subject: Subject) -> typing.Any:
        mapping = section(subject)
        return mapping[key] if key in mapping else default(subject)

    return get


def first_that_decides(
    values: collections.abc.Sequence[Evaluate], deciding: bool
) -> Evaluate:
    """Return ``and`` (False decides) or ``or`` (True decides) of values."""

    def evaluate(subject: Subject) -> typing.Any:
        result = None
        for value in values:
            result = value(subject)
            if bool(result) is deciding:
                break
        return result

    return evaluate


def compare_all(
    first: Evaluate,
    rest: collections.abc.Sequence[tuple[_Operation, Evaluate]],
) -> Evaluate:
    """Return a comparison, or a chain of them such as ``1 < x < 5``."""

    def evaluate(subject: Subject) -> bool:
        left = first(subject)
        for compare, right in rest:
            value = right(subject)
            if not compare(left, value):
                return False
            left = value
        return True

    return evaluate
