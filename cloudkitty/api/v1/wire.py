# SPDX-License-Identifier: Apache-2.0
"""How values of version 1 look on the wire."""

import datetime
import decimal


def number(value: decimal.Decimal | None) -> str | None:
    """Return ``"1.50"``: a text, so that no reader rounds it."""
    return None if value is None else str(value)


def time(at: datetime.datetime | None) -> str | None:
    """Return ``2026-11-01T00:00:00``: UTC, without saying so.

    Microseconds are there only if they are not zero.
    """
    if at is None:
        return None
    return at.astimezone(datetime.UTC).replace(tzinfo=None).isoformat()
