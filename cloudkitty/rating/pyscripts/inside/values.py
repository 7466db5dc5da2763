# SPDX-License-Identifier: Apache-2.0
"""Convert a frame between the form of scripts and that of the pipe.

Over the pipe it is JSON: ``{"begin", "end", "usage": {metric: [[unit, qty,
price, groupby, metadata], ...]}}``, the numbers as text. In attributes a
Decimal is ``["D", text]`` and a list ``["L", [...]]``; all else is itself.
"""

import datetime
import decimal
import math
import typing

Wire = dict[str, typing.Any]
#: How deep an attribute's value may be nested.
_DEPTH = 8
_POINT_KEYS = {"vol", "rating", "groupby", "metadata"}


class Invalid(Exception):
    """The value of ``data`` after a script is not a frame.

    The text consists of names of this module only, never of the data.
    """


def to_data(wire: Wire) -> dict[str, typing.Any]:
    """Return a frame as scripts see it: dicts, lists and Decimals."""
    return {
        "period": {
            "begin": datetime.datetime.fromisoformat(wire["begin"]),
            "end": datetime.datetime.fromisoformat(wire["end"]),
        },
        "usage": {
            metric: [_point(*point) for point in points]
            for metric, points in wire["usage"].items()
        },
    }


def to_wire(data: object) -> Wire:
    """Return the frame in the form of the pipe.

    :param data: the value of ``data`` after a script.
    :raises Invalid: if it does not have the form that scripts get.
    """
    top = _keys(data, "data", {"period", "usage"}, {"period", "usage"})
    period = _keys(
        top["period"], "data['period']", {"begin", "end"}, {"begin", "end"}
    )
    if not isinstance(top["usage"], dict):
        raise Invalid("data['usage'] is not a dict")
    usage: dict[str, list[typing.Any]] = {}
    for metric, points in top["usage"].items():
        if not isinstance(metric, str) or not metric:
            raise Invalid("a metric's name is not text")
        if isinstance(points, str | bytes | dict):
            raise Invalid("the points of a metric are not a list")
        try:
            found = iter(points)
        except TypeError:
            raise Invalid("the points of a metric are not a list") from None
        usage[metric] = [_flat(point) for point in found]
    return {
        "begin": _instant(period["begin"], "begin"),
        "end": _instant(period["end"], "end"),
        "usage": usage,
    }


def pack_value(value: object, depth: int = 0) -> typing.Any:
    """Return an attribute's value for the pipe.

    :raises Invalid: if it is not text, a number, a list or a dict.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if value.bit_length() > 256:
            raise Invalid("an attribute is a number with too many digits")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Invalid("an attribute is not a finite number")
        return float(value)
    if isinstance(value, decimal.Decimal):
        return ["D", str(value)]
    if depth >= _DEPTH:
        raise Invalid("an attribute is nested too deeply")
    if isinstance(value, list | tuple):
        return ["L", [pack_value(item, depth + 1) for item in value]]
    if isinstance(value, dict):
        return pack_mapping(value, depth + 1)
    raise Invalid("an attribute is neither text nor a number")


def pack_mapping(
    mapping: typing.Mapping[typing.Any, object], depth: int = 0
) -> dict[str, typing.Any]:
    """Return attributes for the pipe."""
    for key in mapping:
        if not isinstance(key, str):
            raise Invalid("an attribute's name is not text")
    return {
        key: value if type(value) is str else pack_value(value, depth)
        for key, value in mapping.items()
    }


def unpack_value(value: typing.Any) -> typing.Any:
    """Return an attribute's value from the pipe.

    :raises ValueError: for a value that ``pack_value`` never returns.
    """
    if isinstance(value, list):
        kind, content = value
        if kind == "D" and isinstance(content, str):
            return decimal.Decimal(content)
        if kind == "L" and isinstance(content, list):
            return [unpack_value(item) for item in content]
        raise ValueError("unknown kind")
    if isinstance(value, dict):
        return unpack_mapping(value)
    return value


def unpack_mapping(mapping: Wire) -> dict[str, typing.Any]:
    """Return attributes from the pipe."""
    return {
        key: value if type(value) is str else unpack_value(value)
        for key, value in mapping.items()
    }


def _point(
    unit: str, qty: str, price: str, groupby: Wire, metadata: Wire
) -> dict[str, typing.Any]:
    return {
        "vol": {"unit": unit, "qty": decimal.Decimal(qty)},
        "rating": {"price": decimal.Decimal(price)},
        "groupby": unpack_mapping(groupby),
        "metadata": unpack_mapping(metadata),
    }


def _flat(point: object) -> list[typing.Any]:
    found = _keys(
        point, "a point", _POINT_KEYS, {"vol", "groupby", "metadata"}
    )
    vol = _keys(found["vol"], "vol", {"unit", "qty"}, {"unit", "qty"})
    rating = _keys(found.get("rating", {"price": 0}), "rating", {"price"})
    unit = vol["unit"]
    if not isinstance(unit, str):
        raise Invalid("a point's vol['unit'] is not text")
    attributes = [found["groupby"], found["metadata"]]
    for mapping in attributes:
        if not isinstance(mapping, dict):
            raise Invalid("a point's groupby or metadata is not a dict")
    return [
        unit or "undefined",
        _number(vol["qty"], "vol['qty']"),
        _number(rating.get("price", 0), "rating['price']"),
        *map(pack_mapping, attributes),
    ]


def _keys(
    value: object,
    name: str,
    known: set[str],
    needed: typing.Iterable[str] = (),
) -> dict[str, typing.Any]:
    if not isinstance(value, dict):
        raise Invalid(f"{name} is not a dict")
    if not known.issuperset(value):
        raise Invalid(
            f"{name} has a key other than {', '.join(sorted(known))}",
        )
    for key in needed:
        if key not in value:
            raise Invalid(f"{name} has no {key}")
    return value


def _number(value: object, name: str) -> str:
    """Return a number as text; a float as its shortest text."""
    try:
        if isinstance(value, float):
            value = repr(float(value))
        if isinstance(value, int | str | decimal.Decimal):
            number = decimal.Decimal(value)
            if number.is_finite():
                return str(number)
    except (ValueError, decimal.DecimalException):
        pass
    raise Invalid(f"a point's {name} is not a finite number")


def _instant(value: object, name: str) -> str:
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime.datetime):
        raise Invalid(f"data['period']['{name}'] is not a time")
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.UTC)
    return value.isoformat()
