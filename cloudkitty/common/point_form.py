# SPDX-License-Identifier: Apache-2.0
"""The dict and JSON forms of points and frames, as CloudKitty 25 has them."""

import collections.abc
import datetime
import decimal
import json
import typing

from oslo_utils import timeutils

_Dict = collections.abc.Mapping[str, typing.Any]
_ZERO = decimal.Decimal(0)


def number(value: typing.Any) -> decimal.Decimal:
    """Return the number of a point; a float by its shortest text.

    :raises TypeError: for None.
    :raises decimal.InvalidOperation: for text that is not a number.
    """
    if type(value) is decimal.Decimal:
        return value
    return decimal.Decimal(repr(value) if isinstance(value, float) else value)


def dumps(value: object) -> str:
    """Return JSON text; decimals are floats, times are ISO 8601."""
    return json.dumps(value, default=plain)


def plain(value: object) -> object:
    """Return the JSON form of a decimal or a time, for ``json.dumps``.

    :raises TypeError: for every other type.
    """
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def point_as_dict(
    point: typing.Any,
    legacy: bool,
    mutable: bool,
    immutable: collections.abc.Callable[[dict[str, typing.Any]], _Dict],
) -> dict[str, typing.Any]:
    """Return the dict form of a point.

    :param immutable: the type of mappings that cannot be changed.
    """
    made: dict[str, typing.Any] = {
        "vol": {"unit": point.unit, "qty": point.qty},
        "rating": {"price": point.price},
    }
    if legacy:
        made["desc"] = dict(point.desc)
    else:
        made["groupby"] = dict(point.groupby)
        made["metadata"] = dict(point.metadata)
    if mutable:
        return made
    frozen = {key: immutable(value) for key, value in made.items()}
    return typing.cast("dict[str, typing.Any]", immutable(frozen))


def point_arguments(given: _Dict, legacy: bool) -> dict[str, typing.Any]:
    """Return the arguments of a point of its dict form.

    :raises ValueError: for a missing, unknown or invalid value.
    """
    attributes = ("desc",) if legacy else ("groupby", "metadata")
    _check_keys("a point", given, ("vol", *attributes), ("rating",))
    vol = given["vol"]
    _check_keys("vol", vol, ("unit", "qty"))
    if not isinstance(vol["unit"], str):
        raise ValueError("vol.unit must be text")
    rating = given.get("rating", {})
    _check_keys("rating", rating, (), ("price",))
    for key in attributes:
        _check_mapping(key, given[key])
    return {
        "unit": vol["unit"],
        "qty": _checked_number("vol.qty", vol["qty"]),
        "price": _checked_number("rating.price", rating.get("price", _ZERO)),
        "groupby": given[attributes[0]],
        "metadata": {} if legacy else given["metadata"],
    }


def frame_parts(
    given: _Dict,
) -> tuple[
    datetime.datetime,
    datetime.datetime,
    dict[str, collections.abc.Iterable[_Dict]],
]:
    """Return begin, end and usage of the dict form of a frame.

    :raises ValueError: for a missing, unknown or invalid value.
    """
    _check_keys("a frame", given, ("period", "usage"))
    period, usage = given["period"], given["usage"]
    _check_keys("period", period, ("begin", "end"))
    _check_mapping("usage", usage)
    for metric, points in usage.items():
        if not isinstance(metric, str):
            raise ValueError("the name of a metric must be text")
        if isinstance(points, str | dict) or not isinstance(
            points, collections.abc.Iterable
        ):
            raise ValueError(f"usage.{metric} must be a list of points")
    return _time("begin", period["begin"]), _time("end", period["end"]), usage


def _time(name: str, value: object) -> datetime.datetime:
    """Return a bound of a period; text is converted to the local zone."""
    if isinstance(value, datetime.datetime):
        return value
    if not isinstance(value, str):
        raise ValueError(f"period.{name} must be a datetime or text")
    found = timeutils.parse_isotime(value)
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    return found.astimezone()


def _checked_number(name: str, value: object) -> decimal.Decimal:
    try:
        return number(value)
    except (TypeError, ValueError, decimal.InvalidOperation):
        raise ValueError(f"{name} must be a number") from None


def _check_mapping(name: str, value: object) -> None:
    if not isinstance(value, collections.abc.Mapping):
        raise ValueError(f"{name} must be a dict")


def _check_keys(
    name: str,
    value: object,
    required: collections.abc.Collection[str],
    optional: collections.abc.Collection[str] = (),
) -> None:
    _check_mapping(name, value)
    keys = set(typing.cast("_Dict", value))
    if missing := set(required) - keys:
        raise ValueError(f"{name} lacks {', '.join(sorted(missing))}")
    if unknown := keys - {*required, *optional}:
        raise ValueError(
            f"{name} has unknown keys: {', '.join(sorted(map(str, unknown)))}"
        )
