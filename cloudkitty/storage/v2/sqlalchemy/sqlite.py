# SPDX-License-Identifier: Apache-2.0
"""Functions that SQLite lacks: exact sums, and JSON keys of any text.

Its numbers are 64-bit floats, so Python adds the decimal texts. Its JSON
paths have no escapes, so no path can address a key that contains a quote.
"""

import decimal
import functools
import json
import typing

import sqlalchemy as sa

from cloudkitty.common import money
from cloudkitty.storage import attributes

_MARK = "cloudkitty_storage_functions"


def prepare(connection: sa.Connection) -> None:
    """Register the functions on the connection, unless it has them."""
    # The mark lives as long as the driver's connection does.
    if connection.dialect.name != "sqlite" or _MARK in connection.info:
        return
    driver: typing.Any = connection.connection.driver_connection
    driver.create_aggregate("ck_sum", 1, _Sum)
    driver.create_function("ck_attribute", 3, _attribute, deterministic=True)
    connection.info[_MARK] = True


class _Sum:
    """``ck_sum(text)``: the exact sum of decimal texts, as text."""

    def __init__(self) -> None:
        self._sum = decimal.Decimal(0)

    def step(self, value: typing.Any) -> None:
        if value is not None:
            self._sum = money.EXACT.add(self._sum, decimal.Decimal(str(value)))

    def finalize(self) -> str:
        return format(self._sum, "f")


def _attribute(groupby: str | None, metadata: str | None, name: str) -> str:
    """``ck_attribute(groupby, metadata, name)``: value or ``''``."""
    return attributes.find(name, _parse(groupby), _parse(metadata))


# The points of one resource have the same attributes for a day.
@functools.lru_cache(maxsize=2048)
def _parse(text: str | None) -> dict[str, typing.Any]:
    # Numbers keep their digits as written.
    found = json.loads(text or "{}", parse_float=str, parse_int=str)
    return found if isinstance(found, dict) else {}
