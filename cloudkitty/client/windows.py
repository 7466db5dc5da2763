# SPDX-License-Identifier: Apache-2.0
"""Windows in the words and in the time zone of a user."""

import datetime
import re
import zoneinfo

from osc_lib import exceptions

from cloudkitty.common import periods

#: ``None`` is the zone of the host.
Zone = zoneinfo.ZoneInfo | None
_UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_FORMAT = "%Y-%m-%d %H:%M:%S %Z"


class WindowInvalid(exceptions.CommandError):
    """The arguments are not a window of whole periods."""


def zone(name: str | None) -> Zone:
    """Return a time zone by its name, such as ``Europe/Berlin``.

    :raises WindowInvalid: if it does not exist.
    """
    if name is None:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise WindowInvalid(f"{name} is not a time zone") from error


def instant(text: str, where: Zone) -> datetime.datetime:
    """Return the UTC time of ``text`` in ISO 8601.

    A date is the beginning of the day. A time without an offset is one of
    ``where``.

    :raises WindowInvalid: if it is not a time, or if the clocks of ``where``
        show it twice or never, because they change.
    """
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise WindowInvalid(
            f"{text!r} is not a time: write 2026-10-01 or 2026-10-01T13:00"
        ) from error
    if at.tzinfo is not None:
        return _utc(at, None)
    first, second = (_utc(at.replace(fold=fold), where) for fold in (0, 1))
    if first != second and at.time() != datetime.time():
        raise WindowInvalid(
            f"{text} is not one time, the clocks change: add an offset, "
            f"such as +00:00"
        )
    return first


def day(begin: datetime.date, where: Zone) -> periods.Window:
    """Return one day of the zone: 23 to 25 hours."""
    return _days(begin, begin + datetime.timedelta(days=1), where)


def yesterday(now: datetime.datetime, where: Zone) -> periods.Window:
    """Return the day before that of ``now``, both of the zone."""
    today = now.astimezone(where).date()
    return day(today - datetime.timedelta(days=1), where)


def month(text: str, where: Zone) -> periods.Window:
    """Return a month, such as ``2026-10``, of the zone.

    :raises WindowInvalid: if ``text`` is not a month.
    """
    try:
        if not re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
            raise ValueError(text)
        first = datetime.date.fromisoformat(f"{text}-01")
        after = (first + datetime.timedelta(days=32)).replace(day=1)
    except (ValueError, OverflowError) as error:
        raise WindowInvalid(
            f"{text!r} is not a month: write 2026-10"
        ) from error
    return _days(first, after, where)


def length(text: str) -> datetime.timedelta:
    """Return the time of ``36h``, ``7d`` or ``2w``.

    :raises WindowInvalid: if ``text`` is something else.
    """
    found = re.fullmatch(r"([1-9]\d{0,5})([hdw])", text, re.ASCII)
    if found is None:
        raise WindowInvalid(f"{text!r} is not a length: write 36h, 7d or 2w")
    return datetime.timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def between(
    begin: datetime.datetime, end: datetime.datetime
) -> periods.Window:
    """Return the window from ``begin`` to ``end``, which is exclusive.

    :raises WindowInvalid: if it is empty.
    """
    try:
        return periods.Window(begin, end)
    except ValueError as error:
        raise WindowInvalid(
            f"the end {end} is not later than the begin {begin}"
        ) from error


def check_aligned(window: periods.Window, seconds: int) -> None:
    """Check that a window is made of whole periods of ``seconds``.

    :raises WindowInvalid: with the smallest such window around it.
    """
    if all(periods.aligned(at, seconds) for at in (window.begin, window.end)):
        return
    begin = periods.floor(window.begin, seconds)
    last = datetime.timedelta(seconds=seconds, microseconds=-1)
    end = periods.floor(window.end + last, seconds)
    raise WindowInvalid(
        f"the window is not made of whole periods of {seconds} seconds; "
        f"the next one is --begin {begin.isoformat()} "
        f"--end {end.isoformat()}"
    )


def described(window: periods.Window, where: Zone, seconds: int) -> str:
    """Return the window in the zone and in UTC, for a user."""
    local = [at.astimezone(where) for at in (window.begin, window.end)]
    count = window.period_count(seconds)
    plural = "" if count == 1 else "s"
    return (
        f"Window: {local[0]:{_FORMAT}} to {local[1]:{_FORMAT}}\n"
        f"UTC:    {window.begin:{_FORMAT}} to {window.end:{_FORMAT}}, "
        f"{count} period{plural} of {seconds} seconds"
    )


def moment(label: str, at: datetime.datetime, where: Zone) -> str:
    """Return a UTC time in the zone and in UTC, for a user.

    :param label: first words of the line.
    """
    return f"{label}{at.astimezone(where):{_FORMAT}} ({at:{_FORMAT}})"


def _days(
    first: datetime.date, after: datetime.date, where: Zone
) -> periods.Window:
    return periods.Window(_midnight(first, where), _midnight(after, where))


def _midnight(date: datetime.date, where: Zone) -> datetime.datetime:
    # With fold 0, a midnight that the clocks skip is the moment of the
    # change, and one that they show twice is the first: where a day begins.
    return _utc(datetime.datetime.combine(date, datetime.time()), where)


def _utc(local: datetime.datetime, where: Zone) -> datetime.datetime:
    """Return the UTC time of a time; a naive one is of the zone."""
    if where is not None:
        local = local.replace(tzinfo=where)
    try:
        return local.astimezone(datetime.UTC)
    except (OverflowError, ValueError) as error:
        raise WindowInvalid(f"{local} is out of range") from error
