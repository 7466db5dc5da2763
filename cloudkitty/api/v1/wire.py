# SPDX-License-Identifier: Apache-2.0
"""Formats of values in responses of version 1."""

import datetime
import decimal
import typing

from cloudkitty.common import money

#: SQLite does not round the values that upstream writes to the column.
_ROUNDING = decimal.Context(prec=money.EXACT.prec)


def number(value: decimal.Decimal) -> str:
    """Return ``"1.5"``: a string, so that no reader rounds it."""
    return money.text(value)


def padded(value: decimal.Decimal | None, places: int) -> str | None:
    """Return ``"1.50"``: with all places of the column, also on SQLite."""
    if value is None:
        return None
    step = decimal.Decimal(1).scaleb(-places)
    return format(value.quantize(step, context=_ROUNDING), "f")


@typing.overload
def time(at: datetime.datetime) -> str: ...


@typing.overload
def time(at: None) -> None: ...


@typing.overload
def time(at: datetime.datetime | None) -> str | None: ...


def time(at: datetime.datetime | None) -> str | None:
    """Return ``2026-11-01T00:00:00``: UTC, without an offset.

    Microseconds are included only if they are not zero.
    """
    if at is None:
        return None
    return at.astimezone(datetime.UTC).replace(tzinfo=None).isoformat()
