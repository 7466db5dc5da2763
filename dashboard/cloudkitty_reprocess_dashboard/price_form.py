# SPDX-License-Identifier: Apache-2.0
"""The form that changes a price, and the order that it offers."""

import dataclasses
import datetime
import typing

from django.http import QueryDict
from django.urls import reverse
from django.utils import http
from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import order_form
from cloudkitty_reprocess_dashboard import price_rules
from cloudkitty_reprocess_dashboard import windows


@dataclasses.dataclass
class PriceForm:
    """What the user typed.

    :param cost: the new price.
    :param start: local time from which it applies, as ``windows.INPUT``.
    :ivar errors: texts for the user.
    """

    cost: str = ""
    start: str = ""
    errors: list[str] = dataclasses.field(default_factory=list)

    def moment(self, zone: datetime.tzinfo) -> datetime.datetime | None:
        """Return the start in UTC, or None and fill ``errors``."""
        if not self.cost:
            self.errors.append(_("Enter the new price."))
        try:
            moment = windows.instant(self.start, zone)
        except windows.InvalidWindow as error:
            self.errors.append(str(error))
            return None
        return None if self.errors else moment


def sent(data: QueryDict) -> PriceForm:
    """Return the form that a browser has sent."""
    return PriceForm(data.get("cost", "").strip(), data.get("start", ""))


def send(
    api: client.Client,
    kind: str,
    rule_id: str,
    cost: str,
    start: datetime.datetime,
    force: bool,
) -> None:
    """Change the price of a rule; of a threshold at once.

    :param force: whether the start is in the past.
    :raises client.RatingError: if the API refuses.
    """
    if kind == price_rules.MAPPING:
        api.change_mapping(rule_id, cost, start.isoformat(), force)
    else:
        api.change_threshold(rule_id, cost)


def order_url(
    data: typing.Mapping[str, str],
    cost: str,
    start: datetime.datetime,
    now: datetime.datetime,
) -> str:
    """Return the address of the order that rates the past again.

    :param data: ``metric``, ``scope`` ("" for all), ``what`` and ``end`` of
        the rule, from the form.
    """
    query = {
        "scope": data.get("scope") or order_form.ALL,
        "metric": data.get("metric", ""),
        "begin": start.isoformat(),
        "reason": _("New price %(cost)s of %(what)s")
        % {"cost": cost, "what": data.get("what", "")},
    }
    end = data.get("end", "")
    if end and end < now.isoformat():
        query["end"] = end
    url = reverse("horizon:admin:reprocesses:new_order")
    return f"{url}?{http.urlencode(query)}"
