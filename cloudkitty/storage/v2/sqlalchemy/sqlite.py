# SPDX-License-Identifier: Apache-2.0
"""A function that SQLite lacks: JSON keys of any text.

Its JSON paths have no escapes, so no path can address a key that contains a
quote.
"""

import functools
import json
import typing

import sqlalchemy as sa

from cloudkitty.storage import attributes

_MARK = "cloudkitty_storage_functions"


def prepare(connection: sa.Connection) -> None:
    """Register the function on the connection, unless it has it."""
    # The mark lives as long as the driver's connection does.
    if connection.dialect.name != "sqlite" or _MARK in connection.info:
        return
    driver: typing.Any = connection.connection.driver_connection
    driver.create_function("ck_attribute", 3, _attribute, deterministic=True)
    connection.info[_MARK] = True


def _attribute(groupby: str | None, metadata: str | None, name: str) -> str:
    """``ck_attribute(groupby, metadata, name)``: value or ``''``."""
    return attributes.find(name, _parse(groupby), _parse(metadata))


# The points of one resource have the same attributes for a day.
@functools.lru_cache(maxsize=2048)
def _parse(text: str | None) -> dict[str, typing.Any]:
    # Numbers keep their digits as written.
    found = json.loads(text or "{}", parse_float=str, parse_int=str)
    return found if isinstance(found, dict) else {}
