# SPDX-License-Identifier: Apache-2.0
"""Import path of CloudKitty 25: times in the zone of the host.

Only for plugins: this service computes in UTC.
"""

import datetime

from oslo_utils import timeutils

from cloudkitty.common import clock


def localized_now() -> datetime.datetime:
    """Return the current time in the local zone, in whole seconds."""
    return utc_to_local(clock.SystemClock().now().replace(microsecond=0))


def utc_to_local(dt: datetime.datetime) -> datetime.datetime:
    """Return a time in the local zone; a naive one is UTC."""
    return _aware(dt).astimezone()


def local_to_utc(
    dt: datetime.datetime, naive: bool = False
) -> datetime.datetime:
    """Return a time in UTC; a naive one is UTC.

    :param naive: return it without zone.
    """
    found = _aware(dt).astimezone(datetime.UTC)
    return found.replace(tzinfo=None) if naive else found


def dt_from_iso(time_str: str, as_utc: bool = False) -> datetime.datetime:
    """Return the time of ISO 8601 text, without offset in UTC."""
    found = _aware(timeutils.parse_isotime(time_str))
    return found.astimezone(datetime.UTC if as_utc else None)


def dt_from_ts(ts: float, as_utc: bool = False) -> datetime.datetime:
    """Return the time of a Unix timestamp."""
    found = datetime.datetime.fromtimestamp(ts, datetime.UTC)
    return found if as_utc else found.astimezone()


def add_delta(
    dt: datetime.datetime, delta: datetime.timedelta
) -> datetime.datetime:
    """Return a later time in the local zone; a naive ``dt`` is UTC."""
    return utc_to_local(local_to_utc(dt) + delta)


def substract_delta(
    dt: datetime.datetime, delta: datetime.timedelta
) -> datetime.datetime:
    """Return an earlier time in the local zone; a naive ``dt`` is UTC."""
    return add_delta(dt, -delta)


def get_month_start(
    dt: datetime.datetime | None = None, naive: bool = False
) -> datetime.datetime:
    """Return the start of the month of a time, in the zone of the time.

    :param dt: a naive time is UTC; None is the current local time.
    :param naive: return it without zone.
    """
    return _first_day(dt, 0, naive)


def get_next_month(
    dt: datetime.datetime | None = None, naive: bool = False
) -> datetime.datetime:
    """Return the start of the month after that of a time.

    It is midnight also in a month in which the offset of the zone changes;
    upstream's is off by one hour there.
    """
    return _first_day(dt, 1, naive)


def diff_seconds(one: datetime.datetime, two: datetime.datetime) -> int:
    """Return the number of whole seconds between two times."""
    return int(abs((_aware(one) - _aware(two)).total_seconds()))


def _first_day(
    dt: datetime.datetime | None, months: int, naive: bool
) -> datetime.datetime:
    at = localized_now() if dt is None else dt
    if at.tzinfo is None:
        at = utc_to_local(at)
    wall = at.replace(tzinfo=None)
    first = wall.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if months:
        first = (first + datetime.timedelta(days=32)).replace(day=1)
    if naive:
        return first
    # A local time has a fixed offset: that of the first day may differ.
    if at.utcoffset() == wall.astimezone().utcoffset():
        return first.astimezone()
    return first.replace(tzinfo=at.tzinfo)


def _aware(dt: datetime.datetime) -> datetime.datetime:
    return dt.replace(tzinfo=datetime.UTC) if dt.tzinfo is None else dt
