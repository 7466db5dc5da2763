# SPDX-License-Identifier: Apache-2.0
"""Points and frames of the contract's tests, and unusual texts."""

import datetime
import decimal

from cloudkitty import dataframe
from cloudkitty.common import periods

D = decimal.Decimal
BEGIN = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
#: Scope ids that break drivers which interpolate, fold, pad or truncate.
HOSTILE = [
    "a",
    "A",
    "a ",
    " a",
    "a\t",
    "%",
    "_",
    "a%",
    "'",
    "''",
    '"',
    "\\",
    "\\'",
    "'; DROP TABLE cloudkitty_rated_points; --",
    "' OR '1'='1",
    "a/b",
    "a,b",
    "%s %(x)s :x ?",
    "$.a",
    "null",
    "two\nlines",
    "\u00e9",
    "e\u0301",
    "\u00df",
    "ss",
    "\U0001d11e",
    "x" * 255 + "y",
    "x" * 255 + "Y",
    "\U0001d11e" * 256,
]
#: Attribute names that have a meaning in a JSON path, in SQL or to a driver.
HOSTILE_NAMES = [
    *(text for text in HOSTILE if len(text) < 100),
    "",
    "a.b",
    "a[0]",
    "[0]",
    "$",
    "*",
    "**",
    "-",
    "-a",
    "\ta",
    'a\\"b',
    'a"b',
    '"."',
    "qty",
    "begin",
    "groupby",
    "a\\u0041",
    "\x01\x7f",
]


def hours(first: int, last: int) -> periods.Window:
    """Return the window from hour ``first`` up to hour ``last``."""
    step = datetime.timedelta(hours=1)
    return periods.Window(BEGIN + first * step, BEGIN + last * step)


def point(qty="1", price="1", groupby=None, metadata=None, unit="GiB"):
    """Return a point."""
    return dataframe.DataPoint(
        unit, D(qty), D(price), groupby or {}, metadata or {}, "Words"
    )


def frame(hour: int, /, **usage: list[dataframe.DataPoint]):
    """Return the frame of an hour."""
    period = hours(hour, hour + 1)
    return dataframe.DataFrame(period.begin, period.end, dict(usage))


def frames(first: int, last: int, price="1", metric="cpu"):
    """Return one frame of two points for each hour."""
    points = [point(price=price, groupby={"id": f"i-{n}"}) for n in range(2)]
    return [frame(hour, **{metric: points}) for hour in range(first, last)]


def str_of(number):
    """Return the digits of a number: 1 and 1.0 differ."""
    return format(number, "f")
