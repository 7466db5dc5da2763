# SPDX-License-Identifier: Apache-2.0
"""Strict parsing of the body of ``POST /v2/dataframes``."""

import collections.abc
import decimal
import typing

from cloudkitty import dataframe
from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import body
from cloudkitty.api.request import validate
from cloudkitty.api.request import validate_number
from cloudkitty.api.request import validate_time
from cloudkitty.common import periods
from cloudkitty.common import scopes
from cloudkitty.storage import attributes

#: Maximum number of characters of names: the size of the columns.
MAX_NAME = 255
#: Maximum number of digits before the point of quantities and prices, so that
#: their sums are not too large for a database.
DIGITS = 24
#: Maximum number of digits after the point; the storage rounds the numbers.
_PLACES = 1000
#: Maximum depth of nested lists and objects in the value of an attribute.
MAX_DEPTH = 10

_Frames = dict[scopes.Scope, list[dataframe.DataFrame]]
_Object = dict[str, typing.Any]


def read(scope_key: str, fetcher: str, collector: str) -> _Frames:
    """Return the frames of the body by the scope of their points.

    :param scope_key: attribute of a point that contains its scope.
    :param fetcher: fetcher of the scopes.
    :param collector: collector of the scopes.
    :raises cloudkitty.api.errors.ApiError: 400, 413 or 415.
    """
    content = body.read(["dataframes"], ["dataframes"], exact=True)
    frames = _list("dataframes", content["dataframes"])
    if not frames:
        raise errors.BadRequest(
            error_codes.DATAFRAMES_EMPTY,
            "dataframes is empty: send at least one data frame",
        )
    made: _Frames = {}
    for number, frame in enumerate(frames):
        window, points = _frame(f"dataframes[{number}]", frame)
        of_scope: dict[str, dataframe.DataFrame] = {}
        for where, metric, point in points:
            owner = _owner(where, point, scope_key)
            own = of_scope.setdefault(
                owner, dataframe.DataFrame(window.begin, window.end)
            )
            own.add_point(point, metric)
        for owner, own in of_scope.items():
            scope = scopes.Scope(
                identifier=owner,
                scope_key=scope_key,
                fetcher=fetcher,
                collector=collector,
            )
            made.setdefault(scope, []).append(own)
    return made


def _frame(
    where: str, value: object
) -> tuple[
    periods.Window,
    collections.abc.Iterator[tuple[str, str, dataframe.DataPoint]],
]:
    frame = _object(where, value, ("period", "usage"))
    usage = _object(f"{where}.usage", frame["usage"])
    return _period(f"{where}.period", frame["period"]), _points(where, usage)


def _points(
    where: str, usage: _Object
) -> collections.abc.Iterator[tuple[str, str, dataframe.DataPoint]]:
    """Yield (path in the body, metric, point)."""
    for name, points in usage.items():
        metric = validate.text(f"{where}.usage", name, max_length=MAX_NAME)
        here = f"{where}.usage.{validate.shown(metric)}"
        for number, point in enumerate(_list(here, points)):
            place = f"{here}[{number}]"
            yield place, metric, _point(place, point)


def _point(where: str, value: object) -> dataframe.DataPoint:
    point = _object(
        where, value, ("vol", "groupby", "metadata"), optional=("rating",)
    )
    volume = _object(f"{where}.vol", point["vol"], ("unit", "qty"))
    price = decimal.Decimal(0)
    if "rating" in point:
        rating = _object(f"{where}.rating", point["rating"], ("price",))
        price = _number(f"{where}.rating.price", rating["price"])
    return dataframe.DataPoint(
        unit=validate.text(
            f"{where}.vol.unit",
            volume["unit"],
            max_length=MAX_NAME,
            blank=True,
        ),
        qty=_number(f"{where}.vol.qty", volume["qty"]),
        price=price,
        groupby=_attributes(f"{where}.groupby", point["groupby"]),
        metadata=_attributes(f"{where}.metadata", point["metadata"]),
    )


def _owner(where: str, point: dataframe.DataPoint, scope_key: str) -> str:
    """Return the identifier of the scope of a point."""
    owner = point.groupby.get(scope_key)
    if owner is None:
        raise errors.BadRequest(
            error_codes.DATAFRAMES_SCOPE_MISSING,
            f"{where}.groupby has no {scope_key}: send the scope of each "
            "point in it",
        )
    return validate.text(f"{where}.groupby.{scope_key}", owner)


def _period(where: str, value: object) -> periods.Window:
    period = _object(where, value, ("begin", "end"))
    begin, end = (
        validate_time.time(f"{where}.{name}", period[name])
        for name in ("begin", "end")
    )
    if begin >= end:
        raise errors.BadRequest(
            error_codes.WINDOW_EMPTY,
            f"{where}: begin {begin} is not before end {end}: send a later "
            "end",
        )
    return periods.Window(begin, end)


def _attributes(where: str, value: object) -> dict[str, str]:
    """Return attributes as strings, as they are stored."""
    made = {}
    for key, item in _object(where, value).items():
        text = attributes.as_text(_plain(where, item))
        if not (attributes.is_clean(key) and attributes.is_clean(text)):
            raise validate.invalid(
                where,
                key,
                "or its value contains NUL or an unpaired surrogate",
                "strings without them",
            )
        made[key] = text
    return made


def _plain(where: str, value: typing.Any, depth: int = 0) -> typing.Any:
    """Return ``value`` with types that the json module supports."""
    if depth > MAX_DEPTH:
        raise errors.BadRequest(
            error_codes.ARGUMENT_INVALID,
            f"{where} is nested too deeply: send strings",
        )
    if isinstance(value, decimal.Decimal):
        return _digits(value)
    if isinstance(value, list):
        return [_plain(where, item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {
            key: _plain(where, item, depth + 1) for key, item in value.items()
        }
    return value


def _digits(value: decimal.Decimal) -> float | str:
    """Return a float if it is exact, as upstream's clients expect it."""
    near = float(value)
    return near if decimal.Decimal(repr(near)) == value else str(value)


def _number(where: str, value: object) -> decimal.Decimal:
    return validate_number.decimal(where, value, digits=DIGITS, places=_PLACES)


def _list(where: str, value: object) -> list[typing.Any]:
    if not isinstance(value, list):
        raise validate.invalid(where, value, "is not a list", "a JSON list")
    return value


def _object(
    where: str,
    value: object,
    required: collections.abc.Sequence[str] | None = None,
    optional: collections.abc.Sequence[str] = (),
) -> _Object:
    """Return a JSON object; check its keys unless ``required`` is None."""
    if not isinstance(value, dict):
        raise validate.invalid(
            where, value, "is not an object", "a JSON object"
        )
    if required is not None:
        _check_keys(where, value, required, optional)
    return value


def _check_keys(
    where: str,
    value: _Object,
    required: collections.abc.Sequence[str],
    optional: collections.abc.Sequence[str],
) -> None:
    allowed = ", ".join([*required, *optional])
    for key in value:
        if key not in required and key not in optional:
            raise errors.BadRequest(
                error_codes.ARGUMENT_UNKNOWN,
                f"{where}: {validate.shown(key)} is not a known key: send "
                f"only {allowed}",
            )
    for key in required:
        if key not in value:
            raise errors.BadRequest(
                error_codes.ARGUMENT_MISSING,
                f"{where}.{key} is missing: send it",
            )
