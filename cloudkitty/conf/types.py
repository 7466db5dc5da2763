# SPDX-License-Identifier: Apache-2.0
"""Types of options that oslo.config does not have."""

import datetime
import re

from oslo_config import types

from cloudkitty.common import daily

_DAILY = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})", re.ASCII)


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


class DailyWindow(types.ConfigType):
    """A daily window such as ``22:00-06:00``, in UTC."""

    def __init__(self, type_name: str = "daily window value") -> None:
        super().__init__(type_name=type_name)

    def __call__(self, value: object) -> daily.DailyWindow:
        """Return the window.

        :raises ValueError: if it is not a window, or empty.
        """
        if isinstance(value, daily.DailyWindow):
            return value
        match = _DAILY.fullmatch(str(value).strip())
        if match is None:
            raise ValueError(f"{value} is not a window such as 22:00-06:00")
        begin, end = (
            # The end of a day is the beginning of the next one.
            datetime.datetime.strptime(
                "00:00" if text == "24:00" else text, "%H:%M"
            ).time()
            for text in match.groups()
        )
        if begin == end:
            raise ValueError(f"{value} is empty: leave the option out instead")
        return daily.DailyWindow(begin, end)

    def __repr__(self) -> str:
        return "DailyWindow"

    def __eq__(self, other: object) -> bool:
        return self.__class__ == other.__class__

    def __hash__(self) -> int:
        return hash(self.__class__)

    def _formatter(self, value: daily.DailyWindow) -> str:
        return str(value)
