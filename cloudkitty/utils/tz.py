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
    """Return a time in UTC; a naive one is in the local zone."""
    found = dt.astimezone(datetime.UTC)
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
    """Return a later time; an aware one is added to in UTC."""
    if dt.tzinfo is None:
        return dt + delta
    return (dt.astimezone(datetime.UTC) + delta).astimezone(dt.tzinfo)


def substract_delta(
    dt: datetime.datetime, delta: datetime.timedelta
) -> datetime.datetime:
    """Return an earlier time; an aware one is subtracted from in UTC."""
    return add_delta(dt, -delta)


def get_month_start(
    dt: datetime.datetime | None = None, naive: bool = False
) -> datetime.datetime:
    """Return the start of the month of a time, by default of this month.

    :param naive: return the UTC time without zone.
    """
    found = (dt or localized_now()).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return local_to_utc(found, naive=True) if naive else found


def get_next_month(
    dt: datetime.datetime | None = None, naive: bool = False
) -> datetime.datetime:
    """Return the start of the month after that of a time."""
    later = get_month_start(dt) + datetime.timedelta(days=32)
    return get_month_start(later, naive)


def diff_seconds(one: datetime.datetime, two: datetime.datetime) -> float:
    """Return the number of seconds between two times."""
    return abs((_aware(one) - _aware(two)).total_seconds())


def _aware(dt: datetime.datetime) -> datetime.datetime:
    return dt.replace(tzinfo=datetime.UTC) if dt.tzinfo is None else dt
