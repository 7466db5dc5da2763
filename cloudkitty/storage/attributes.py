# SPDX-License-Identifier: Apache-2.0
"""Attributes of points as text that every backend can store.

Labels of a metric may contain any text of a tenant. Some databases refuse NUL
and lone surrogates, which must not stop the rating of a scope: both become
U+FFFD in every storage.
"""

import collections.abc
import json
import re
import typing

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def clean(text: str) -> str:
    """Return ``text`` as every storage stores it."""
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def is_clean(text: str) -> bool:
    """Return whether every storage keeps ``text`` unchanged."""
    return _UNSTORABLE.search(text) is None


def as_text(value: typing.Any) -> str:
    """Return the text of an attribute's value of any type."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def storable(
    attributes: collections.abc.Mapping[str, typing.Any],
) -> dict[str, str]:
    """Return a copy in which all names and values are clean text."""
    # Nearly all values are clean text: check them all at once.
    try:
        as_it_is = is_clean("".join([*attributes, *attributes.values()]))
    except TypeError:  # one of them is no text
        as_it_is = False
    if as_it_is:
        return dict(attributes)
    return {
        clean(as_text(key)): clean(as_text(value))
        for key, value in attributes.items()
    }


def texts(
    attributes: collections.abc.Mapping[str, typing.Any] | None,
) -> dict[str, str]:
    """Return stored attributes as text to text."""
    return {key: as_text(value) for key, value in (attributes or {}).items()}


def find(
    name: str,
    groupby: collections.abc.Mapping[str, typing.Any],
    metadata: collections.abc.Mapping[str, typing.Any],
) -> str:
    """Return the attribute's value; ``""`` if a point lacks it."""
    for attributes in (groupby, metadata):
        value = attributes.get(name)
        if value is not None:
            return as_text(value)
    return ""
