# SPDX-License-Identifier: Apache-2.0
"""Strict validation of times.

The functions work like those of ``validate``.
"""

import datetime
import re

from cloudkitty.api import error_codes
from cloudkitty.api import errors
from cloudkitty.api.request import validate
from cloudkitty.common import periods

#: The last supported time: periods and UTC offsets can be added to it without
#: exceeding the range of datetime.
LAST = datetime.datetime(9998, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)

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
        error_codes.TIME_INVALID,
        f"{name} {validate.shown(value)} {problem}: send ISO 8601, such as "
        "2026-11-01 00:00:00+00:00 (in a query, encode + as %2B) or "
        "20261101T000000Z",
    )
