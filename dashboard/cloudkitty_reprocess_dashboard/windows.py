# SPDX-License-Identifier: Apache-2.0
"""Windows of whole periods, typed in the user's time zone."""

import dataclasses
import datetime
import zoneinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: Format of ``<input type="datetime-local">``.
INPUT = "%Y-%m-%dT%H:%M"


class InvalidWindow(ValueError):
    """A window that cannot be sent; the message is for the user."""


@dataclasses.dataclass(frozen=True)
class Window:
    """A window of whole periods.

    :param begin: aware, in UTC.
    :param end: exclusive, aware, in UTC.
    :param period: seconds of a period.
    """

    begin: datetime.datetime
    end: datetime.datetime
    period: int

    @property
    def periods(self) -> int:
        seconds = (self.end - self.begin).total_seconds()
        return round(seconds / self.period)

    @property
    def last_period(self) -> datetime.datetime:
        """Beginning of the last period: the end in the API."""
        return self.end - datetime.timedelta(seconds=self.period)

    @property
    def text(self) -> str:
        """The window in UTC with the number of its periods."""
        periods = ngettext("%d period", "%d periods", self.periods)
        return _("%(begin)s to %(end)s UTC, %(periods)s for each scope") % {
            "begin": f"{self.begin:%Y-%m-%d %H:%M}",
            "end": f"{self.end:%Y-%m-%d %H:%M}",
            "periods": periods % self.periods,
        }


def read(begin: str, end: str, period: int, zone: datetime.tzinfo) -> Window:
    """Return the smallest window of whole periods with two local times.

    A time that the clocks show twice is the first as the begin, and the
    second as the end.

    :param begin: as ``INPUT``.
    :param end: exclusive, as ``INPUT``.
    :param zone: of the user.
    :raises InvalidWindow: for times that do not exist or are not in order.
    """
    first = _parse(begin, zone, fold=0)
    last = _parse(end, zone, fold=1)
    if first >= last:
        raise InvalidWindow(_("The end must be later than the begin."))
    return Window(_down(first, period), _up(last, period), period)


def instant(text: str, zone: datetime.tzinfo) -> datetime.datetime:
    """Return a local time in UTC; the first, if the clocks show it twice.

    :param text: as ``INPUT``.
    :raises InvalidWindow: for a time that does not exist.
    """
    return _parse(text, zone, fold=0)


def local(moment: datetime.datetime, zone: datetime.tzinfo) -> str:
    """Return the value of an input."""
    return moment.astimezone(zone).strftime(INPUT)


def yesterday(
    now: datetime.datetime,
    rated_until: datetime.datetime | None,
    period: int,
    zone: datetime.tzinfo,
) -> Window:
    """Return the user's yesterday, or the last rated day if it is earlier.

    :param rated_until: end of the last period that all scopes are rated for;
        None if no scope is rated.
    """
    midnight = now.astimezone(zone).replace(
        hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    # On a day of another length: subtract in local time.
    begin = midnight - datetime.timedelta(days=1)
    window = Window(
        _down(begin.astimezone(datetime.UTC), period),
        _up(midnight.astimezone(datetime.UTC), period),
        period,
    )
    if rated_until is None or rated_until >= window.end:
        return window
    end = _down(rated_until, period)
    return Window(_down(end - datetime.timedelta(days=1), period), end, period)


def check_rated(window: Window, rated_until: datetime.datetime) -> None:
    """Raise ``InvalidWindow`` for a window that is not rated yet."""
    if window.end > rated_until:
        raise InvalidWindow(
            _("The selected scopes are rated until %s UTC only.")
            % f"{rated_until:%Y-%m-%d %H:%M}"
        )


def _parse(text: str, zone: datetime.tzinfo, fold: int) -> datetime.datetime:
    try:
        typed = datetime.datetime.fromisoformat(text).replace(
            tzinfo=zone, fold=fold
        )
        moment = typed.astimezone(datetime.UTC)
    except (ValueError, OverflowError, zoneinfo.ZoneInfoNotFoundError):
        raise InvalidWindow(_("Enter a date and a time.")) from None
    if moment.astimezone(zone).replace(tzinfo=None) != typed.replace(
        tzinfo=None
    ):
        raise InvalidWindow(
            _("%s does not exist: the clocks are changed.")
            % text.replace("T", " ")
        )
    return moment


def _down(moment: datetime.datetime, period: int) -> datetime.datetime:
    seconds = int(moment.timestamp()) // period * period
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _up(moment: datetime.datetime, period: int) -> datetime.datetime:
    seconds = -(-int(moment.timestamp()) // period) * period
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
