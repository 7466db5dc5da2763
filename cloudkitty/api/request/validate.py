# SPDX-License-Identifier: Apache-2.0
"""Strict validation of arguments; numbers and times have their own modules.

Each function takes the name of an argument and its value (a string from a
query, any type from a JSON body) and returns the converted value, or raises
a 400 whose detail contains the name, the problem and a valid value.
"""

import collections.abc
import uuid as ck_uuid

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.common import wording

#: Maximum number of characters of an identifier: the size of its columns.
MAX_TEXT = 256
#: Maximum number of items of one list.
MAX_ITEMS = 10_000

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")

shown = wording.shown


def invalid(
    name: str, value: object, problem: str, send: str
) -> errors.BadRequest:
    """Return the 400 for a value; the caller raises it."""
    return errors.BadRequest(
        error_codes.ARGUMENT_INVALID,
        f"{name} {shown(value)} {problem}: send {send}",
    )


def known(
    names: collections.abc.Iterable[str],
    allowed: collections.abc.Collection[str],
) -> None:
    """Check that all ``names`` are ``allowed``."""
    unknown = [name for name in names if name not in allowed]
    if unknown:
        raise errors.BadRequest(
            error_codes.ARGUMENT_UNKNOWN,
            f"{shown(unknown[0])} is not a known argument: send only "
            f"{', '.join(sorted(allowed)) or 'no arguments'}",
        )


def required(
    mapping: collections.abc.Mapping[str, object],
    names: collections.abc.Iterable[str],
) -> None:
    """Check that all ``names`` are keys of ``mapping``."""
    for name in names:
        if name not in mapping:
            raise errors.BadRequest(
                error_codes.ARGUMENT_MISSING, f"{name} is missing: send it"
            )


def text(
    name: str,
    value: object,
    *,
    max_length: int = MAX_TEXT,
    blank: bool = False,
) -> str:
    """Return a string that every database can store.

    :param blank: whether an empty or blank string is valid.
    """
    if not isinstance(value, str):
        raise invalid(name, value, "is not a string", "a JSON string")
    if not blank and not value.strip():
        raise invalid(name, value, "is blank", "at least one character")
    if len(value) > max_length:
        raise invalid(
            name,
            value,
            f"has {len(value)} characters",
            f"at most {max_length}",
        )
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise invalid(
            name,
            value,
            "contains NUL or an unpaired surrogate",
            "a string without them",
        )
    return value


def text_list(
    name: str,
    value: object,
    *,
    max_length: int = MAX_TEXT,
    max_items: int = MAX_ITEMS,
) -> tuple[str, ...]:
    """Return the items of a list, or of a string separated by commas.

    An id that contains a comma can only be sent in a list. Blanks around an
    item of a string are removed; a blank item is rejected.
    """
    if isinstance(value, str):
        items: list[object] = [item.strip() for item in value.split(",")]
    elif isinstance(value, list | tuple):
        items = list(value)
    else:
        raise invalid(
            name,
            value,
            "is not a list",
            "a JSON list of strings, or one string of items separated by "
            "commas",
        )
    if not items:
        raise invalid(name, value, "is empty", "at least one item")
    if len(items) > max_items:
        raise errors.BadRequest(
            error_codes.ARGUMENT_INVALID,
            f"{name} has {len(items)} items: send at most {max_items} in one "
            "request",
        )
    return tuple(text(name, item, max_length=max_length) for item in items)


def boolean(name: str, value: object) -> bool:
    """Return a boolean; reject numbers and other strings."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
    raise invalid(name, value, "is neither true nor false", "true or false")


def uuid(name: str, value: object) -> str:
    """Return a UUID in its canonical form."""
    try:
        if isinstance(value, str) and len(value) <= 64:
            return str(ck_uuid.UUID(value))
    except ValueError:
        pass
    raise invalid(
        name, value, "is not a UUID", "32 hexadecimal digits, with dashes"
    )


def choice(
    name: str, value: object, options: collections.abc.Sequence[str]
) -> str:
    """Return the option that equals ``value``, ignoring case."""
    if isinstance(value, str):
        for option in options:
            if value.lower() == option.lower():
                return option
    raise invalid(
        name, value, "is not a valid value", f"one of {', '.join(options)}"
    )


def mapping(
    name: str, values: collections.abc.Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return ``k:v,k2:v2`` strings as keys with all their values.

    A value ends at the next comma, so it may contain colons.
    """
    made: dict[str, tuple[str, ...]] = {}
    for value in values:
        for pair in value.split(","):
            key, colon, item = pair.partition(":")
            if not colon:
                raise invalid(
                    name, pair, "has no colon", "key:value,key2:value2"
                )
            key = text(name, key.strip())
            item = text(name, item, blank=True)
            made[key] = (*made.get(key, ()), item)
    return made
