# SPDX-License-Identifier: Apache-2.0
"""Rendering of all responses as JSON.

A Decimal is rendered as a JSON number with all its digits and without an
exponent. The json module cannot do this without a conversion to float.
"""

import datetime
import decimal
import json
import math
import typing

import wsme.rest.json
import wsme.types

from cloudkitty.api import fast_types
from cloudkitty.common import money

_ENCODER = json.JSONEncoder()
_CONSTANTS = {None: "null", True: "true", False: "false"}


def text(value: typing.Any) -> str:
    """Return the JSON text of the result of a handler, ASCII only.

    :param value: a WSME object, whose unset attributes are omitted,
        ``fast_types.Rendered``, plain JSON, or lists and dicts of them.
    :raises TypeError: for any other value.
    """
    if isinstance(value, fast_types.Rendered):
        return value
    if isinstance(value, str):
        return _ENCODER.encode(value)
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, dict):
        items = [f"{_key(key)}: {text(each)}" for key, each in value.items()]
        return f"{{{', '.join(items)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(text, value))}]"
    return _other(value)


def rendered(value: typing.Any) -> fast_types.Rendered:
    """Return the text of ``value``, for insertion in a larger response."""
    return fast_types.Rendered(text(value))


def _other(value: typing.Any) -> str:
    if isinstance(value, decimal.Decimal):
        return money.text(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, fast_types.Type):
        return text(value.to_json())
    if isinstance(value, wsme.types.Base):
        return text(wsme.rest.json.tojson(type(value), value))
    if isinstance(value, datetime.date):
        # The YAML parser converts strings that look like dates.
        return text(value.isoformat())
    raise TypeError(f"{type(value).__name__} has no JSON text")


def _key(key: typing.Any) -> str:
    """Return a key of an object; keys in YAML may be other than strings."""
    return _ENCODER.encode(key if isinstance(key, str) else text(key))


def _float(value: float) -> str:
    """Return a float; it is a fraction or from a YAML file, never money."""
    if not math.isfinite(value):
        return text(str(value))
    return format(decimal.Decimal(repr(value)), "f")
