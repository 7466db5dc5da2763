# SPDX-License-Identifier: Apache-2.0
"""Filters and tags of the panel's templates."""

import datetime
import decimal

from django import template
from django.utils import formats
from django.utils import html
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@register.filter
def when(moment: datetime.datetime | None) -> str:
    """Return a time in the user's zone, with the UTC time as its title."""
    return _time(moment, "%Y-%m-%d %H:%M")


@register.filter
def exactly(moment: datetime.datetime | None) -> str:
    """Return a time as ``when``, with its seconds."""
    return _time(moment, "%Y-%m-%d %H:%M:%S")


def _time(moment: datetime.datetime | None, form: str) -> str:
    if moment is None:
        return ""
    utc = moment.astimezone(datetime.UTC)
    return html.format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        utc.isoformat(),
        utc.strftime(form),
        timezone.localtime(moment).strftime(form),
    )


@register.filter
def price(amount: decimal.Decimal | None) -> str:
    """Return a price with at least 2 and at most 6 decimals."""
    if amount is None:
        return ""
    return _formatted(amount)


@register.filter
def difference(amount: decimal.Decimal | None) -> str:
    """Return a difference with its sign."""
    if amount is None:
        return ""
    sign = "+" if amount > 0 else "\u2212" if amount < 0 else "\u00b1"
    return sign + _formatted(abs(amount))


def _formatted(amount: decimal.Decimal) -> str:
    rounded = round(amount, 6).normalize()
    exponent = rounded.as_tuple().exponent
    decimals = max(2, -exponent) if isinstance(exponent, int) else 2
    return formats.number_format(
        rounded, decimals, use_l10n=True, force_grouping=True
    )


@register.filter
def duration(seconds: int | None) -> str:
    """Return a duration in the largest unit that fits."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return _("less than a minute")
    if seconds < 2 * _HOUR:
        minutes = round(seconds / _MINUTE)
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    if seconds < 2 * _DAY:
        hours = round(seconds / _HOUR)
        return ngettext("%d hour", "%d hours", hours) % hours
    days = round(seconds / _DAY)
    return ngettext("%d day", "%d days", days) % days
