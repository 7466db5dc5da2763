# SPDX-License-Identifier: Apache-2.0
"""Types of options that oslo.config does not have."""

import datetime

from oslo_config import types


class Instant(types.ConfigType):
    """A date or time in ISO 8601; the value is an aware time in UTC."""

    def __init__(self, type_name: str = "date or time value") -> None:
        super().__init__(type_name=type_name)

    def __call__(self, value: object) -> datetime.datetime:
        """Return the time.

        :raises ValueError: if it is not a time.
        """
        if not isinstance(value, datetime.datetime):
            value = datetime.datetime.fromisoformat(str(value).strip())
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.UTC)
        try:
            return value.astimezone(datetime.UTC)
        except OverflowError:
            raise ValueError(f"{value} is out of range") from None

    def __repr__(self) -> str:
        return "Instant"

    def __eq__(self, other: object) -> bool:
        return self.__class__ == other.__class__

    def __hash__(self) -> int:
        return hash(self.__class__)

    def _formatter(self, value: datetime.datetime) -> str:
        return value.isoformat(sep=" ")
