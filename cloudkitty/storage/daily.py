# SPDX-License-Identifier: Apache-2.0
"""Sums of days from sums of periods, for storages without sums of days."""

import collections.abc
import datetime
import typing

from cloudkitty.common import money
from cloudkitty.common import periods
from cloudkitty.storage import checks

if typing.TYPE_CHECKING:
    from cloudkitty.storage import base

_DAY = datetime.timedelta(days=1)


def midnight(day: datetime.date) -> datetime.datetime:
    """Return the beginning of a day, in UTC."""
    return datetime.datetime.combine(day, datetime.time.min, datetime.UTC)


def of_periods(
    rows: "collections.abc.Iterable[base.TotalRow]",
) -> "list[base.TotalRow]":
    """Return the sums of the periods that begin on the same day, in UTC.

    :param rows: sums of periods, with any groups.
    :returns: by day and groups, in the order of the first periods.
    """
    found: dict[typing.Any, base.TotalRow] = {}
    for row in rows:
        day = periods.day_of(row.begin)
        key = (day, *row.groups.values())
        known = found.get(key)
        begin = midnight(day)
        found[key] = type(row)(
            begin=begin,
            end=begin + _DAY,
            qty=_sum(row.qty, known and known.qty),
            rate=_sum(row.rate, known and known.rate),
            points=row.points + (known.points if known else 0),
            groups=row.groups,
        )
    return list(found.values())


def _sum(value: typing.Any, known: typing.Any) -> typing.Any:
    if known is None:
        return value
    return checks.checked_sum(money.EXACT.add(value, known))
