# SPDX-License-Identifier: Apache-2.0
"""Encode frames for the process of the scripts, and decode its answers.

Answers are not trusted: a script may have taken over the process, which can
then send any data.
"""

import datetime
import decimal
import json
import typing

from cloudkitty import dataframe
from cloudkitty.common import money
from cloudkitty.rating.pyscripts.inside import values

#: Characters of a number, and of a metric's name as wide as its column.
_MAX_NUMBER = 200
_MAX_METRIC = 256


class Invalid(ValueError):
    """An answer is not a frame; the text contains no data of the answer."""


def pack(frame: dataframe.DataFrame) -> bytes:
    """Return a frame in the form of the pipe.

    :raises Invalid: for an attribute that is neither text nor number.
    """
    try:
        wire = {
            "begin": frame.start.isoformat(),
            "end": frame.end.isoformat(),
            "usage": {
                metric: [
                    [
                        point.unit,
                        str(point.qty),
                        str(point.price),
                        values.pack_mapping(point.groupby),
                        values.pack_mapping(point.metadata),
                    ]
                    for point in points
                ]
                for metric, points in frame.itertypes()
            },
        }
    except values.Invalid as error:
        raise Invalid(str(error)) from error
    return json.dumps(wire).encode("ascii")


def unpack(wire: object, original: dataframe.DataFrame) -> dataframe.DataFrame:
    """Return the frame of an answer.

    :param original: the frame that was sent. The period must be the same. A
        metric's description, which scripts do not see, is copied from it.
    :raises Invalid: if the answer is not a frame that can be stored.
    """
    try:
        begin, end, usage = _top(wire)
        found = {
            metric: _points(metric, points, original)
            for metric, points in usage.items()
        }
    except Invalid:
        raise
    except (
        ValueError,
        TypeError,
        KeyError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise Invalid("the answer is not a frame") from error
    if (begin, end) != (original.start, original.end):
        raise Invalid("data['period'] is read-only, but was changed")
    return dataframe.DataFrame(original.start, original.end, found)


def _top(
    wire: typing.Any,
) -> tuple[datetime.datetime, datetime.datetime, dict[str, typing.Any]]:
    usage = wire["usage"]
    if not isinstance(usage, dict):
        raise TypeError("usage")
    begin, end = (
        datetime.datetime.fromisoformat(wire[key]) for key in ("begin", "end")
    )
    return begin, end, usage


def _points(
    metric: str, points: object, original: dataframe.DataFrame
) -> list[dataframe.DataPoint]:
    if not 0 < len(metric) <= _MAX_METRIC:
        raise Invalid(
            f"the name of a metric does not have 1 to {_MAX_METRIC} characters"
        )
    if not isinstance(points, list):
        raise TypeError("points")
    known = original.usage.get(metric)
    description = known[0].description if known else None
    return [_point(description, *point) for point in points]


def _point(
    description: str | None,
    unit: object,
    qty: object,
    price: object,
    groupby: object,
    metadata: object,
) -> dataframe.DataPoint:
    if not (
        isinstance(unit, str)
        and isinstance(groupby, dict)
        and isinstance(metadata, dict)
    ):
        raise TypeError("point")
    return dataframe.make_point(
        (
            unit,
            _number(qty),
            _number(price),
            values.unpack_mapping(groupby),
            values.unpack_mapping(metadata),
            description,
        )
    )


def _number(text: object) -> decimal.Decimal:
    if not isinstance(text, str) or len(text) > _MAX_NUMBER:
        raise Invalid("a quantity or a price has too many digits")
    number = decimal.Decimal(text)
    try:
        money.storable(number)
    except decimal.InvalidOperation as error:
        raise Invalid("a quantity or a price is out of range") from error
    return number
