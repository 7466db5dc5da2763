# SPDX-License-Identifier: Apache-2.0
"""Metadata as fields whose type fits the stored ones.

A field has one type in a shard, and reads return one type only. Upstream
stores numbers and booleans of its collectors with their type.
"""

import collections.abc
import json
import typing

from cloudkitty.storage.v2.influxdb import escaping
from cloudkitty.storage.v2.influxdb import names

_STRING = frozenset(("string",))
_INTEGER = frozenset(("integer",))
_FLOAT = frozenset(("float",))
_BOOLEAN = frozenset(("boolean",))
_LARGEST = 2**63 - 1

#: Names of fields to their types in all shards.
Types = collections.abc.Mapping[str, frozenset[str]]


def field(name: str, value: str, types: Types) -> tuple[str, str]:
    """Return the key and the text of a field of metadata.

    A value that does not fit the type of the stored ones is stored under
    another key, with the same name for our reader.

    :param types: the types of the stored fields.
    """
    key = names.stored_name(name)
    kinds = types.get(key, _STRING)
    if kinds == _STRING:
        return key, escaping.string(value)
    text = _as_kind(value, kinds)
    if text is not None:
        return key, text
    return names.alias(name), escaping.string(value)


def as_text(value: typing.Any) -> str:
    """Return a value of any type as the text of an attribute."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, default=_number)


def _number(value: typing.Any) -> float:
    return float(value)


def _as_kind(value: str, kinds: frozenset[str]) -> str | None:
    """Return the text of a typed value that is read as ``value``."""
    try:
        if kinds == _BOOLEAN and value in ("true", "false"):
            return value
        if kinds == _INTEGER:
            integer = int(value)
            if str(integer) == value and abs(integer) <= _LARGEST:
                return f"{integer}i"
        if kinds == _FLOAT and _float_text(float(value)) == value:
            return repr(float(value))
    except (ValueError, OverflowError):
        pass
    return None


def _float_text(value: float) -> str:
    """Return a float as the text that is read: 2.0 comes back as 2."""
    return str(int(value)) if value == int(value) else repr(value)
