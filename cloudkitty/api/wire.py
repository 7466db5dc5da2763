# SPDX-License-Identifier: Apache-2.0
"""How values look on the wire."""

import datetime
import functools

import wsme.types


class Number(wsme.types.UserType):
    """A Decimal, which ``render`` sends as a number with all its digits.

    WSME's own type would make a text of it.
    """

    basetype = object
    name = "number"


# The rows of a list have many times in common.
@functools.lru_cache(maxsize=4096)
def iso(at: datetime.datetime | None) -> str | None:
    """Return ``2026-11-01T00:00:00+00:00``: UTC, whole seconds."""
    if at is None:
        return None
    return at.astimezone(datetime.UTC).replace(microsecond=0).isoformat()
