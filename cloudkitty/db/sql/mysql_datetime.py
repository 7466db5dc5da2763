# SPDX-License-Identifier: Apache-2.0
"""Decode times from MySQL and MariaDB without a regular expression.

PyMySQL needs more time for the times of a list than for all other columns.
"""

import collections.abc
import datetime
import typing

#: DATETIME and TIMESTAMP in the protocol.
_TYPES = (12, 7)


def read_quickly(connection: typing.Any, record: object) -> None:
    """Install the decoder on a PyMySQL connection; ignore other drivers.

    For SQLAlchemy's event ``connect``.
    """
    decoders = getattr(connection, "decoders", None)
    if isinstance(decoders, dict):
        for each in _TYPES:
            if each in decoders:
                decoders[each] = _decoder(decoders[each])


def _decoder(
    otherwise: collections.abc.Callable[[str], object],
) -> collections.abc.Callable[[str], object]:
    """Return the decoder of a time.

    :param otherwise: decodes other texts, such as ``0000-00-00 00:00:00``.
    """

    def decode(text: str) -> object:
        try:
            return datetime.datetime.fromisoformat(text)
        except ValueError:
            return otherwise(text)

    return decode
