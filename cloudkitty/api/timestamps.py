# SPDX-License-Identifier: Apache-2.0
"""Formats of values in responses."""

import datetime
import functools

import wsme.types


class Number(wsme.types.UserType):
    """A Decimal, which ``render`` sends as a number with all its digits.

    WSME's own type would send it as a string.
    """

    basetype = object
    name = "number"


# The rows of a list contain many equal times.
@functools.lru_cache(maxsize=4096)
def iso(at: datetime.datetime | None) -> str | None:
    """Return ``2026-11-01T00:00:00+00:00``: UTC, whole seconds."""
    if at is None:
        return None
    return at.astimezone(datetime.UTC).replace(microsecond=0).isoformat()
