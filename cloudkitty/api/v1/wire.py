# SPDX-License-Identifier: Apache-2.0
"""How values of version 1 look on the wire."""

import datetime
import decimal

from cloudkitty.common import money

#: SQLite does not round to the column what upstream writes.
_ROUNDING = decimal.Context(prec=money.EXACT.prec)


def number(value: decimal.Decimal) -> str:
    """Return ``"1.5"``: a text, so that no reader rounds it."""
    return money.text(value)


def padded(value: decimal.Decimal | None, places: int) -> str | None:
    """Return ``"1.50"``: with all places of its column, on SQLite too."""
    if value is None:
        return None
    step = decimal.Decimal(1).scaleb(-places)
    return format(value.quantize(step, context=_ROUNDING), "f")


def time(at: datetime.datetime | None) -> str | None:
    """Return ``2026-11-01T00:00:00``: UTC, without saying so.

    Microseconds are there only if they are not zero.
    """
    if at is None:
        return None
    return at.astimezone(datetime.UTC).replace(tzinfo=None).isoformat()
