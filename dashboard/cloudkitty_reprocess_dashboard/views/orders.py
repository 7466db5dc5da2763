# SPDX-License-Identifier: Apache-2.0
"""The landing page: all orders, newest first."""

import typing

from django.urls import reverse
from django.utils.translation import gettext as _

from cloudkitty_reprocess_dashboard import client
from cloudkitty_reprocess_dashboard import names
from cloudkitty_reprocess_dashboard import paging
from cloudkitty_reprocess_dashboard import policies
from cloudkitty_reprocess_dashboard import rows
from cloudkitty_reprocess_dashboard.views import base

#: Orders of a page.
PAGE = 20
#: Values of the filter "show", and the states that they ask for.
SHOWN = {
    "unfinished": ("running", "scheduled", "paused", "awaiting_approval"),
    "approval": ("awaiting_approval",),
    "failed": ("failed",),
}
MODES = ("reprocess", "preview")


class _Orders:
    """Loads a page of orders."""

    request: typing.Any

    def load(self, etag: str = "") -> base.Context | None:
        parameters = self.request.GET
        offset = paging.offset(parameters)
        query = [
            *_filters(parameters),
            ("limit", str(PAGE)),
            ("offset", str(offset)),
        ]
        answer = client.Client(self.request).batches(query, etag)
        if answer is None:
            return None
        items = answer.body["batches"]
        projects = names.of_projects(self.request)
        users = names.of_users(
            self.request, [item["created_by"] for item in items]
        )
        overview = answer.body["overview"]
        states = overview["states"]
        index = reverse("horizon:admin:reprocesses:index")
        return {
            "page_title": _("Reprocessing"),
            "orders": [rows.Order(item, projects, users) for item in items],
            "overview": overview,
            "pages": paging.Pages(
                index, parameters, offset, PAGE, answer.body["total"]
            ),
            "show": parameters.get("show", ""),
            "mode": parameters.get("mode", ""),
            "reason": parameters.get("reason", ""),
            "can_change": policies.allowed(self.request, policies.UPDATE_MANY),
            "can_force": policies.allowed(self.request, policies.FORCE),
            "can_price": policies.allowed(self.request, policies.PRICES),
            "can_create": policies.allowed(self.request, policies.CREATE),
            "back_url": paging.url(index, parameters),
            "data_url": paging.url(
                reverse("horizon:admin:reprocesses:index_data"), parameters
            ),
            "etag": answer.etag,
            "busy": any(states.get(state) for state in rows.BUSY),
        }


def _filters(parameters: typing.Mapping[str, str]) -> client.Query:
    """Return the filters of the API for those of the page."""
    query = [
        ("state", each) for each in SHOWN.get(parameters.get("show", ""), ())
    ]
    if parameters.get("mode") in MODES:
        query.append(("mode", parameters["mode"]))
    if reason := parameters.get("reason", "").strip():
        query.append(("reason_contains", reason))
    return query


class OrdersView(_Orders, base.Page):
    """The page."""

    template_name = "reprocess/orders.html"


class OrdersData(_Orders, base.Data):
    """Its parts."""

    parts: typing.ClassVar = {
        "summary": "reprocess/_summary.html",
        "orders": "reprocess/_orders.html",
    }
