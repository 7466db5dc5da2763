# SPDX-License-Identifier: Apache-2.0
"""Strict validation of scalars.

Each function takes the name of an argument and its value (a string from a
query, any type from a JSON body) and returns the converted value, or raises
a 400 whose detail contains the name, the problem and a valid value.
"""

import collections.abc
import datetime
import decimal as ck_decimal
import re
import uuid as ck_uuid

from cloudkitty.api import errors
from cloudkitty.common import periods
from cloudkitty.common import wording

#: Maximum number of characters of an identifier: the size of its columns.
MAX_TEXT = 256
#: Maximum number of items of one list.
MAX_ITEMS = 10_000
#: Largest integer that every database supports.
MAX_INTEGER = 2**31 - 1
#: The last supported time: periods and UTC offsets can be added to it without
#: exceeding the range of datetime.
LAST = datetime.datetime(9998, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
#: ISO 8601, extended and basic format. A string of digits is only valid with
#: eight digits, as a date.
_TIME = re.compile(
    r"(?P<year>\d{4})(?P<dash>-?)(?P<month>\d{2})(?P=dash)(?P<day>\d{2})"
    r"(?:[Tt ](?P<hour>\d{2})"
    r"(?:(?P<colon>:?)(?P<minute>\d{2})"
    r"(?:(?P=colon)(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r" ?(?P<offset>Z|z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_DECIMAL = re.compile(
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII
)
#: Maximum number of characters of a decimal, including redundant zeros.
_MAX_DECIMAL = 100
#: Context with enough digits for every decimal, so that nothing is rounded.
_EXACT = ck_decimal.Context(prec=_MAX_DECIMAL)
#: Rounds like databases; the precision exceeds that of all numbers.
_ROUNDING = ck_decimal.Context(prec=2000, rounding=ck_decimal.ROUND_HALF_UP)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
#: Number of significant decimal digits that a float preserves.
_FLOAT_DIGITS = 15

shown = wording.shown


def invalid(
    name: str, value: object, problem: str, send: str
) -> errors.BadRequest:
    """Return the 400 for a value; the caller raises it."""
    return errors.BadRequest(
        errors.ARGUMENT_INVALID,
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
            errors.ARGUMENT_UNKNOWN,
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
                errors.ARGUMENT_MISSING, f"{name} is missing: send it"
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
            errors.ARGUMENT_INVALID,
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


def integer(
    name: str,
    value: object,
    *,
    minimum: int = 0,
    maximum: int = MAX_INTEGER,
) -> int:
    """Return an integer from ``minimum`` to ``maximum``, both included."""
    wanted = f"an integer from {minimum} to {maximum}"
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(name, value, "is not an integer", wanted)
    if not minimum <= value <= maximum:
        raise invalid(name, value, "is out of range", wanted)
    return value


def decimal(
    name: str,
    value: object,
    *,
    minimum: ck_decimal.Decimal | int | None = None,
    digits: int = 12,
    places: int = 28,
) -> ck_decimal.Decimal:
    """Return an exact number; floats are rejected.

    :param value: a string, an integer or, for a number in JSON, a decimal. A
        decimal with more digits than a float preserves is the result of a
        float calculation, such as 2.8499999999999996 from 0.95 * 3: it is
        rounded to ``places``.
    :param minimum: smallest valid number; ``None`` disables the check.
    :param digits: maximum number of digits before the point.
    :param places: maximum number of digits after the point, without trailing
        zeros.
    """
    wanted = (
        f"a number with at most {digits} digits before and {places} after "
        "the point, such as 0.5"
    )
    if isinstance(value, bool) or not isinstance(
        value, str | int | ck_decimal.Decimal
    ):
        raise invalid(name, value, "is not a number", wanted)
    text = str(value)
    if len(text) > _MAX_DECIMAL or not _DECIMAL.fullmatch(text):
        raise invalid(name, value, "is not a supported number", wanted)
    number = ck_decimal.Decimal(text)
    if isinstance(value, ck_decimal.Decimal):
        number = _without_noise(number, places)
    shortest = number.normalize(_EXACT)
    if shortest and (
        shortest.adjusted() >= digits
        or int(shortest.as_tuple().exponent) < -places
    ):
        raise invalid(name, value, "is out of range", wanted)
    if minimum is not None and number < minimum:
        raise invalid(
            name, value, "is too small", f"a number of at least {minimum}"
        )
    # Return zero without a sign and without an exponent.
    return number if shortest else ck_decimal.Decimal(0)


def _without_noise(
    number: ck_decimal.Decimal, places: int
) -> ck_decimal.Decimal:
    """Round the excess digits of a float as a database does.

    A number that would become zero is kept and then rejected.
    """
    parts = number.as_tuple()
    if len(parts.digits) <= _FLOAT_DIGITS or int(parts.exponent) >= -places:
        return number
    step = ck_decimal.Decimal(1).scaleb(-places)
    return number.quantize(step, context=_ROUNDING) or number


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


def time(name: str, value: object) -> datetime.datetime:
    """Return a time, aware UTC; fractions of a second are truncated.

    The default offset is UTC, the default time of a date is midnight.

    :param value: a string in ISO 8601, extended or basic format.
    """
    match = _match_time(name, value)
    try:
        year, month, day, hour, minute, second = (
            int(match[part] or 0) for part in _PARTS
        )
        naive = datetime.datetime(year, month, day, hour, minute, second)
        zone = _offset(match["offset"])
        at = naive.replace(tzinfo=zone).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise _no_time(name, value, "is not a valid date or time") from None
    if not periods.EPOCH <= at <= LAST:
        raise _no_time(name, value, "is not between 1970 and 9998")
    return at


def last_second(name: str, value: object) -> datetime.datetime:
    """Return a time as ``time`` does, but the last second of a date."""
    at = time(name, value)
    if _match_time(name, value)["hour"] is None:
        return at.replace(hour=23, minute=59, second=59)
    return at


def _match_time(name: str, value: object) -> re.Match[str]:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _no_time(name, value, "is not a time")
    return match


def _offset(offset: str | None) -> datetime.tzinfo:
    if offset is None or offset in "Zz":
        return datetime.UTC
    minutes = int(offset[-2:]) if len(offset) > 3 else 0
    if minutes > 59:
        raise ValueError(offset)
    delta = datetime.timedelta(hours=int(offset[1:3]), minutes=minutes)
    return datetime.timezone(-delta if offset[0] == "-" else delta)


def _no_time(name: str, value: object, problem: str) -> errors.BadRequest:
    return errors.BadRequest(
        errors.TIME_INVALID,
        f"{name} {shown(value)} {problem}: send ISO 8601, such as "
        "2026-11-01 00:00:00+00:00 (in a query, encode + as %2B) or "
        "20261101T000000Z",
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
